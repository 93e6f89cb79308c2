"""Heads of semantic segmentation: atrous spatial pyramid pooling and its lite form.

Source: Chen et al. 2017, arXiv 1706.05587, Section 3.3; Howard et al. 2019, arXiv 1905.02244,
Section 6.4 (LR-ASPP).
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("atrous_inverted_residual")
def atrous_inverted_residual(
    net: Net,
    x: Value,
    *,
    out: int,
    expand: int,
    kernel: int = 3,
    dilation: int = 1,
    act: str = "relu6",
    squeeze: int = 0,
) -> Value:
    """Inverted residual with stride 1 and a dilated depthwise convolution."""
    y = net.conv(x, "expand", expand, bn=True, act=act)
    y = net.depthwise(y, "depthwise", kernel, dilation=dilation, bn=True, act=act)
    if squeeze:
        y = squeeze_excite(net, y, squeeze, gate="hsigmoid")
    y = net.conv(y, "project", out, bn=True)
    return net.add(x, y) if x.channels == out else y


@block("aspp")
def aspp(net: Net, x: Value, *, out: int, rates: list[int]) -> Value:
    """A 1x1 convolution, a dilated 3x3 one for each rate and the image's mean, joined."""
    branches = [net.conv(x, "point", out, bn=True, act="relu")]
    branches += [
        net.conv(x, f"rate{rate}", out, 3, dilation=rate, bn=True, act="relu") for rate in rates
    ]
    with net.scope("image"):
        mean = net.conv(net.global_pool(x), "conv", out, bn=True, act="relu")
        branches.append(net.resize(mean, x.spatial, mode="linear"))
    return net.conv(net.concat(branches), "project", out, bn=True, act="relu")


@block("segmentation_scores")
def segmentation_scores(net: Net, x: Value, *, classes: int, middle: int = 0) -> Value:
    """A 3x3 convolution where `middle` gives its channels, then a score a class and position."""
    if middle:
        x = net.conv(x, "conv", middle, 3, bn=True, act="relu")
    return net.conv(x, "scores", classes)


@block("resize_like")
def resize_like(net: Net, x: Sequence[Value], *, mode: str = "linear") -> Value:
    """The first of two images in the size of the second."""
    return net.resize(x[0], x[1].spatial, "", mode=mode)


@block("lraspp")
def lraspp(net: Net, x: Sequence[Value], *, classes: int, middle: int) -> Value:
    """Lite pyramid of a coarse map and a fine one: a gated 1x1 convolution, and a skip."""
    coarse, fine = x
    y = net.conv(coarse, "conv", middle, bn=True, act="relu")
    with net.scope("gate"):
        gate = net.conv(net.global_pool(coarse), "conv", middle, bias=False, act="sigmoid")
    y = net.resize(net.mul(y, gate), fine.spatial, mode="linear")
    return net.add(
        net.conv(fine, "fine_scores", classes), net.conv(y, "coarse_scores", classes), "sum"
    )
