"""Inverted residual with linear bottleneck, with squeeze and excitation where asked for.

Source: Sandler et al. 2018, arXiv 1801.04381, Section 3.3; Howard et al. 2019, arXiv
1905.02244, Section 5.3 (squeeze and excitation on the expanded channels).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("inverted_residual")
def inverted_residual(
    net: Net,
    x: Value,
    *,
    out: int,
    hidden: int | None = None,
    expand: float = 1,
    kernel: int = 3,
    stride: int = 1,
    act: str = "relu6",
    squeeze: int = 0,
    squeeze_act: str = "relu",
    gate: str = "hsigmoid",
) -> Value:
    """Expand by a pointwise convolution, depthwise convolution, project.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        hidden: expanded channels; `expand` times the input's if None.
        expand: expansion factor; no expansion where it leaves the channels as they are.
        kernel: of the depthwise convolution.
        stride: likewise.
        act: activation behind the first two.
        squeeze: channels in the middle of squeeze and excitation; none if 0.
        squeeze_act: activation in its middle.
        gate: its gate.
    """
    wide = hidden or round(x.channels * expand)
    y = x if wide == x.channels else net.conv(x, "expand", wide, bn=True, act=act)
    y = net.depthwise(y, "depthwise", kernel, stride=stride, bn=True, act=act)
    if squeeze:
        y = squeeze_excite(net, y, squeeze, act=squeeze_act, gate=gate)
    y = net.conv(y, "project", out, bn=True)
    return net.add(x, y) if stride == 1 and x.channels == out else y


def squeeze_excite(
    net: Net, x: Value, middle: int, *, act: str = "relu", gate: str = "sigmoid"
) -> Value:
    """Squeeze and excitation: x times a gate a channel, from its mean through two 1x1 convolutions.

    Source: Hu et al. 2018, arXiv 1709.01507, Section 3.
    """
    with net.scope("se"):
        weights = net.conv(net.global_pool(x), "reduce", middle, act=act)
        weights = net.conv(weights, "expand", x.channels)
        return net.mul(x, net.act(weights, gate, "gate"))
