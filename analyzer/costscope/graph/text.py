"""Names that are text: protobuf hands over bytes where a file holds no valid UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costscope.errors import ModelError

_WITH_GRAPHS = frozenset({"If", "Loop", "Scan", "SequenceMap", "FlexAttention"})


def refuse_undecodable(model: Any) -> None:
    """Check every name of a ModelProto that the walk joins, compares or prints.

    Raises:
        ModelError: a name is not valid UTF-8.
    """
    _graph(model.graph)
    for function in model.functions:
        _names((function.name, function.domain, *function.input, *function.output))
        _nodes(function.node)
        _names(entry.domain for entry in function.opset_import)
    _names(entry.domain for entry in model.opset_import)


def _graph(graph: Any) -> None:
    _names((graph.name,))
    _names(tensor.name for tensor in graph.initializer)
    for value in (*graph.input, *graph.output, *graph.value_info):
        _names((value.name,))
        shape = value.type.tensor_type.shape
        _names(dim.dim_param for dim in shape.dim)
    _nodes(graph.node)


def _nodes(nodes: Iterable[Any]) -> None:
    for node in nodes:
        _names((node.name, node.op_type, node.domain, *node.input, *node.output))
        if node.op_type in _WITH_GRAPHS:
            for attribute in node.attribute:
                _graph(attribute.g)
                for graph in attribute.graphs:
                    _graph(graph)


def _names(names: Iterable[Any]) -> None:
    for name in names:
        if type(name) is bytes:
            raise ModelError(f"the file is damaged: a name in it is not text: {name!r:.60}")
