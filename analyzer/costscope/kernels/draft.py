"""The graph while it is being fused: cells that patterns merge, drop, add and rewire."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, repeat
from typing import Any

from costscope.graph.types import Node, Shape, Tensor
from costscope.kernels.cell import Cell, Operands

_RUNTIMES_OWN = ("", "com.microsoft")


class Draft:
    """Cells, with who makes and who reads each tensor.

    Every cell stands later than all it reads and earlier than all that read it; whatever a
    pattern does keeps that order, so cells in order of their places can always run.

    Args:
        nodes: in execution order.
        outputs: tensors that leave the graph.
        regions: of each node, which graph it stands in; nodes of two are never one kernel.
    """

    def __init__(
        self, nodes: Sequence[Node], outputs: Sequence[Tensor], regions: Sequence[int] = ()
    ) -> None:
        self.changes = 0
        self._serial = count(1)
        self._leaving = {tensor.name for tensor in outputs}
        self._made: dict[str, Cell] = {}
        self._read: dict[str, dict[Cell, int]] = {}
        self._by_op: dict[str, dict[Cell, None]] = {}
        for place, (node, region) in enumerate(zip(nodes, regions or repeat(0), strict=False)):
            own = node.domain in _RUNTIMES_OWN
            op = node.op_type if own else f"{node.domain}::{node.op_type}"
            if node.problem is not None:
                op = f"{op}?"  # nothing is fused with what is not understood
            self._enter(
                Cell(op, (node,), node.inputs, node.outputs, node.attributes, place, region)
            )

    # What patterns look at.

    def cells(self, ops: Iterable[str]) -> list[Cell]:
        """The cells of some operators, in order."""
        found: list[Cell] = []
        for op in ops:
            found += self._by_op.get(op, ())
        found.sort(key=_place)
        return found

    def ordered(self) -> list[Cell]:
        """All cells, in order."""
        return self.cells(list(self._by_op))

    def has(self, op: str) -> bool:
        """Whether there are cells of an operator."""
        return bool(self._by_op.get(op))

    def holds(self, cell: Cell) -> bool:
        """Whether a cell is still there."""
        return cell in self._by_op[cell.op]

    def maker(self, tensor: Tensor | None, *ops: str) -> Cell | None:
        """The cell that makes a tensor, if it is of one of these operators (of any if none)."""
        cell = None if tensor is None else self._made.get(tensor.name)
        return cell if cell is not None and (not ops or cell.op in ops) else None

    def readers(self, tensor: Tensor) -> list[Cell]:
        """The cells that read a tensor, each once, in order."""
        found = self._read.get(tensor.name, {})
        return sorted(found, key=_place) if len(found) > 1 else list(found)

    def uses(self, tensor: Tensor) -> int:
        """How many places read a tensor; leaving the graph is one more."""
        found = self._read.get(tensor.name)
        return (sum(found.values()) if found else 0) + (tensor.name in self._leaving)

    def leaves(self, tensor: Tensor) -> bool:
        """Whether a tensor is an output of the graph."""
        return tensor.name in self._leaving

    def follower(self, cell: Cell, *ops: str) -> Cell | None:
        """The one reader, in one place, of a cell's only result, if it is one of `ops`."""
        name = cell.outputs[0].name
        found = self._read.get(name)
        if found is None or len(found) != 1 or len(cell.outputs) != 1 or name in self._leaving:
            return None
        reader, times = next(iter(found.items()))
        return reader if times == 1 and (not ops or reader.op in ops) else None

    # What patterns do.

    def merge(
        self,
        cells: Sequence[Cell],
        op: str,
        operands: Operands,
        *,
        outputs: Sequence[Tensor] = (),
        folded: Collection[Cell] = (),
        attributes: Mapping[str, Any] | None = None,
    ) -> Cell | None:
        """Make one cell of several; None if no order of execution allows it.

        Args:
            cells: what becomes one.
            op: operator that it is run as.
            operands: its inputs by their place; whatever else enters comes after them.
            outputs: its results by their place; the last cell's if none are given.
            folded: cells whose arithmetic is worked into constants, or left out.
            attributes: of the new operator; the first cell's if None.
        """
        members = sorted(cells, key=_place)
        if any(cell.region != members[0].region for cell in members):
            return None
        entering = self._entering(members)
        leaving = self._leaving_of(members, outputs or members[-1].outputs)
        place = self._common_place(members, entering, leaving)
        if place is None:
            return None
        for tensor in operands:
            if tensor is not None:
                entering.pop(tensor.name, None)
        merged = Cell(
            op,
            tuple(node for cell in members for node in cell.nodes),
            (*operands, *entering.values()),
            tuple(leaving.values()),
            members[0].attributes if attributes is None else attributes,
            place,
            members[0].region,
        )
        merged.folded = frozenset(
            {name for cell in members for name in cell.folded}
            | {node.name for cell in folded for node in cell.nodes}
        )
        merged.kind = next((cell.kind for cell in members if cell.kind is not None), None)
        for cell in members:
            self._leave(cell)
        self._enter(merged)
        return merged

    def recast(
        self, cell: Cell, op: str | None = None, attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Run a cell as another operator, or with other attributes."""
        self._leave(cell)
        cell.op = op or cell.op
        if attributes is not None:
            cell.attributes = attributes
            if len(cell.nodes) == 1:
                cell.nodes = (replace(cell.node, attributes=attributes),)
        self._enter(cell)

    def drop(self, cell: Cell, slot: int = 0) -> bool:
        """Take out a cell that hands on the input of a slot; False if it must stay.

        Its readers read what it read. Where its result leaves the graph, what makes the
        input gives that result instead; an input of the graph cannot.
        """
        source, result = cell.inputs[slot], cell.outputs[0]
        if source is None or any(self.uses(other) for other in cell.outputs[1:]):
            return False
        maker = self._made.get(source.name)
        if result.name not in self._leaving:
            self._leave(cell)
            self.reread(result, source)
            return True
        if maker is None or source.name in self._leaving:
            return False
        self._leave(cell)
        self.rename(maker, source, result)
        self.reread(source, result)
        return True

    def settle(self, first: Cell, second: Cell) -> None:
        """Exchange the places of two cells next to each other that changed their order."""
        if first.place > second.place:
            first.place, second.place = second.place, first.place

    def remove(self, cell: Cell) -> None:
        """Take out a cell that nobody reads."""
        self._leave(cell)

    def reread(self, old: Tensor, new: Tensor, only: Cell | None = None) -> None:
        """Let the readers of one tensor (or only one of them) read another instead."""
        for reader in [only] if only is not None else self.readers(old):
            self._leave(reader)
            reader.inputs = _swapped(reader.inputs, old.name, new)
            reader.nodes = tuple(
                replace(node, inputs=_swapped(node.inputs, old.name, new))
                if any(t is not None and t.name == old.name for t in node.inputs)
                else node
                for node in reader.nodes
            )
            self._enter(reader)

    def replace_input(self, cell: Cell, slot: int, tensor: Tensor) -> None:
        """Give a cell another tensor in one place; no node inside is lost."""
        old = cell.inputs[slot]
        if len(cell.nodes) > 1 and old is not None:
            self.reread(old, tensor, only=cell)
            return
        self._leave(cell)
        cell.inputs = (*cell.inputs[:slot], tensor, *cell.inputs[slot + 1 :])
        cell.nodes = (replace(cell.node, inputs=cell.inputs),)
        self._enter(cell)

    def rename(self, cell: Cell, old: Tensor, new: Tensor) -> None:
        """Let a cell make another tensor in place of one of its results."""
        self._leave(cell)
        cell.outputs = tuple(new if t.name == old.name else t for t in cell.outputs)
        cell.nodes = tuple(
            replace(node, outputs=tuple(new if t.name == old.name else t for t in node.outputs))
            if any(t.name == old.name for t in node.outputs)
            else node
            for node in cell.nodes
        )
        self._enter(cell)

    def insert(
        self,
        op: str,
        inputs: Operands,
        outputs: Sequence[Tensor],
        *,
        like: Cell,
        before: Cell | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Cell:
        """Add an operator of the standard that the file does not have.

        Args:
            op: the operator.
            inputs: what it reads.
            outputs: what it makes.
            like: the cell it comes from: it gives the name, version and repeats.
            before: what it stands in front of, where nothing reads it yet.
            attributes: of the operator.
        """
        origin = like.node
        node = Node(
            f"{origin.name}/{op}~{next(self._serial)}",
            op,
            "",
            origin.version,
            tuple(inputs),
            tuple(outputs),
            dict(attributes or {}),
            repeats=origin.repeats,
        )
        place = self._place_between(node, before, like)
        cell = Cell(op, (node,), node.inputs, node.outputs, node.attributes, place, like.region)
        self._enter(cell)
        return cell

    def own(self, cell: Cell, reader: Cell) -> Cell:
        """A cell that only one reader reads: the cell itself, or a copy made for that reader."""
        result = cell.output
        if len(self._read[result.name]) == 1 and result.name not in self._leaving:
            return cell
        serial = next(self._serial)
        private = replace(result, name=f"{result.name}~{serial}")
        nodes = tuple(replace(node, name=f"{node.name}~{serial}") for node in cell.nodes)
        place = (cell.place + reader.place) / 2
        if not cell.place < place < reader.place:
            self._renumber()
            place = (cell.place + reader.place) / 2
        copy = Cell(cell.op, nodes, cell.inputs, cell.outputs, cell.attributes, place, cell.region)
        copy.kind = cell.kind
        copy.folded = frozenset(f"{name}~{serial}" for name in cell.folded)
        copy.outputs = (private,)
        copy.nodes = (*nodes[:-1], replace(nodes[-1], outputs=(private,)))
        self._enter(copy)
        self.reread(result, private, only=reader)
        return copy

    def fresh(self, like: Tensor, shape: Shape | None) -> Tensor:
        """A new tensor with the element type of another."""
        name = f"{like.name}~{next(self._serial)}"
        return Tensor(name, shape, like.dtype)

    # How it is kept.

    def _enter(self, cell: Cell) -> None:
        self.changes += 1
        self._by_op.setdefault(cell.op, {})[cell] = None
        for tensor in cell.outputs:
            self._made[tensor.name] = cell
        for source in cell.inputs:
            if source is not None:
                readers = self._read.setdefault(source.name, {})
                readers[cell] = readers.get(cell, 0) + 1

    def _leave(self, cell: Cell) -> None:
        self.changes += 1
        del self._by_op[cell.op][cell]
        for tensor in cell.outputs:
            self._made.pop(tensor.name, None)
        for source in cell.inputs:
            if source is not None:
                self._read[source.name].pop(cell, None)

    def _place_between(self, node: Node, before: Cell | None, like: Cell) -> float:
        """A place behind what a node reads and before what reads it, that of `like` if it is."""
        earliest, latest = self._bounds(node, before)
        if earliest < like.place < latest:
            return like.place
        step = min(1.0, latest - earliest) / 2
        place = latest - step if before is not None else earliest + step
        if earliest < place < latest:
            return place
        self._renumber()  # halved so often that no number is left between the two
        return sum(self._bounds(node, before)) / 2

    def _bounds(self, node: Node, before: Cell | None) -> tuple[float, float]:
        made = [self._made[t.name].place for t in node.inputs if t and t.name in self._made]
        readers = [r.place for t in node.outputs for r in self._read.get(t.name, ())]
        if before is not None:
            readers.append(before.place)
        earliest = max(made, default=-1.0)
        return earliest, min(readers, default=earliest + 1)

    def _renumber(self) -> None:
        for place, cell in enumerate(self.ordered()):
            cell.place = float(place)

    def _entering(self, members: Sequence[Cell]) -> dict[str, Tensor]:
        inside = set(members)
        return {
            tensor.name: tensor
            for cell in members
            for tensor in cell.inputs
            if tensor is not None and self._made.get(tensor.name) not in inside
        }

    def _leaving_of(self, members: Sequence[Cell], results: Sequence[Tensor]) -> dict[str, Tensor]:
        inside = set(members)
        leaving = {tensor.name: tensor for tensor in results}
        for tensor in (tensor for cell in members for tensor in cell.outputs):
            readers = self._read.get(tensor.name, ())
            if tensor.name in self._leaving or any(r not in inside for r in readers):
                leaving.setdefault(tensor.name, tensor)
        return leaving

    def _common_place(
        self,
        members: Sequence[Cell],
        entering: Mapping[str, Tensor],
        leaving: Mapping[str, Tensor],
    ) -> float | None:
        """Where members can run as one: behind all that they read, before all that read them.

        That of the last, if possible. None if a reader of one member stands before what
        another member reads: it might be on a path from one to the other.
        """
        inside = set(members)
        readers = (r for name in leaving for r in self._read.get(name, ()) if r not in inside)
        latest = min((reader.place for reader in readers), default=float("inf"))
        if members[-1].place < latest:
            return members[-1].place
        makers = (self._made[name] for name in entering if name in self._made)
        earliest = max((maker.place for maker in makers), default=-1.0)
        if earliest >= latest:
            return None
        first = members[0].place
        return first if earliest < first < latest else (earliest + latest) / 2


def _place(cell: Cell) -> float:
    return cell.place


def _swapped(tensors: Operands, old: str, new: Tensor) -> tuple[Tensor | None, ...]:
    return tuple(new if t is not None and t.name == old else t for t in tensors)
