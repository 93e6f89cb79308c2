"""Single-shot detection: extra feature maps, box and class predictors on all of them.

Source: Liu et al. 2016, arXiv 1512.02325, Section 2; Sandler et al. 2018, arXiv 1801.04381,
Section 6.2 (SSDLite: separable convolutions in their place).
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_COORDINATES = 4


@block("ssd_tapped_residual")
def ssd_tapped_residual(
    net: Net,
    x: Value,
    *,
    out: int,
    expand: int,
    kernel: int = 3,
    act: str = "relu6",
    squeeze: int = 0,
) -> tuple[Value, Value]:
    """Inverted residual with stride 2 that also hands out its expanded map, for a predictor."""
    from costscope.zoo.blocks.inverted_residual import squeeze_excite

    wide = net.conv(x, "expand", expand, bn=True, act=act)
    y = net.depthwise(wide, "depthwise", kernel, stride=2, bn=True, act=act)
    if squeeze:
        y = squeeze_excite(net, y, squeeze, gate="hsigmoid")
    return wide, net.conv(y, "project", out, bn=True)


@block("pick")
def pick(net: Net, x: tuple[Value, ...], *, index: int) -> Value:  # noqa: ARG001 a block's signature
    """One of the values of a stage with several."""
    return x[index]


@block("ssd_extra")
def ssd_extra(net: Net, x: Value, *, out: int, lite: bool = False, act: str = "relu6") -> Value:
    """A 1x1 convolution to half the channels, then a 3x3 one with stride 2."""
    y = net.conv(x, "reduce", out // 2, bn=True, act=act)
    if not lite:
        return net.conv(y, "conv", out, 3, stride=2, pad="same", bn=True, act=act)
    y = net.depthwise(y, "depthwise", 3, stride=2, pad="same", bn=True, act=act)
    return net.conv(y, "pointwise", out, bn=True, act=act)


@block("ssd_head")
def ssd_head(
    net: Net,
    x: Sequence[Value],
    *,
    classes: int,
    anchors: list[int],
    kernel: int = 3,
    lite: bool = False,
    act: str = "relu6",
) -> tuple[Value, Value]:
    """Boxes (N, anchors, 4) and scores (N, anchors, classes), all maps joined.

    Args:
        net: the network.
        x: feature maps, the largest first.
        classes: scores of an anchor, the background's included.
        anchors: of a position of each map.
        kernel: of the predictors.
        lite: a depthwise convolution and a pointwise one for each predictor.
        act: activation behind the depthwise one.
    """
    joined: dict[str, list[Value]] = {"box": [], "score": []}
    for index, (each, count) in enumerate(zip(x, anchors, strict=True), start=1):
        for kind, size in (("box", _COORDINATES), ("score", classes)):
            with net.scope(f"map{index}.{kind}"):
                y = each
                if lite:
                    y = net.depthwise(y, "depthwise", kernel, bn=True, act=act)
                y = net.conv(y, "predict", count * size, 1 if lite else kernel)
                y = net.transpose(y, [0, 2, 3, 1])
                joined[kind].append(net.reshape(y, [y.shape[0], -1, size]))
    boxes, scores = (net.concat(joined[kind], f"{kind}_all", axis=1) for kind in ("box", "score"))
    return boxes, scores
