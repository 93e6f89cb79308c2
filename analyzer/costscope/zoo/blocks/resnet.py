"""Residual units of two 3x3 convolutions, or of a bottleneck, with a shortcut by projection.

Source: He et al. 2016, arXiv 1512.03385, Sections 3.3 and 4.1, Figure 5.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("resnet_unit")
def resnet_unit(
    net: Net,
    x: Value,
    *,
    inner: int,
    out: int,
    stride: int = 1,
    bottleneck: bool = True,
    stride_on: str = "3x3",
) -> Value:
    """A residual unit, rectified behind its sum.

    Args:
        net: the network.
        x: (N, C, H, W).
        inner: channels in the middle of a bottleneck.
        out: output channels.
        stride: of the unit.
        bottleneck: 1x1, 3x3, 1x1; two 3x3 convolutions if False.
        stride_on: which convolution of a bottleneck strides: `3x3`, or `1x1` as first published.
    """
    kept = shortcut(net, x, out, stride)
    if bottleneck:
        early = stride if stride_on == "1x1" else 1
        y = net.conv(x, "conv1", inner, stride=early, bn=True, act="relu")
        y = net.conv(y, "conv2", inner, 3, stride=stride // early, bn=True, act="relu")
        y = net.conv(y, "conv3", out, bn=True)
    else:
        y = net.conv(x, "conv1", out, 3, stride=stride, bn=True, act="relu")
        y = net.conv(y, "conv2", out, 3, bn=True)
    return net.act(net.add(kept, y), "relu")


def shortcut(net: Net, x: Value, out: int, stride: int, kernel: int = 1) -> Value:
    """X itself where it fits the unit's output, else a strided convolution of it."""
    if stride == 1 and x.channels == out:
        return x
    return net.conv(x, "shortcut", out, kernel, stride=stride, bn=True)
