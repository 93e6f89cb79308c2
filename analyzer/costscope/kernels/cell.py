"""A cell: what will be one kernel, while patterns still work on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costscope.graph.types import Node, Shape, Tensor
from costscope.work import KernelKind

Operands = Sequence[Tensor | None]


class Cell:
    """One operator, or several that run as one.

    Attributes:
        op: operator that the runtime runs it as; one of a foreign domain carries its domain.
        nodes: the graph's nodes inside, in order.
        inputs: operands by their place, then all else that enters.
        outputs: what leaves, the operator's own result first.
        attributes: of the operator.
        place: where it stands: later than all it reads, earlier than all that read it.
        folded: names of nodes inside whose arithmetic is worked into constants or left out.
        kind: its kernel kind, where it is not that of its heaviest node.
        region: which graph it stands in: the main one, or one inside a node.
    """

    __slots__ = (
        "attributes",
        "folded",
        "inputs",
        "kind",
        "nodes",
        "op",
        "outputs",
        "place",
        "region",
    )

    def __init__(
        self,
        op: str,
        nodes: tuple[Node, ...],
        inputs: tuple[Tensor | None, ...],
        outputs: tuple[Tensor, ...],
        attributes: Mapping[str, Any],
        place: float,
        region: int = 0,
    ) -> None:
        self.op = op
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.place = place
        self.folded: frozenset[str] = frozenset()
        self.kind: KernelKind | None = None
        self.region = region

    def input(self, slot: int) -> Tensor | None:
        """The operand of a place, None where it is left out."""
        return self.inputs[slot] if slot < len(self.inputs) else None

    def shape(self, slot: int) -> Shape | None:
        """The shape of an operand; None where it is left out or unknown."""
        tensor = self.input(slot)
        return None if tensor is None else tensor.shape

    def value(self, slot: int) -> tuple[float, ...] | None:
        """The elements of an operand that is a short constant, else None."""
        tensor = self.input(slot)
        return None if tensor is None else tensor.value

    def is_constant(self, slot: int) -> bool:
        """Whether an operand is there and constant."""
        tensor = self.input(slot)
        return tensor is not None and tensor.constant

    @property
    def output(self) -> Tensor:
        """The operator's own result."""
        return self.outputs[0]

    @property
    def node(self) -> Node:
        """The last node."""
        return self.nodes[-1]

    @property
    def version(self) -> int:
        """Opset version of its last node."""
        return self.nodes[-1].version

    def __repr__(self) -> str:
        return f"<{self.op} {self.nodes[-1].name}>"
