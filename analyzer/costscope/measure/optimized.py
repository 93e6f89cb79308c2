"""The graph that onnxruntime would really run, without running it or having its weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from costscope.graph import proto
from costscope.graph.types import Graph
from costscope.measure.session import Session
from costscope.measure.source import Source, source
from costscope.measure.weights import materialise
from costscope.shapes import Bindings, resolve


def optimized(model: Any, bindings: Bindings | None = None, level: str = "all") -> Graph:
    """The graph of a model after onnxruntime's own optimizer, resolved.

    Weights are not needed: they are taken as zeros that are never touched.

    Args:
        model: path, `zoo:NAME`, bytes or ModelProto.
        bindings: sizes for open dimensions.
        level: `none`, `basic`, `extended` or `all`.

    Raises:
        UsageError: onnxruntime is not installed, or no such level.
        ModelError: onnxruntime refuses the model.
    """
    given = source(model)
    bound = bind(given, bindings)
    weights = materialise(bound, blank=True)
    with Session(bound, weights, optimization=level, profile=False, offline=True) as session:
        return saved_graph(session, given.name)


def saved_graph(session: Session, name: str) -> Graph:
    """What a session saved, resolved."""
    return resolve(proto.read(session.saved), name=name)


def bind(given: Source, bindings: Bindings | None) -> Source:
    """The model with its inputs' sizes written down, so that the runtime folds what follows.

    Raises:
        ShapeError: a dimension is open.
    """
    return bound(given, bindings)[0]


def bound(given: Source, bindings: Bindings | None) -> tuple[Source, Graph]:
    """The same, and the model resolved.

    Raises:
        ShapeError: a dimension is open.
    """
    graph = resolve(given.proto, bindings, name=given.name)
    shapes = {tensor.name: tensor.shape for tensor in graph.inputs}
    for value in given.proto.graph.input:
        shape = shapes.get(value.name)
        if shape is None or value.type.WhichOneof("value") != "tensor_type":
            continue
        dims = value.type.tensor_type.shape.dim
        if len(dims) != len(shape):
            value.type.tensor_type.shape.Clear()
            dims = [value.type.tensor_type.shape.dim.add() for _ in shape]
        for dim, size in zip(dims, shape, strict=True):
            dim.dim_value = size
    return replace(given), graph
