"""Rules on sizes that the whole ONNX standard shares: broadcasting, and counting axes."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.errors import ShapeError
from costscope.graph.types import Shape


def broadcast(*shapes: Shape) -> Shape:
    """The shape that all of these expand to, aligned at their last axis.

    Raises:
        ShapeError: two sizes differ and neither is 1.
    Source:
        Multidirectional broadcasting of the ONNX standard, which is numpy's.
    """
    result = shapes[0]
    for shape in shapes[1:]:
        if shape != result:
            result = _pair(result, shape)
    return result


def _pair(first: Shape, second: Shape) -> Shape:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    sizes = list(longer)
    for axis, size in enumerate(shorter, len(longer) - len(shorter)):
        if sizes[axis] == 1:
            sizes[axis] = size
        elif size not in (1, sizes[axis]):
            raise ShapeError(f"shapes {list(first)} and {list(second)} cannot be broadcast")
    return tuple(sizes)


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; negative ones count from the back.

    Raises:
        ShapeError: there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} does not exist in a tensor of rank {rank}")
    return axis + rank if axis < 0 else axis


def axes_of(axes: Iterable[int], rank: int) -> frozenset[int]:
    """Several axes counted from the front.

    Raises:
        ShapeError: one of them does not exist.
    """
    return frozenset(axis_of(axis, rank) for axis in axes)
