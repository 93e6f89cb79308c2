"""Patches, then depthwise convolutions with a shortcut and pointwise ones.

Source: Trockman and Kolter 2022, arXiv 2201.09792, Section 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("convmixer_patches")
def convmixer_patches(net: Net, x: Value, *, out: int, patch: int, act: str = "gelu") -> Value:
    """A vector a patch, by a convolution that strides as wide as it is."""
    return _normalized(net, net.conv(x, "conv", out, patch, stride=patch, pad=0), "conv", act)


@block("convmixer_layer")
def convmixer_layer(net: Net, x: Value, *, kernel: int, act: str = "gelu") -> Value:
    """Depthwise convolution with a shortcut, then a pointwise convolution."""
    y = net.depthwise(x, "depthwise", kernel, pad="same")
    y = net.add(_normalized(net, y, "depthwise", act), x)
    return _normalized(net, net.conv(y, "pointwise", x.channels), "pointwise", act)


def _normalized(net: Net, y: Value, name: str, act: str) -> Value:
    """Activation, then batch norm, which therefore folds into no convolution before it."""
    return net.batch_norm(net.act(y, act, f"{name}.act"), f"{name}.bn")
