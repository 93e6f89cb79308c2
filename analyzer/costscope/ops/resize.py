"""Resizing and sampling: every output element from its neighbours in the input."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, prod

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, op, shape_of
from costscope.work import KernelKind, Work

_RESIZE = KernelKind.RESIZE
_SETTING = Slot.SETTING
# Neighbours that an output element has along one axis.
_TAPS = {"nearest": 1, "linear": 2, "bilinear": 2, "cubic": 4, "bicubic": 4}
# No image is magnified more: larger ones are mistakes, and overflow.
_MAX_SCALE = 2**24


@op("Resize", kind=_RESIZE, slots={1: _SETTING, 2: _SETTING, 3: _SETTING})
def resize(node: Node) -> Work:
    """Interpolation: a product per neighbour, and an addition for each but the first.

    vector_ops = elements(Y) * (2*taps - 1), where taps is the product over the resized
    axes of 1 (nearest), 2 (linear) or 4 (cubic). Nearest only moves data: no arithmetic.
    With `antialias` an axis that shrinks has in/out times as many.

    Shapes:
        X: (*S)    Y: (*S')
    """
    each = _TAPS.get(node.attributes.get("mode", "nearest"), 2)
    if each == 1:
        return Work()
    stretch = bool(node.attributes.get("antialias", 0))
    taps = 1
    for before, after in zip(node.shape(0), node.output.dims, strict=True):
        if before == after:
            continue
        shrinks = stretch and 0 < after < before
        taps *= -(-each * before // after) if shrinks else each
    return Work(vector_ops=node.output.elements * (2 * taps - 1))


@op("Upsample", kind=_RESIZE, slots={1: _SETTING})
def upsample(node: Node) -> Work:
    """As Resize, which replaced it."""
    return resize(node)


@op("GridSample", kind=_RESIZE)
def grid_sample(node: Node) -> Work:
    """Samples at the positions of a grid.

    3 operations per grid number bring it to pixels; then per output element a product for
    each of its neighbours (1, 2^d or 4^d), and an addition for each but the first.

    Shapes:
        X: (N, C, *S)    grid: (N, *S', d)    Y: (N, C, *S')
    """
    each = _TAPS.get(node.attributes.get("mode", "linear"), 2)
    taps = each ** (len(node.shape(0)) - 2)
    sampling = 0 if taps == 1 else node.output.elements * (2 * taps - 1)
    return Work(vector_ops=3 * prod(node.shape(1)) + sampling)


@op("AffineGrid", kind=_RESIZE, slots={1: _SETTING})
def affine_grid(node: Node) -> Work:
    """Every position of a grid times an affine matrix.

    macs = elements(Y) * d, vector_ops = elements(Y) to add the translation.

    Shapes:
        theta: (N, d, d+1)    Y: (N, *S, d)
    """
    elements = node.output.elements
    return Work(macs=elements * node.shape(0)[1], vector_ops=elements)


@shape_of("Resize")
def resize_shape(site: Site) -> Sequence[TensorType]:
    """floor(S * scale) along each axis, or the sizes that are given.

    `axes` names the axes that scales and sizes speak of; `keep_aspect_ratio_policy` makes
    of the sizes an upper or a lower bound.
    """
    data, dtype = site.shape(0), site.input(0).dtype
    sizes = site.ints(3) if site.version >= 11 else None
    named = site.attributes.get("axes")
    axes = range(len(data)) if named is None else [axis_of(axis, len(data)) for axis in named]
    if sizes:
        return [TensorType(_sized(site, data, axes, sizes), dtype)]
    scales = _scales(site, 2 if site.version >= 11 else 1)
    return [TensorType(_scaled(data, axes, scales), dtype)]


@shape_of("Upsample")
def upsample_shape(site: Site) -> Sequence[TensorType]:
    """floor(S * scale) along each axis; scales are an attribute before version 9."""
    data = site.shape(0)
    if site.version < 7:
        return site.infer()
    given = site.attributes.get("scales")
    scales = _scales(site, 1) if given is None else np.asarray(given, np.float32)
    return [TensorType(_scaled(data, range(len(data)), scales), site.input(0).dtype)]


def _scales(site: Site, slot: int) -> Array:
    tensor, value = site.input(slot), site.value(slot)
    if value is None:
        raise UnknownShapeError(f"its scales {tensor.name!r} are computed from data")
    return np.asarray(value, np.float32).reshape(-1)


def _scaled(data: Shape, axes: Sequence[int], scales: Array) -> Shape:
    if len(scales) != len(axes):
        raise ShapeError(f"{len(scales)} scales for {len(axes)} axes")
    result = list(data)
    for axis, scale in zip(axes, scales, strict=True):
        if not 0 < scale <= _MAX_SCALE:
            raise ShapeError(f"a scale of {scale} is not between 0 and {_MAX_SCALE:,}")
        # In 32 bits, as the scales are given: 3 * (1/3) is 1 there.
        result[axis] = floor(np.float32(data[axis]) * scale)
    return tuple(result)


def _sized(site: Site, data: Shape, axes: Sequence[int], sizes: list[int]) -> Shape:
    if len(sizes) != len(axes) or min(sizes) < 0:
        raise ShapeError(f"sizes {sizes} for {len(axes)} axes")
    policy = site.attributes.get("keep_aspect_ratio_policy", "stretch")
    result = list(data)
    if policy != "stretch":
        ratios = [size / data[axis] for axis, size in zip(axes, sizes, strict=True)]
        scale = min(ratios) if policy == "not_larger" else max(ratios)
        sizes = [floor(data[axis] * scale + 0.5) for axis in axes]
    for axis, size in zip(axes, sizes, strict=True):
        result[axis] = size
    return tuple(result)


@shape_of("GridSample")
def grid_sample_shape(site: Site) -> Sequence[TensorType]:
    """Samples and channels of the input, positions of the grid."""
    data, grid = site.shape(0), site.shape(1)
    if len(data) < 3 or len(grid) != len(data) or grid[-1] != len(data) - 2 or grid[0] != data[0]:
        raise ShapeError(f"a grid of shape {list(grid)} on an input of shape {list(data)}")
    return [TensorType((*data[:2], *grid[1:-1]), site.input(0).dtype)]
