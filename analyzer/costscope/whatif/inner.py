"""What graphs inside operators (branches, bodies of loops) read of the graph around them."""

from __future__ import annotations

from costscope.graph.types import Graph


def read_inside(graph: Graph) -> frozenset[str]:
    """Names of the tensors that graphs inside operators read: edits must leave these alone."""
    found: set[str] = set()
    for node in graph.nodes:
        for branch in node.branches:
            found |= _read(branch.graph)
    return frozenset(found)


def _read(graph: Graph) -> set[str]:
    found = {tensor.name for tensor in graph.outputs}
    for node in graph.nodes:
        found.update(tensor.name for tensor in node.inputs if tensor is not None)
        for branch in node.branches:
            found |= _read(branch.graph)
    return found
