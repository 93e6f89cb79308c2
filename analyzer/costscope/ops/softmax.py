"""Softmax and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.graph.dims import axis_of
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, op, shape_of
from costscope.work import KernelKind, Work

_SOFTMAX = KernelKind.SOFTMAX


@op("Softmax", kind=_SOFTMAX)
def softmax(node: Node) -> Work:
    """Softmax along an axis: 4 operations and one exp per element.

    A comparison for the maximum, a subtraction, an exp, an addition, a division. Before
    version 13 all axes from `axis` on form one row: that changes the rows, not the work.
    """
    elements = node.output.elements
    return Work(vector_ops=4 * elements, special_ops=elements)


@op("LogSoftmax", kind=_SOFTMAX)
def log_softmax(node: Node) -> Work:
    """Logarithm of softmax: as Softmax, with a subtraction for the division and a log a row."""
    elements, size = node.output.elements, _row(node)
    return Work(vector_ops=4 * elements, special_ops=elements + (elements // size if size else 0))


@op("Hardmax", kind=_SOFTMAX)
def hardmax(node: Node) -> Work:
    """One for the largest of a row: a comparison per element."""
    return Work(vector_ops=node.output.elements)


def _row(node: Node) -> int:
    """Elements of one row."""
    shape = node.shape(0)
    if node.version >= 13:
        return shape[axis_of(int(node.attributes.get("axis", -1)), len(shape))]
    return prod(shape[axis_of(int(node.attributes.get("axis", 1)), len(shape)) :])


@shape_of("Softmax", "LogSoftmax", "Hardmax")
def softmax_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, which must have the axis."""
    shape = site.shape(0)
    axis_of(int(site.attributes.get("axis", -1 if site.version >= 13 else 1)), len(shape))
    return [TensorType(shape, site.input(0).dtype)]
