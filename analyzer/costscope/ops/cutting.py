"""Operators that cut tensors apart or enlarge them: Slice, Split, Pad, CenterCropPad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, no_work, op, shape_of, value_of
from costscope.work import KernelKind, Work

_SETTINGS = {1: Slot.SETTING, 2: Slot.SETTING, 3: Slot.SETTING, 4: Slot.SETTING}


def _what_comes_out(node: Node) -> Mapping[int, int]:
    """At most as much is read as is written."""
    return {0: min(node.output.elements, prod(node.shape(0)))}


@op(
    "Slice",
    "Pad",
    "CenterCropPad",
    kind=KernelKind.MOVEMENT,
    slots=_SETTINGS,
    reads=_what_comes_out,
)
def cut(node: Node) -> Work:
    """No arithmetic: only what the output holds is read.

    Source:
        ONNX operators Slice, versions 1 to 13, Pad, versions 1 to 25, and CenterCropPad,
        version 18.
    """
    return no_work(node)


@op("Split", kind=KernelKind.MOVEMENT, slots=_SETTINGS)
def split(node: Node) -> Work:
    """No arithmetic: the input is read once, its parts are written.

    Source:
        ONNX operator Split, versions 1 to 18.
    """
    return no_work(node)


@shape_of("Slice")
def slice_shape(site: Site) -> Sequence[TensorType]:
    """How many steps fit between the bounds of each axis; bounds outside are moved inside.

    Raises:
        UnknownShapeError: a bound is computed from data.
    """
    sizes = list(site.shape(0))
    for axis, bounds in _slices(site).items():
        start, stop, step = bounds.indices(sizes[axis])
        sizes[axis] = max(0, -((start - stop) // step))
    return [TensorType(tuple(sizes), site.input(0).dtype)]


@value_of("Slice")
def slice_value(site: Site) -> Sequence[Array]:
    """The values between the bounds."""
    value, slices = site.known(0), _slices(site)
    return [value[tuple(slices.get(axis, slice(None)) for axis in range(value.ndim))]]


def _slices(site: Site) -> dict[int, slice]:
    """The bounds by axis: attributes before version 10, inputs from then on."""
    rank = len(site.shape(0))
    starts, ends = site.ints(1, "starts"), site.ints(2, "ends")
    if starts is None or ends is None:
        raise ShapeError("it has no bounds")
    axes, steps = site.ints(3, "axes"), site.ints(4)
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise ShapeError("its starts, ends, axes and steps have different lengths")
    slices = {
        axis_of(axis, rank): slice(start, end, step)
        for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)
    }
    if len(slices) != len(axes):
        raise ShapeError(f"axes {axes} name the same axis twice")
    return slices


@shape_of("Split")
def split_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, with one part's size along the axis.

    Raises:
        ShapeError: the parts do not add up to the axis.
    """
    shape, dtype = site.shape(0), site.input(0).dtype
    axis = axis_of(int(site.attributes.get("axis", 0)), len(shape))
    return [
        TensorType((*shape[:axis], part, *shape[axis + 1 :]), dtype)
        for part in _parts(site, shape[axis])
    ]


@value_of("Split")
def split_value(site: Site) -> Sequence[Array]:
    """The values, part by part."""
    value = site.known(0)
    axis = axis_of(int(site.attributes.get("axis", 0)), value.ndim)
    borders = np.cumsum(_parts(site, value.shape[axis]))
    return np.split(value, [int(border) for border in borders[:-1]], axis=axis)


def _parts(site: Site, size: int) -> list[int]:
    """Sizes of the parts: given, or equal; from version 18 on the last may be smaller."""
    count = len(site.outputs)
    parts = site.ints(1, "split")
    if parts is not None:
        if len(parts) != count or sum(parts) != size or any(part < 0 for part in parts):
            raise ShapeError(f"parts {parts} do not fit {count} outputs of a size of {size}")
        return parts
    asked = int(site.attributes.get("num_outputs", count))
    if asked != count or count < 1:
        raise ShapeError(f"num_outputs is {asked}, but it has {count} outputs")
    largest = -(-size // count)
    last = size - largest * (count - 1)
    if last < 0 or (last != largest and site.version < 18):
        raise ShapeError(f"a size of {size} does not divide into {count} equal parts")
    return [largest] * (count - 1) + [last]


@shape_of("Pad")
def pad_shape(site: Site) -> Sequence[TensorType]:
    """Every size plus what is added before and behind; negative pads take away.

    Raises:
        UnknownShapeError: the pads are computed from data.
    """
    sizes = list(site.shape(0))
    for axis, (before, behind) in _pads(site).items():
        sizes[axis] += before + behind
    if any(size < 0 for size in sizes):
        raise ShapeError(f"its pads take more away than an input of {list(site.shape(0))} has")
    return [TensorType(tuple(sizes), site.input(0).dtype)]


@value_of("Pad")
def pad_value(site: Site) -> Sequence[Array]:
    """The values in their new surroundings.

    Raises:
        UnknownShapeError: a negative pad in another mode than `constant`: the standard
            leaves open which of the two comes first.
    """
    value, pads = site.known(0), _pads(site)
    widths = [pads.get(axis, (0, 0)) for axis in range(value.ndim)]
    mode = site.attributes.get("mode", "constant")
    if mode == "constant":
        return [_surrounded(value, widths, _fill(site))]
    if mode not in ("reflect", "edge", "wrap"):
        raise ShapeError(f"pad mode {mode!r} does not exist")
    if min(min(pair) for pair in widths) < 0:
        raise UnknownShapeError("it takes away and reflects at once")
    return [np.pad(value, widths, mode=mode)]


def _surrounded(value: Array, widths: Sequence[tuple[int, int]], fill: Array) -> Array:
    """A larger or smaller array with the values in their shifted places."""
    sizes = [
        size + before + behind for size, (before, behind) in zip(value.shape, widths, strict=True)
    ]
    result = np.full(sizes, fill)
    source, target = [], []
    for old, new, (before, _) in zip(value.shape, sizes, widths, strict=True):
        first, last = max(0, before), min(new, old + before)
        target.append(slice(first, max(first, last)))
        source.append(slice(first - before, max(first, last) - before))
    result[tuple(target)] = value[tuple(source)]
    return result


def _pads(site: Site) -> dict[int, tuple[int, int]]:
    """Pads by axis: attributes before version 11, inputs from then on."""
    name = "paddings" if site.version < 2 else "pads"
    pads = site.ints(1, name)
    if pads is None:
        raise ShapeError("it has no pads")
    rank, axes = len(site.shape(0)), site.ints(3)
    places = [axis_of(axis, rank) for axis in axes] if axes is not None else list(range(rank))
    if len(pads) != 2 * len(places) or len(set(places)) != len(places):
        raise ShapeError(f"pads {pads} do not fit an input of rank {rank}")
    return {axis: (pads[i], pads[i + len(places)]) for i, axis in enumerate(places)}


def _fill(site: Site) -> Array:
    """The number put around: an input from version 11 on, zero if it is left out."""
    dtype = site.known(0).dtype
    if site.has(2):
        return site.known(2).reshape(-1)[:1].astype(dtype).reshape(())
    return np.array(site.attributes.get("value", 0)).astype(dtype)


@shape_of("CenterCropPad")
def center_crop_pad_shape(site: Site) -> Sequence[TensorType]:
    """The given sizes, on all axes or on those named.

    Raises:
        UnknownShapeError: the sizes are computed from data.
    """
    sizes, target = list(site.shape(0)), site.ints(1)
    axes = site.attributes.get("axes", range(len(sizes)))
    if target is None or len(target) != len(axes) or any(size < 0 for size in target):
        raise ShapeError(f"sizes {target} do not fit an input of rank {len(sizes)}")
    for axis, size in zip(axes, target, strict=True):
        sizes[axis_of(int(axis), len(sizes))] = size
    return [TensorType(tuple(sizes), site.input(0).dtype)]
