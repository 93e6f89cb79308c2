"""Shapes that the file does not tell: they are what they were when the model ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, Tensor
from costscope.ops import work_of
from costscope.shapes.contradiction import Contradictions


def shapes_of(ran: Iterable[tuple[Node, tuple[Shape, ...]]]) -> dict[str, Shape]:
    """Shapes, by tensor, that turned out otherwise than the file says.

    They depend on data, or on the processor, which chooses how many channels make a block.
    Inside a loop a shape may differ from one iteration to the next; there only what no rule
    can find is taken.

    Args:
        ran: nodes, each with the shapes that its outputs had.
    """
    found = {}
    for node, shapes in ran:
        if len(shapes) != len(node.outputs):
            continue
        for tensor, shape in zip(node.outputs, shapes, strict=True):
            once = node.repeats == 1 and tensor.items is None and tensor.shape != shape
            if _is_open(tensor) or once:
                found[tensor.name] = shape
    return found


def with_shapes(node: Node, shapes: Mapping[str, Shape]) -> Node:
    """The node with these shapes in place of its own, and so perhaps without its problem."""
    if not any(t is not None and t.name in shapes for t in (*node.inputs, *node.outputs)):
        return node
    inputs = tuple(tensor and _told(tensor, shapes) for tensor in node.inputs)
    outputs = tuple(_told(tensor, shapes) for tensor in node.outputs)
    unknown = any(tensor is not None and _is_open(tensor) for tensor in (*inputs, *outputs))
    told = replace(node, inputs=inputs, outputs=outputs, problem=node.problem if unknown else None)
    try:
        with Contradictions():
            work_of(told)
    except ShapeError:
        return node
    return told


def _is_open(tensor: Tensor) -> bool:
    return tensor.shape is None and tensor.items is None


def _told(tensor: Tensor, shapes: Mapping[str, Shape]) -> Tensor:
    shape = shapes.get(tensor.name)
    return tensor if shape is None else replace(tensor, shape=shape)
