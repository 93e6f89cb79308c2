"""Channel local convolution: a grouped 3x3 and a grouped 1x1 convolution, interlaced.

Source: Zhang 2017, arXiv 1712.06145, Section 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("clc_block")
def clc_block(
    net: Net, x: Value, *, out: int, stride: int = 1, width: int = 2, groups: int = 2
) -> Value:
    """Grouped 3x3 convolution, channels interlaced, grouped 1x1 convolution.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        stride: of the 3x3 convolution.
        width: channels in each group of the 3x3 convolution.
        groups: of the 1x1 convolution.
    """
    outer = x.channels // width
    y = net.conv(x, "spatial", x.channels, 3, stride=stride, groups=outer, bn=True)
    y = net.shuffle(y, outer, "interlace")
    return net.conv(y, "pointwise", out, groups=groups, bn=True, act="relu")
