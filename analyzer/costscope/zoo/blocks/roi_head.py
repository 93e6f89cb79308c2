"""Two-stage detection: region proposal network, regions cut out of a map, what judges them.

Source: Ren et al. 2015, arXiv 1506.01497, Section 3; Dai et al. 2016, arXiv 1605.06409, Section
2 (position-sensitive pooling); Li et al. 2017, arXiv 1711.07264, Section 3.2 (light head).
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_COORDINATES = 4
_SAMPLES = 2


@block("rpn_head")
def rpn_head(
    net: Net, x: Value, *, middle: int, anchors: int, scores: int = 2, act: str = "relu"
) -> tuple[Value, Value]:
    """A 3x3 convolution, then `scores` and four coordinates for every anchor of a position."""
    y = net.conv(x, "conv", middle, 3, act=act)
    return net.conv(y, "scores", anchors * scores), net.conv(y, "boxes", anchors * _COORDINATES)


@block("roi_align")
def roi_align(net: Net, x: Sequence[Value], *, size: int, stride: int) -> Value:
    """Regions of a map: (N, C, H, W) and boxes (N, R, 4) to (N * R, C, size, size).

    Args:
        net: the network.
        x: the map and the boxes in pixels of the image.
        size: of a region's side in the result.
        stride: pixels of the image to a position of the map.
    """
    features, boxes = x
    batch, regions = boxes.shape[:2]
    flat = net.reshape(boxes, [batch * regions, _COORDINATES], "boxes")
    images = net.constant(
        [image for image in range(batch) for _ in range(regions)], [batch * regions], "int64"
    )
    return net.emit(
        "RoiAlign",
        [features, flat, images],
        "",
        (batch * regions, features.channels, size, size),
        output_height=size,
        output_width=size,
        sampling_ratio=_SAMPLES,
        spatial_scale=1 / stride,
    )


@block("ps_roi_align")
def ps_roi_align(net: Net, x: Sequence[Value], *, size: int, stride: int) -> Value:
    """Position-sensitive regions: bin b of every output channel comes from a map of its own.

    The maps are channel-major: those of one output channel stand side by side.
    """
    bins = size * size
    with net.scope("all"):
        y = roi_align(net, x, size=size, stride=stride)
    regions, channels = y.shape[0], y.channels // bins
    y = net.reshape(y, [regions, channels, bins * bins], "maps_by_bins")
    diagonal = net.constant([b * bins + b for b in range(bins)], [bins], "int64")
    y = net.emit("Gather", [y, diagonal], "own_map", (regions, channels, bins), axis=2)
    return net.reshape(y, [regions, channels, size, size], "regions")


@block("large_separable")
def large_separable(net: Net, x: Value, *, kernel: int, middle: int, out: int) -> Value:
    """K x 1 then 1 x k, beside 1 x k then k x 1, added."""
    sides = []
    for name, first, second in (
        ("column_row", [kernel, 1], [1, kernel]),
        ("row_column", [1, kernel], [kernel, 1]),
    ):
        with net.scope(name):
            y = net.conv(x, "conv1", middle, first)
            sides.append(net.conv(y, "conv2", out, second))
    return net.add(sides[0], sides[1], "sum")


@block("roi_scores")
def roi_scores(
    net: Net, x: Value, *, classes: int, boxes: int, hidden: int = 0
) -> tuple[Value, Value]:
    """Class scores and `boxes` boxes of every region; a layer of `hidden` units before, or a mean.

    Args:
        net: the network.
        x: (R, C, H, W).
        classes: scores of a region, the background's included.
        boxes: 1 where all classes share a box, otherwise their number.
        hidden: units of the layer before; the mean over positions if 0.
    """
    if hidden:
        y = net.fc(net.flatten(x), "hidden", hidden, act="relu")
    else:
        y = net.flatten(net.global_pool(x))
    return net.fc(y, "scores", classes), net.fc(y, "boxes", boxes * _COORDINATES)
