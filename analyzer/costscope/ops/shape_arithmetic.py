"""Operators that make tensors out of shapes: Shape, Size, ConstantOfShape, Range, EyeLike."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, prod
from typing import Any

import numpy as np

from costscope.dtypes import FLOAT32, INT64, from_onnx, named
from costscope.errors import ShapeError
from costscope.graph.constants import numpy_dtype
from costscope.graph.types import Node, TensorType
from costscope.ops import (
    Array,
    Site,
    Slot,
    UnknownShapeError,
    no_work,
    op,
    shape_of,
    value_of,
)
from costscope.work import KernelKind, Work


@op("Shape", "Size", kind=KernelKind.VIEW, slots={0: Slot.SETTING}, reads=lambda _: {0: 0})
def shape_query(node: Node) -> Work:
    """Nothing: the sizes are known beside the data, which is not read.

    Source:
        ONNX operators Shape, versions 1 to 25, and Size, versions 1 to 25.
    """
    return no_work(node)


@op(
    "ConstantOfShape",
    "EyeLike",
    kind=KernelKind.MOVEMENT,
    slots={0: Slot.SETTING},
    reads=lambda _: {0: 0},
)
def fill(node: Node) -> Work:
    """No arithmetic; only the output is written.

    Source:
        ONNX operators ConstantOfShape, versions 9 to 25, and EyeLike, versions 9 to 22.
    """
    return no_work(node)


@op("Range", kind=KernelKind.MOVEMENT, slots=dict.fromkeys(range(3), Slot.SETTING))
def counted(node: Node) -> Work:
    """Numbers at equal distance: start + i * delta.

    vector_ops = elements(Y) * (multiply, add)

    Source:
        ONNX operator Range, versions 11 to 27.
    """
    return Work(vector_ops=2 * node.output.elements)


@shape_of("Shape")
def shape_shape(site: Site) -> Sequence[TensorType]:
    """One number per axis between `start` and `end`."""
    return [TensorType((len(_sizes(site)),), INT64)]


@value_of("Shape", from_shapes=True)
def shape_value(site: Site) -> Sequence[Array]:
    """The sizes themselves."""
    return [np.array(_sizes(site), np.int64)]


def _sizes(site: Site) -> Sequence[int]:
    """The sizes asked for; bounds outside the rank are moved to its ends."""
    shape = site.shape(0)
    start, end = site.attributes.get("start", 0), site.attributes.get("end", len(shape))
    return shape[slice(int(start), int(end))]


@shape_of("Size")
def size_shape(site: Site) -> Sequence[TensorType]:
    """A single number."""
    site.shape(0)
    return [TensorType((), INT64)]


@value_of("Size", from_shapes=True)
def size_value(site: Site) -> Sequence[Array]:
    """The number of elements."""
    return [np.array(prod(site.shape(0)), np.int64)]


@shape_of("ConstantOfShape")
def constant_of_shape(site: Site) -> Sequence[TensorType]:
    """The shape it is given, in the element type of its value (float32 without one)."""
    shape = site.ints(0)
    if shape is None:
        raise ShapeError("it is given no shape")
    if any(size < 0 for size in shape):
        raise ShapeError(f"{shape} has a negative size")
    if "value" not in site.attributes:
        return [TensorType(tuple(shape), FLOAT32)]
    value = site.attributes["value"]
    if value is None:  # a type that numpy does not have
        return [TensorType(tuple(shape), site.infer()[0].dtype)]
    return [TensorType(tuple(shape), named(value.dtype.name))]


@value_of("ConstantOfShape")
def constant_of_shape_value(site: Site) -> Sequence[Array]:
    """The fill value, everywhere."""
    value = site.attributes.get("value", np.float32(0))
    if value is None:
        raise UnknownShapeError("its fill value has a type that numpy does not have")
    return [np.full(site.ints(0) or (), value)]


@shape_of("Range")
def range_shape(site: Site) -> Sequence[TensorType]:
    """max(0, ceil((limit - start) / delta)) numbers.

    Raises:
        UnknownShapeError: a bound is computed from data.
    """
    return [TensorType((_count(site),), site.input(0).dtype)]


@value_of("Range")
def range_value(site: Site) -> Sequence[Array]:
    """The numbers themselves."""
    start, _, delta = _bounds(site)
    return [start + np.arange(_count(site)).astype(start.dtype) * delta]


def _count(site: Site) -> int:
    start, limit, delta = _bounds(site)
    if delta == 0:
        raise ShapeError("its delta is 0")
    if start.dtype.kind in "iu":
        return max(0, -((int(start) - int(limit)) // int(delta)))
    # The difference is taken in the operator's own precision, the quotient in double.
    return max(0, ceil(float(limit - start) / float(delta)))


def _bounds(site: Site) -> list[Any]:
    """Start, limit and delta as numpy numbers, in the operator's element type."""
    bounds = []
    for slot, name in enumerate(("start", "limit", "delta")):
        site.input(slot)
        value = site.value(slot)
        if value is None:
            raise UnknownShapeError(f"its {name} is computed from data, not from shapes")
        if value.size != 1:
            raise ShapeError(f"its {name} is not a single number")
        bounds.append(value.reshape(-1)[0])
    return bounds


@shape_of("EyeLike")
def eye_like_shape(site: Site) -> Sequence[TensorType]:
    """The shape of its input, in the element type asked for."""
    shape = site.shape(0)
    if len(shape) != 2:
        raise ShapeError(f"its input has rank {len(shape)}, not 2")
    code = site.attributes.get("dtype")
    dtype = site.input(0).dtype if code is None else from_onnx(int(code))
    return [TensorType(shape, dtype)]


@value_of("EyeLike", from_shapes=True)
def eye_like_value(site: Site) -> Sequence[Array]:
    """Ones on a diagonal."""
    rows, columns = site.shape(0)
    dtype = numpy_dtype(eye_like_shape(site)[0].dtype)
    if dtype is None:
        raise UnknownShapeError("its element type is one that numpy does not have")
    # Beyond the corners every diagonal is empty: the clamp keeps numpy's counters small.
    offset = max(-rows, min(columns, int(site.attributes.get("k", 0))))
    return [np.eye(rows, columns, k=offset, dtype=dtype)]
