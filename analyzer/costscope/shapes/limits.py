"""What no model can be: negative sizes, uncountable tensors, names that stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod
from typing import Any

from costscope.errors import ModelError, ShapeError
from costscope.graph.types import Tensor, TensorType

# More elements than this cannot be counted in 64 bits: no tensor has them.
_MAX_ELEMENTS = 2**63
_GARBLED = "a name in the graph is not valid UTF-8 text"


def refuse_impossible(kind: Tensor | TensorType, what: str) -> None:
    """Refuse a shape that no tensor can have.

    Raises:
        ShapeError: a negative size, or more elements than can be counted.
    """
    shape = kind.shape
    if not shape:
        return
    if min(shape) < 0:
        raise ShapeError(f"{what} would have a negative size: {list(shape)[:8]}")
    if prod(shape) >= _MAX_ELEMENTS:
        raise ShapeError(f"{what} would have 2^63 elements or more")


def refuse_garbled(graph: Any) -> None:
    """Refuse a graph with names that are no text.

    Raises:
        ModelError: a name that is not valid UTF-8: protobuf hands it out as raw bytes.
    """
    tensors = (sparse.values for sparse in graph.sparse_initializer)
    for named in (graph, *graph.input, *graph.output, *graph.initializer, *tensors):
        if not isinstance(named.name, str):
            raise ModelError(_GARBLED)


def refuse_garbled_nodes(nodes: Iterable[Any]) -> None:
    """Refuse nodes with names that are no text.

    Raises:
        ModelError: a name that is not valid UTF-8.
    """
    for node in nodes:
        own = (node.name, node.op_type, node.domain, node.overload)
        for name in (*own, *node.input, *node.output):
            if type(name) is bytes:
                raise ModelError(_GARBLED)


def refuse_repeats(names: Iterable[str], what: str) -> None:
    """Refuse a list in which a name stands twice.

    Raises:
        ModelError: it does.
    """
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ModelError(f"{what} {repeated[0]!r} stands twice; names must be unique")
