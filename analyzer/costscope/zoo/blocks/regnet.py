"""Bottleneck of RegNetX and RegNetY.

Source: Radosavovic et al. 2020, arXiv 2003.13678, Section 3 (block), Section 5 (Y: squeeze and
excitation).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("regnet_bottleneck")
def regnet_bottleneck(
    net: Net, x: Value, *, out: int, group_width: int, stride: int = 1, squeeze: float = 0
) -> Value:
    """1x1, grouped 3x3 and 1x1 convolutions of one width, and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: channels of all three.
        group_width: channels of a group.
        stride: of the 3x3 convolution.
        squeeze: share of the input's channels in squeeze and excitation; none if 0.
    """
    shortcut = x
    if stride > 1 or x.channels != out:
        shortcut = net.conv(x, "shortcut", out, stride=stride, bn=True)
    y = net.conv(x, "reduce", out, bn=True, act="relu")
    groups = max(1, out // group_width)
    y = net.conv(y, "grouped", out, 3, stride=stride, groups=groups, bn=True, act="relu")
    if squeeze:
        y = squeeze_excite(net, y, round(x.channels * squeeze))
    y = net.conv(y, "expand", out, bn=True)
    return net.act(net.add(shortcut, y), "relu")
