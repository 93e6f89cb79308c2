"""Mobile inverted bottleneck of MnasNet and EfficientNet.

Source: Tan et al. 2019, arXiv 1807.11626, Figure 7; Tan and Le 2019, arXiv 1905.11946, Table 1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("mbconv")
def mbconv(
    net: Net,
    x: Value,
    *,
    out: int,
    expand: float = 1,
    kernel: int = 3,
    stride: int = 1,
    act: str = "swish",
    squeeze: float = 0,
    squeeze_act: str | None = None,
    pad: str | None = None,
    shortcut: bool = True,
) -> Value:
    """Expand by a pointwise convolution, depthwise convolution, squeeze, project.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        expand: expansion factor; no expansion where it is 1.
        kernel: of the depthwise convolution.
        stride: likewise.
        act: activation behind the first two.
        squeeze: channels in the middle of squeeze and excitation, as a share of the block's
            input channels; none if 0.
        squeeze_act: activation in its middle; `act` if None.
        pad: of the depthwise convolution; `same` as TensorFlow pads.
        shortcut: whether the input is added where shapes allow it.
    """
    y = x if expand == 1 else net.conv(x, "expand", round(x.channels * expand), bn=True, act=act)
    y = net.depthwise(y, "depthwise", kernel, stride=stride, pad=pad, bn=True, act=act)
    if squeeze:
        middle = max(1, int(x.channels * squeeze))
        y = squeeze_excite(net, y, middle, act=squeeze_act or act)
    y = net.conv(y, "project", out, bn=True)
    return net.add(x, y) if shortcut and stride == 1 and x.channels == out else y
