"""The graph before it was optimised, to be looked things up in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from costscope.graph.types import Graph, Node

# What the runtime puts in front of a name, or behind it, when it makes another of it.
_IN_FRONT = re.compile(r"^(?:InsertedPrecisionFreeCast_)+")
_BETWEEN = "_/.:"


class Original:
    """Nodes and tensors of the original graph by name.

    Attributes:
        nodes: every node, also of graphs inside nodes, and those that are folded away.
        live: names of those that are not folded away, in order.
        maker: name of the node that makes a tensor.
        readers: names of the nodes that read a tensor.
    """

    def __init__(self, graph: Graph) -> None:
        live = list(_nodes(graph))
        self.nodes: Mapping[str, Node] = {node.name: node for node in (*graph.aside, *live)}
        self.live = [node.name for node in live]
        self.maker = {t.name: node.name for node in self.nodes.values() for t in node.outputs}
        self.readers: defaultdict[str, list[str]] = defaultdict(list)
        for node in live:
            for tensor in node.inputs:
                if tensor is not None:
                    self.readers[tensor.name].append(node.name)
        self._leaving = {tensor.name for tensor in graph.outputs}
        self._place = {name: place for place, name in enumerate(self.nodes)}
        self._tensors = {tensor.name for tensor in graph.inputs} | set(self.maker)

    def tensor(self, name: str) -> str | None:
        """The tensor of this name, or the one it is a copy of in another precision."""
        if name in self._tensors:
            return name
        bare = _IN_FRONT.sub("", name)
        return bare if bare in self._tensors else None

    def called(self, name: str) -> str | None:
        """The node that a kernel is called after, by its own name or that of its result.

        The runtime makes names by adding to those that there are: the longest beginning that
        is one counts.
        """
        text = _IN_FRONT.sub("", name)
        for beginning in _beginnings(text):
            if beginning in self.nodes:
                return beginning
            if beginning in self.maker:
                return self.maker[beginning]
        return None

    def leaves(self, node: str) -> bool:
        """Whether a result of a node is one of the network."""
        return any(tensor.name in self._leaving for tensor in self.nodes[node].outputs)

    def before(self, node: str) -> list[str]:
        """The nodes that make what a node reads."""
        tensors = [tensor for tensor in self.nodes[node].inputs if tensor is not None]
        return [self.maker[t.name] for t in tensors if not t.constant and t.name in self.maker]

    def behind(self, node: str) -> list[str]:
        """The nodes that read what a node makes."""
        return [
            reader
            for tensor in self.nodes[node].outputs
            for reader in self.readers.get(tensor.name, ())
        ]

    def in_order(self, names: Collection[str]) -> tuple[str, ...]:
        """Names of nodes in the file's order."""
        return tuple(sorted(names, key=self._place.__getitem__))


def _nodes(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes:
        for branch in node.branches:
            yield from _nodes(branch.graph)
        yield node


def _beginnings(name: str) -> Iterator[str]:
    """A name and its beginnings up to a sign between words, the longest first."""
    yield name
    for place in range(len(name) - 1, 0, -1):
        if name[place] in _BETWEEN:
            yield name[:place]
