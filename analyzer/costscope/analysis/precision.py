"""A graph as if it were deployed in another precision."""

from __future__ import annotations

from costscope import dtypes
from costscope.graph.retype import as_dtype
from costscope.graph.types import Graph
from costscope.ops import Slot, slot_of


def in_precision(graph: Graph, dtype: str) -> Graph:
    """The graph with floats in an element type, and biases as a deployment keeps them.

    Raises:
        UsageError: no such element type.
    """
    return as_dtype(
        graph, dtypes.named(dtype), lambda node, slot: slot_of(node.key, slot) is Slot.BIAS
    )
