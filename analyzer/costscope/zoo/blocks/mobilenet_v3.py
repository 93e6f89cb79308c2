"""Block and head of MobileNetV3.

Source: Howard et al. 2019, arXiv 1905.02244, Sections 5.1 and 5.3, Tables 1 and 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import inverted_residual
from costscope.zoo.emitter import Value
from costscope.zoo.expression import divisible
from costscope.zoo.net import Net

_SQUEEZE = 4


@block("mobilenet_v3_block")
def mobilenet_v3_block(
    net: Net,
    x: Value,
    *,
    out: int,
    hidden: float | None = None,
    expand: float = 1,
    kernel: int = 3,
    stride: int = 1,
    act: str = "relu",
    squeeze: bool = False,
) -> Value:
    """Inverted residual; where asked, squeeze and excitation with a quarter of its channels.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        hidden: expanded channels, rounded here to a multiple of 8; `expand` times the input's,
            rounded likewise, if None.
        expand: expansion factor.
        kernel: of the depthwise convolution.
        stride: likewise.
        act: activation behind expansion and depthwise convolution.
        squeeze: whether squeeze and excitation follows the depthwise convolution.
    """
    wide = divisible(x.channels * expand if hidden is None else hidden)
    middle = divisible(wide / _SQUEEZE) if squeeze else 0
    y: Value = inverted_residual(
        net, x, out=out, hidden=wide, kernel=kernel, stride=stride, act=act, squeeze=middle
    )
    return y


@block("mobilenet_v3_head")
def mobilenet_v3_head(
    net: Net, x: Value, *, hidden: int, classes: int, act: str = "hswish"
) -> Value:
    """Mean over all positions, then two fully connected layers."""
    y = net.flatten(net.global_pool(x))
    return net.fc(net.fc(y, "hidden", hidden, act=act), "out", classes)
