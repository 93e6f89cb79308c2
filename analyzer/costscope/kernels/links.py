"""Who makes and who reads each tensor: what a fusion pattern looks at."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Node, Tensor


class Links:
    """Producers and consumers of the tensors of a flat list of nodes.

    Args:
        nodes: in execution order.
        outputs: tensors that leave the graph: they count as one more reader.
    """

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[Tensor]) -> None:
        self.outputs = {tensor.name for tensor in outputs}
        self._made: dict[str, Node] = {}
        self._read: dict[str, list[Node]] = {}
        for node in nodes:
            for tensor in node.outputs:
                self._made[tensor.name] = node
            for tensor in node.inputs:
                if tensor is not None:
                    readers = self._read.setdefault(tensor.name, [])
                    if not readers or readers[-1] is not node:
                        readers.append(node)

    def producer(self, tensor: Tensor | None) -> Node | None:
        """The node that makes a tensor; None for inputs and constants."""
        return None if tensor is None else self._made.get(tensor.name)

    def readers(self, tensor: Tensor) -> Sequence[Node]:
        """The nodes that read a tensor, in order."""
        return self._read.get(tensor.name, ())

    def only_reader(self, node: Node) -> Node | None:
        """The one node that reads the outputs of a node; None if others do, or the caller."""
        found: Node | None = None
        for tensor in node.outputs:
            if tensor.name in self.outputs:
                return None
            for reader in self.readers(tensor):
                if found is not None and reader is not found:
                    return None
                found = reader
        return found
