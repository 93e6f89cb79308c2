"""What the single-shot detector on VGG-16 has of its own: no batch norm anywhere.

Source: Liu et al. 2016, arXiv 1512.02325, Section 2.2 and Figure 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("ssd_vgg_convs")
def ssd_vgg_convs(net: Net, x: Value, *, out: int, count: int) -> Value:
    """3x3 convolutions with ReLU."""
    for index in range(count):
        x = net.conv(x, f"conv{index + 1}", out, 3, act="relu")
    return x


@block("ssd_l2_norm")
def ssd_l2_norm(net: Net, x: Value) -> Value:
    """Each position's channels to length one, then a learned factor a channel."""
    y = net.emit("LpNormalization", [x], "length", x.shape, axis=1, p=2)
    return net.scaled(y)


@block("ssd_vgg_extra")
def ssd_vgg_extra(
    net: Net, x: Value, *, middle: int, out: int, stride: int = 1, pad: int = 0
) -> Value:
    """A 1x1 convolution, then a 3x3 one that makes the map smaller."""
    y = net.conv(x, "reduce", middle, act="relu")
    return net.conv(y, "conv", out, 3, stride=stride, pad=pad, act="relu")
