"""Operators that lay data out anew: bytes, but no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of, broadcast
from costscope.graph.types import Node, TensorType
from costscope.ops import Array, Site, Slot, no_work, op, shape_of, value_of
from costscope.work import KernelKind, Work

_SETTING = Slot.SETTING


@op("Transpose", "DepthToSpace", "SpaceToDepth", "Concat", kind=KernelKind.MOVEMENT)
def layout(node: Node) -> Work:
    """No arithmetic: every element is read once and written once.

    Source:
        ONNX operators Transpose 1 to 25, DepthToSpace 1 to 13, SpaceToDepth 1 to 13,
        Concat 1 to 13.
    """
    return no_work(node)


@op("Tile", "Expand", kind=KernelKind.MOVEMENT, slots={1: _SETTING, 2: _SETTING})
def repeat(node: Node) -> Work:
    """No arithmetic: the input is read once, the output is written.

    Source:
        ONNX operators Tile, versions 1 to 13, and Expand, versions 8 to 13.
    """
    return no_work(node)


@op(
    "ReverseSequence",
    "Trilu",
    kind=KernelKind.MOVEMENT,
    slots={1: _SETTING},
)
def rearrange(node: Node) -> Work:
    """No arithmetic: the output has the input's shape.

    Source:
        ONNX operators ReverseSequence, version 10, and Trilu, version 14.
    """
    return no_work(node)


@op(
    "OneHot",
    kind=KernelKind.MOVEMENT,
    slots={0: _SETTING, 1: _SETTING, 2: _SETTING},
)
def one_hot(node: Node) -> Work:
    """No arithmetic: the indices are read, the output is written.

    Source:
        ONNX operator OneHot, versions 9 to 11.
    """
    return no_work(node)


@shape_of("Transpose")
def transpose_shape(site: Site) -> Sequence[TensorType]:
    """The sizes in the order of `perm`; reversed without one."""
    shape = site.shape(0)
    return [TensorType(tuple(shape[axis] for axis in _perm(site)), site.input(0).dtype)]


@value_of("Transpose")
def transpose_value(site: Site) -> Sequence[Array]:
    """The values in the new layout."""
    return [np.transpose(site.known(0), _perm(site))]


def _perm(site: Site) -> Sequence[int]:
    rank = len(site.shape(0))
    perm: Sequence[int] = site.attributes.get("perm", tuple(reversed(range(rank))))
    if sorted(perm) != list(range(rank)):
        raise ShapeError(f"perm {list(perm)} is no order of the {rank} axes of its input")
    return perm


@shape_of("Concat")
def concat_shape(site: Site) -> Sequence[TensorType]:
    """The inputs' shape, with their sizes along `axis` added up.

    An input without elements may have any other sizes, as in onnxruntime.
    """
    shapes = [site.shape(slot) for slot in range(len(site.inputs))]
    if not shapes:
        raise ShapeError("it has no inputs")
    full = next((shape for shape in shapes if 0 not in shape), shapes[0])
    axis = _concat_axis(site, len(full))
    for shape in shapes:
        fits = len(shape) == len(full) and (
            0 in shape or (*shape[:axis], *shape[axis + 1 :]) == (*full[:axis], *full[axis + 1 :])
        )
        if not fits:
            raise ShapeError(f"{list(shape)} and {list(full)} do not fit along axis {axis}")
    total = sum(shape[axis] for shape in shapes)
    return [TensorType((*full[:axis], total, *full[axis + 1 :]), site.input(0).dtype)]


def _concat_axis(site: Site, rank: int) -> int:
    axis = site.attributes.get("axis", 1 if site.version < 4 else None)
    if axis is None:
        raise ShapeError("it has no axis")
    return axis_of(int(axis), rank)


@value_of("Concat")
def concat_value(site: Site) -> Sequence[Array]:
    """The values in one piece."""
    values = [site.known(slot) for slot in range(len(site.inputs))]
    kept = [value for value in values if value.size] or values[:1]
    return [np.concatenate(kept, axis=_concat_axis(site, kept[0].ndim))]


@shape_of("Tile")
def tile_shape(site: Site) -> Sequence[TensorType]:
    """Every size times its repeats."""
    shape = site.shape(0)
    repeats = _repeats(site)
    if len(repeats) != len(shape) or any(count < 0 for count in repeats):
        raise ShapeError(f"repeats {list(repeats)} do not fit an input of rank {len(shape)}")
    sizes = tuple(size * count for size, count in zip(shape, repeats, strict=True))
    return [TensorType(sizes, site.input(0).dtype)]


@value_of("Tile")
def tile_value(site: Site) -> Sequence[Array]:
    """The values, repeated."""
    return [np.tile(site.known(0), _repeats(site))]


def _repeats(site: Site) -> Sequence[int]:
    """How often each axis is repeated; before version 6, one axis and one number."""
    repeats = site.ints(1)
    if repeats is None:
        raise ShapeError("it has no repeats")
    if site.version >= 6:
        return repeats
    counts, axis = [1] * len(site.shape(0)), site.ints(2) or [0]
    counts[axis_of(axis[0], len(counts))] = repeats[0]
    return counts


@shape_of("Expand")
def expand_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape and the given one, broadcast to each other."""
    target = site.ints(1)
    if target is None:
        raise ShapeError("it has no target shape")
    if any(size < 0 for size in target):
        raise ShapeError(f"{target} has a negative size")
    return [TensorType(broadcast(site.shape(0), tuple(target)), site.input(0).dtype)]


@value_of("Expand")
def expand_value(site: Site) -> Sequence[Array]:
    """The values, repeated along the axes of size 1."""
    return [np.broadcast_to(site.known(0), expand_shape(site)[0].shape or ())]


@shape_of("DepthToSpace", "SpaceToDepth")
def depth_space_shape(site: Site) -> Sequence[TensorType]:
    """Blocks of channels become blocks of pixels, or the other way.

    Shapes:
        DepthToSpace: (N, C, H, W) -> (N, C/b², H*b, W*b)
        SpaceToDepth: (N, C, H, W) -> (N, C*b², H/b, W/b)
    """
    shape, block = site.shape(0), int(site.attributes.get("blocksize", 0))
    if len(shape) != 4 or block < 1:
        raise ShapeError(f"block size {block} does not fit an input of rank {len(shape)}")
    batch, channels, height, width = shape
    if site.op_type == "DepthToSpace":
        if channels % (block * block):
            raise ShapeError(f"{channels} channels do not divide into blocks of {block}x{block}")
        sizes = (batch, channels // (block * block), height * block, width * block)
    else:
        if height % block or width % block:
            raise ShapeError(f"{height}x{width} pixels do not divide into blocks of {block}")
        sizes = (batch, channels * block * block, height // block, width // block)
    return [TensorType(sizes, site.input(0).dtype)]


@shape_of("ReverseSequence", "Trilu")
def same_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape.

    Raises:
        ShapeError: it has fewer than the two axes that the operator works on.
    """
    if len(site.shape(0)) < 2:
        raise ShapeError(f"its input has rank {len(site.shape(0))}; it needs at least 2 axes")
    return [TensorType(site.shape(0), site.input(0).dtype)]


@value_of("Trilu")
def trilu_value(site: Site) -> Sequence[Array]:
    """The values on one side of a diagonal, zeros on the other."""
    value, offset = site.known(0), site.ints(1) or [0]
    # Beyond the corners every diagonal is empty: the clamp keeps numpy's counters small.
    diagonal = max(-value.shape[-2] - 1, min(value.shape[-1] + 1, offset[0]))
    upper = int(site.attributes.get("upper", 1))
    return [np.triu(value, diagonal) if upper else np.tril(value, diagonal)]


@shape_of("OneHot")
def one_hot_shape(site: Site) -> Sequence[TensorType]:
    """The indices' shape with an axis of size `depth` put in.

    Raises:
        ShapeError: the depth is negative or not a single number.
    """
    shape, depth = site.shape(0), _depth(site)
    axis = axis_of(int(site.attributes.get("axis", -1)), len(shape) + 1)
    return [TensorType((*shape[:axis], depth, *shape[axis:]), site.input(2).dtype)]


def _depth(site: Site) -> int:
    depth = site.ints(1)
    if depth is None or len(depth) != 1:
        raise ShapeError("its depth is not a single number")
    if depth[0] < 0:
        raise ShapeError(f"its depth is {depth[0]}")
    return depth[0]


@value_of("OneHot")
def one_hot_value(site: Site) -> Sequence[Array]:
    """The "on" value where an index points, the "off" value elsewhere."""
    indices, depth = site.known(0).astype(np.int64), _depth(site)
    off, on = site.known(2).reshape(-1)
    axis = axis_of(int(site.attributes.get("axis", -1)), indices.ndim + 1)
    places = np.arange(depth).reshape([-1 if i == axis else 1 for i in range(indices.ndim + 1)])
    hit = np.expand_dims(np.where(indices < 0, indices + depth, indices), axis) == places
    return [np.where(hit, on, off)]
