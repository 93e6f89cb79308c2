"""Bottleneck whose 3x3 convolution has filter groups: a root module in a ResNet.

Source: Ioannou et al. 2016, arXiv 1605.06489, Section 4.2 (stride on the first 1x1 convolution, as
in the first ResNet).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_EXPANSION = 4


@block("root_bottleneck")
def root_bottleneck(net: Net, x: Value, *, middle: int, groups: int = 1, stride: int = 1) -> Value:
    """1x1, grouped 3x3 and 1x1 convolution with a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        middle: channels of the 3x3 convolution; four times as many leave.
        groups: of the 3x3 convolution; the 1x1 convolution behind it mixes them.
        stride: of the first convolution and of the shortcut's.
    """
    out = middle * _EXPANSION
    shortcut = x
    if stride > 1 or x.channels != out:
        shortcut = net.conv(x, "shortcut", out, stride=stride, bn=True)
    y = net.conv(x, "reduce", middle, stride=stride, bn=True, act="relu")
    y = net.conv(y, "root", middle, 3, groups=groups, bn=True, act="relu")
    y = net.conv(y, "expand", out, bn=True)
    return net.act(net.add(shortcut, y), "relu")
