"""Sorting and selecting: TopK, Unique, NonZero, NonMaxSuppression.

How much the last three give depends on the data. Unless the data is a known constant,
they are costed for the most they can give, which is said in the list of assumptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from costscope.dtypes import INT64
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, op, shape_of, value_of
from costscope.work import KernelKind, Work

# Operations that compare one box with another: corners 4, sides 4, their product 1, the
# union 2, the quotient 1, the threshold 1.
_BOX_OVERLAP_OPS = 13
# Before this version the number k is an attribute.
_TOPK_INPUT_VERSION = 10


def comparisons(size: int, kept: int) -> int:
    """Comparisons that find the `kept` best of `size`, in order: size * ceil(log2(kept + 1)).

    A heap of that many is kept, against which each element is compared once and into
    which it sinks. With kept = size it is a full sort.
    """
    return size * max(1, kept.bit_length())


@op("TopK", kind=KernelKind.SORTING, slots={1: Slot.SETTING})
def top_k(node: Node) -> Work:
    """The k largest or smallest along an axis.

    vector_ops = elements(X) * ceil(log2(k + 1))

    Source:
        ONNX operator TopK, versions 1 to 24; a binary heap of k elements.
    """
    shape = node.shape(0)
    axis = axis_of(int(node.attributes.get("axis", -1)), len(shape))
    return Work(vector_ops=comparisons(prod(shape), node.output.dims[axis]))


@shape_of("TopK")
def top_k_shape(site: Site) -> Sequence[TensorType]:
    """Values and indices: the input's shape with k in place of the axis.

    Raises:
        UnknownShapeError: k is computed from data.
    """
    shape = site.shape(0)
    axis, kept = _axis_and_k(site, shape)
    sizes = (*shape[:axis], kept, *shape[axis + 1 :])
    return [TensorType(sizes, site.input(0).dtype), TensorType(sizes, INT64)]


@value_of("TopK")
def top_k_value(site: Site) -> Sequence[Array]:
    """The best values and where they stand; of equal ones the first comes first."""
    value = site.known(0)
    axis, kept = _axis_and_k(site, value.shape)
    if int(site.attributes.get("largest", 1)):
        # Sorted from behind, a stable order puts the first of equal values last.
        backward = np.argsort(np.flip(value, axis), axis=axis, kind="stable")
        order = np.flip(value.shape[axis] - 1 - backward, axis)
    else:
        order = np.argsort(value, axis=axis, kind="stable")
    best = np.take(order, np.arange(kept), axis=axis)
    return [np.take_along_axis(value, best, axis=axis), best.astype(np.int64)]


def _axis_and_k(site: Site, shape: Shape) -> tuple[int, int]:
    axis = axis_of(int(site.attributes.get("axis", -1)), len(shape))
    k = site.ints(1, "k" if site.version < _TOPK_INPUT_VERSION else None)
    if k is None or len(k) != 1:
        raise ShapeError("its k is not a single number")
    if not 0 <= k[0] <= shape[axis]:
        raise ShapeError(f"it asks for the {k[0]} best of {shape[axis]}")
    return axis, k[0]


@op("Unique", kind=KernelKind.SORTING)
def unique(node: Node) -> Work:
    """The values, or slices along an axis, that differ from each other.

    vector_ops = elements(X) * ceil(log2(n + 1)), with n values or slices

    Source:
        ONNX operator Unique, version 11; a sort in which slices are compared whole.
    """
    shape, axis = node.shape(0), node.attributes.get("axis")
    count = prod(shape) if axis is None else shape[axis_of(int(axis), len(shape))]
    return Work(vector_ops=comparisons(prod(shape), count))


@shape_of("Unique")
def unique_shape(site: Site) -> Sequence[TensorType]:
    """Values, first places, place of each input, counts.

    All values may differ: the upper bound.
    """
    shape, axis = site.shape(0), _unique_axis(site)
    most = prod(shape) if axis is None else shape[axis]
    found, value = most, site.value(0)
    if value is None:
        site.assume(f"{site.name!r} (Unique) is costed for {most} values, an upper bound")
    else:
        found = len(np.unique(value, return_index=True, axis=axis)[1])
    sizes = (found,) if axis is None else (*shape[:axis], found, *shape[axis + 1 :])
    places = TensorType((found,), INT64)
    return [TensorType(sizes, site.input(0).dtype), places, TensorType((most,), INT64), places]


@value_of("Unique")
def unique_value(site: Site) -> Sequence[Array]:
    """The different values, sorted or in the order in which they first stand."""
    axis = _unique_axis(site)
    values, first, inverse, counts = np.unique(
        site.known(0), return_index=True, return_inverse=True, return_counts=True, axis=axis
    )
    inverse = inverse.reshape(-1)
    if not int(site.attributes.get("sorted", 1)):
        order = np.argsort(first)
        values = np.take(values, order, axis=0 if axis is None else axis)
        first, counts, inverse = first[order], counts[order], np.argsort(order)[inverse]
    return [values, first, inverse, counts]


def _unique_axis(site: Site) -> int | None:
    axis = site.attributes.get("axis")
    return None if axis is None else axis_of(int(axis), len(site.shape(0)))


@op("NonZero", kind=KernelKind.SORTING)
def non_zero(node: Node) -> Work:
    """The coordinates of the elements that are not zero.

    vector_ops = elements(X), a comparison each

    Source:
        ONNX operator NonZero, versions 9 to 13.
    """
    return Work(vector_ops=prod(node.shape(0)))


@shape_of("NonZero")
def non_zero_shape(site: Site) -> Sequence[TensorType]:
    """(rank, number of such elements), a scalar counting as rank 1.

    All may be other than zero: the upper bound.
    """
    shape, value = site.shape(0), site.value(0)
    if value is None:
        found = prod(shape)
        site.assume(f"{site.name!r} (NonZero) is costed for {found} elements, an upper bound")
    else:
        found = int(np.count_nonzero(value))
    return [TensorType((max(1, len(shape)), found), INT64)]


@value_of("NonZero")
def non_zero_value(site: Site) -> Sequence[Array]:
    """The coordinates themselves."""
    return [np.stack(np.nonzero(np.atleast_1d(site.known(0)))).astype(np.int64)]


@op(
    "NonMaxSuppression",
    kind=KernelKind.SORTING,
    slots={2: Slot.SETTING, 3: Slot.SETTING, 4: Slot.SETTING},
)
def non_max_suppression(node: Node) -> Work:
    """Boxes in the order of their scores, without those that overlap a better one.

    vector_ops = B * C * (n * ceil(log2(n + 1)) + 13 * n * m)

    At most: each of n boxes is compared with each of m that were kept.

    Shapes:
        boxes: (B, n, 4)    scores: (B, C, n)    selected: (B*C*m, 3)
    Source:
        ONNX operator NonMaxSuppression, versions 10 to 11.
    """
    batch, classes, boxes = node.shape(1)
    kept = -(-node.output.dims[0] // max(1, batch * classes))
    overlaps = _BOX_OVERLAP_OPS * boxes * kept
    return Work(vector_ops=batch * classes * (comparisons(boxes, boxes) + overlaps))


@shape_of("NonMaxSuppression")
def non_max_suppression_shape(site: Site) -> Sequence[TensorType]:
    """(boxes kept, 3): at most as many per class as asked for, in every image."""
    boxes, scores = site.shape(0), site.shape(1)
    if len(boxes) != 3 or len(scores) != 3 or boxes[1] != scores[2] or boxes[0] != scores[0]:
        raise ShapeError(f"boxes of shape {list(boxes)} do not fit scores of {list(scores)}")
    try:
        asked = site.ints(2)
    except UnknownShapeError:
        asked = [boxes[1]]
    per_class = min(boxes[1], max(0, asked[0])) if asked else 0
    kept = scores[0] * scores[1] * per_class
    site.assume(f"{site.name!r} (NonMaxSuppression) is costed for {kept} boxes, an upper bound")
    return [TensorType((kept, 3), INT64)]
