"""Transposes that undo each other, with nothing between that minds the order of axes.

An island is what lies between Transposes of one order and those of the inverse order, when
all between takes any order of axes: without the Transposes it computes the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.kernels.permutation import Order, after, inverse, turned
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed, replaced, reshaped
from costscope.whatif.inner import read_inside

_UNARY = frozenset(
    {
        *("Abs", "Cast", "Ceil", "Celu", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu"),
        *("HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log", "Mish", "Neg", "Not"),
        *("Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Softplus"),
        *("Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
    }
)
_BINARY = frozenset(
    {
        *("Add", "Div", "Max", "Mean", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum", "Where"),
    }
)
_CONCAT = "Concat"
_AGNOSTIC = _UNARY | _BINARY | {_CONCAT}
_MOST_NODES = 500  # of one island


@dataclass(frozen=True, slots=True)
class Island:
    """Operators between Transposes that cancel.

    Attributes:
        order: of the Transposes that lead to it.
        entries: these Transposes.
        exits: those that lead back.
        inner: operators between, in any order.
    """

    order: Order
    entries: tuple[Node, ...]
    exits: tuple[Node, ...]
    inner: tuple[Node, ...]

    @property
    def transposes(self) -> tuple[Node, ...]:
        """All of them."""
        return (*self.entries, *self.exits)


def order_of(node: Node | None) -> Order | None:
    """The order of a Transpose of a computed tensor; None of anything else."""
    if node is None or node.op_type != "Transpose" or node.domain or node.problem is not None:
        return None
    data = node.input(0)
    if data is None or data.constant or data.shape is None:
        return None
    perm = node.attributes.get("perm")
    order = tuple(range(data.rank))[::-1] if perm is None else tuple(int(axis) for axis in perm)
    return order if sorted(order) == list(range(data.rank)) else None


def islands(case: Case) -> list[Island]:
    """All islands; no Transpose is part of two."""
    inside = read_inside(case.graph.nodes)
    found: list[Island] = []
    taken: set[str] = set()
    for node in case.graph.nodes:
        order = order_of(node)
        if order is None or node.name in taken or order == tuple(range(len(order))):
            continue
        island = _Search(case, order, inside).run(node)
        if island is not None and taken.isdisjoint(each.name for each in island.transposes):
            found.append(island)
            taken.update(each.name for each in island.transposes)
    return found


def pairs(case: Case, others: Collection[str]) -> list[tuple[Node, Node]]:
    """Transposes right behind one another that are one together, none of them among others."""
    found: list[tuple[Node, Node]] = []
    taken = set(others)
    for node in case.graph.nodes:
        first = case.maker(node.input(0)) if order_of(node) is not None else None
        if first is None or order_of(first) is None or {node.name, first.name} & taken:
            continue
        if case.only_reader(first.output) is node:
            found.append((first, node))
            taken |= {first.name, node.name}
    return found


def without(graph: Graph, found: Sequence[Island], joined: Sequence[tuple[Node, Node]]) -> Graph:
    """The graph without the Transposes of islands, and with one for each two that follow."""
    nodes: dict[str, tuple[Node, ...]] = {}
    for first, second in joined:
        orders = order_of(first), order_of(second)
        if orders[0] is not None and orders[1] is not None:
            perm = after(orders[0], orders[1])
            one = replace(second, inputs=first.inputs, attributes={"perm": perm})
            nodes[second.name] = (one,)
    for island in found:
        nodes |= {node.name: (each,) for node, each in _turned_back(island)}
    gone = {node.name for island in found for node in island.transposes}
    return bypassed(replaced(graph, nodes), gone)


def _turned_back(island: Island) -> list[tuple[Node, Node]]:
    """The operators of an island as they are without its Transposes."""
    back, rank = inverse(island.order), len(island.order)
    shapes: dict[str, Shape] = {}
    for node in island.inner:
        for tensor in (*node.inputs, *node.outputs):
            if tensor is not None and tensor.shape and tensor.elements > 1:
                wide = (1,) * (rank - tensor.rank) + tensor.shape
                shapes[tensor.name] = turned(wide, back)
    edit = reshaped(shapes)
    found = []
    for node in island.inner:
        attributes = node.attributes
        if node.op_type == _CONCAT:
            axis = int(attributes.get("axis", 1)) % rank
            attributes = {**attributes, "axis": island.order[axis]}
        changed = replace(
            node,
            inputs=tuple(tensor and edit(tensor) for tensor in node.inputs),
            outputs=tuple(map(edit, node.outputs)),
            attributes=attributes,
        )
        found.append((node, changed))
    return found


class _Search:
    """The search for the island that a Transpose leads to."""

    def __init__(self, case: Case, order: Order, inside: Collection[str]) -> None:
        self.case, self.order, self.inside = case, order, inside
        self.entries: dict[str, Node] = {}
        self.exits: dict[str, Node] = {}
        self.inner: dict[str, Node] = {}
        self.waiting: list[Node] = []

    def run(self, entry: Node) -> Island | None:
        """The island; None where something minds the order."""
        self.waiting = [entry]
        self.entries[entry.name] = entry
        while self.waiting:
            node = self.waiting.pop()
            if len(self.inner) > _MOST_NODES or not all(map(self._follow, node.outputs)):
                return None
            if node.name in self.inner and not all(map(self._lead, node.inputs)):
                return None
        if not self.exits:
            return None
        parts = (self.entries, self.exits, self.inner)
        return Island(self.order, *(tuple(part.values()) for part in parts))

    def _follow(self, tensor: Tensor) -> bool:
        """Whether all that read a tensor of the island are part of it, or lead back."""
        if tensor.name in self.case.leaving or tensor.name in self.inside:
            return False
        for reader in self.case.readers.get(tensor.name, ()):
            if order_of(reader) == inverse(self.order):
                self.exits[reader.name] = reader
            elif not self._enter(reader):
                return False
        return True

    def _lead(self, tensor: Tensor | None) -> bool:
        """Whether an operand of the island is of its order, or can be read in any."""
        if tensor is None or tensor.shape == () or (tensor.constant and tensor.shape is not None):
            return tensor is None or len(tensor.shape or ()) <= len(self.order)
        maker = self.case.maker(tensor)
        if tensor.shape is None or tensor.rank != len(self.order) or maker is None:
            return False
        if order_of(maker) == self.order:
            if maker.name not in self.entries:
                self.entries[maker.name] = maker
                self.waiting.append(maker)
            return True
        return self._enter(maker)

    def _enter(self, node: Node) -> bool:
        """Take an operator in, if it takes any order of axes."""
        if node.name in self.inner:
            return True
        shape = node.output.shape
        fits = shape is not None and len(shape) == len(self.order) and len(node.outputs) == 1
        if node.op_type not in _AGNOSTIC or node.domain or node.problem or not fits:
            return False
        self.inner[node.name] = node
        self.waiting.append(node)
        return True
