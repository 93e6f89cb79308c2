"""What graphs inside operators (branches, bodies of loops) read of the graph around them."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.graph.types import Node


def read_inside(nodes: Iterable[Node]) -> frozenset[str]:
    """Names of the tensors that graphs inside operators read: edits must leave these alone."""
    found: set[str] = set()
    for node in nodes:
        for branch in node.branches:
            found.update(tensor.name for tensor in branch.graph.outputs)
            for inner in branch.graph.nodes:
                found.update(tensor.name for tensor in inner.inputs if tensor is not None)
            found |= read_inside(branch.graph.nodes)
    return frozenset(found)
