"""Reading by index: Gather and its kin, which read only what they output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.places import along, inside
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, no_work, op, shape_of, value_of
from costscope.work import KernelKind, Work


def _looked_up(node: Node) -> Mapping[int, int]:
    """What is looked up, at most everything: a row that is read twice comes from the cache."""
    return {0: min(node.output.elements, prod(node.shape(0)))}


@op(
    "Gather",
    "GatherElements",
    "GatherND",
    "Compress",
    kind=KernelKind.GATHER,
    slots={1: Slot.SETTING},
    reads=_looked_up,
)
def gather(node: Node) -> Work:
    """No arithmetic: of the data only what comes out is read (an embedding's rows).

    Source:
        ONNX operators Gather 1 to 13, GatherElements 11 to 13, GatherND 11 to 13, and
        Compress 9 to 11.
    """
    return no_work(node)


@shape_of("Gather")
def gather_shape(site: Site) -> Sequence[TensorType]:
    """The indices' shape in place of the axis."""
    shape, indices = site.shape(0), site.shape(1)
    axis = axis_of(int(site.attributes.get("axis", 0)), len(shape))
    return [TensorType((*shape[:axis], *indices, *shape[axis + 1 :]), site.input(0).dtype)]


@value_of("Gather")
def gather_value(site: Site) -> Sequence[Array]:
    """The values that the indices point at; negative ones count from the back."""
    value, indices = site.known(0), site.known(1)
    axis = axis_of(int(site.attributes.get("axis", 0)), value.ndim)
    return [np.take(value, inside(indices, value.shape[axis]), axis=axis)]


@shape_of("GatherElements")
def gather_elements_shape(site: Site) -> Sequence[TensorType]:
    """The indices' shape."""
    if len(site.shape(0)) != len(site.shape(1)):
        raise ShapeError(
            f"its indices have rank {len(site.shape(1))}, its data {len(site.shape(0))}"
        )
    return [TensorType(site.shape(1), site.input(0).dtype)]


@value_of("GatherElements")
def gather_elements_value(site: Site) -> Sequence[Array]:
    """For each index the value in its place, moved along the axis to where it points."""
    value, indices = site.known(0), site.known(1)
    axis = axis_of(int(site.attributes.get("axis", 0)), value.ndim)
    return [value[along(axis, inside(indices, value.shape[axis]))]]


@shape_of("GatherND")
def gather_nd_shape(site: Site) -> Sequence[TensorType]:
    """The indices' shape without its last axis, then the axes that they leave open."""
    shape, indices = site.shape(0), site.shape(1)
    batch = _batch_axes(site)
    if not indices or batch + indices[-1] > len(shape) or indices[:batch] != shape[:batch]:
        raise ShapeError(f"indices of shape {list(indices)} do not fit data of {list(shape)}")
    return [TensorType((*indices[:-1], *shape[batch + indices[-1] :]), site.input(0).dtype)]


@value_of("GatherND")
def gather_nd_value(site: Site) -> Sequence[Array]:
    """The values, or whole parts, that the rows of indices point at."""
    value, indices = site.known(0), site.known(1)
    batch, depth = _batch_axes(site), indices.shape[-1]
    places = [inside(indices[..., i], value.shape[batch + i]) for i in range(depth)]
    grid: list[Array] = [
        np.arange(size).reshape([-1 if i == axis else 1 for i in range(indices.ndim - 1)])
        for axis, size in enumerate(value.shape[:batch])
    ]
    if not grid and not places:
        raise UnknownShapeError("its rows of indices are empty")
    return [value[tuple(np.broadcast_arrays(*grid, *places))]]


def _batch_axes(site: Site) -> int:
    batch, shapes = int(site.attributes.get("batch_dims", 0)), (site.shape(0), site.shape(1))
    if not 0 <= batch < min(len(shape) for shape in shapes):
        raise ShapeError(f"batch_dims {batch} does not fit its inputs' ranks")
    return batch


@shape_of("Compress")
def compress_shape(site: Site) -> Sequence[TensorType]:
    """As many slices, or elements without an axis, as the condition selects.

    A condition that is computed from data may select everything: the upper bound.
    """
    shape, condition = site.shape(0), site.shape(1)
    if len(condition) != 1:
        raise ShapeError(f"its condition has rank {len(condition)}, not 1")
    axis = _compressed_axis(site, shape)
    size = prod(shape) if axis is None else shape[axis]
    count = min(size, condition[0])
    known = site.value(1)
    if known is None:
        site.assume(
            f"{site.name!r} (Compress) selects by data; costed for all {count}, an upper bound"
        )
    else:
        count = int(np.count_nonzero(known[:size]))
    sizes = (count,) if axis is None else (*shape[:axis], count, *shape[axis + 1 :])
    return [TensorType(sizes, site.input(0).dtype)]


@value_of("Compress")
def compress_value(site: Site) -> Sequence[Array]:
    """The selected values."""
    value, condition = site.known(0), site.known(1)
    axis = _compressed_axis(site, value.shape)
    size = value.size if axis is None else value.shape[axis]
    return [np.compress(condition[:size], value, axis=axis)]


def _compressed_axis(site: Site, shape: Shape) -> int | None:
    axis = site.attributes.get("axis")
    return None if axis is None else axis_of(int(axis), len(shape))
