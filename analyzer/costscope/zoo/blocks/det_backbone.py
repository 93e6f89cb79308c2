"""Residual bottleneck and separable convolution of the backbones below heads.

Source: He et al. 2016, arXiv 1512.03385, Figure 5; Howard et al. 2017, arXiv 1704.04861,
Figure 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_EXPANSION = 4


@block("det_bottleneck")
def det_bottleneck(net: Net, x: Value, *, middle: int, stride: int = 1, dilation: int = 1) -> Value:
    """Residual bottleneck whose 3x3 convolution carries stride and dilation."""
    out = middle * _EXPANSION
    y = net.conv(x, "reduce", middle, bn=True, act="relu")
    y = net.conv(y, "spatial", middle, 3, stride=stride, dilation=dilation, bn=True, act="relu")
    y = net.conv(y, "expand", out, bn=True)
    if stride > 1 or x.channels != out:
        x = net.conv(x, "shortcut", out, stride=stride, bn=True)
    return net.act(net.add(x, y), "relu", "relu")


@block("det_separable")
def det_separable(
    net: Net,
    x: Value,
    *,
    out: int,
    stride: int = 1,
    act: str = "relu6",
    pad: str | None = None,
) -> Value:
    """Depthwise 3x3 convolution, then a pointwise one."""
    y = net.depthwise(x, "depthwise", 3, stride=stride, pad=pad, bn=True, act=act)
    return net.conv(y, "pointwise", out, bn=True, act=act)
