"""Transposes pushed behind the operators that read them, where fewer are left that way.

A Transpose moves every byte of a tensor and computes nothing. Two that meet cancel or
become one; so each is pushed through the operators that do not care about the order of
axes, as long as that leads towards another one, or takes more away than it adds.

Cost: the sum, over the tensors that would be transposed, of their axes longer than 1. A
Transpose is pushed if that sum falls: the operand's own is gained, those of other operands
are paid, that of the result is paid unless a Transpose follows somewhere behind it.

Source:
    onnxruntime: core/optimizer/transpose_optimization (its cost model and list of
    operators). Resize takes part once the graph belongs to the CPU provider. Version 1.31
    does not pass a Squeeze or Unsqueeze that several read (found by running it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from costscope.graph.types import Tensor
from costscope.kernels.axes import AXIS_RULES, Moved
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import whole
from costscope.kernels.permutation import Order, after, as_order, inverse, split, turned

_UNKNOWN_RANK = 5
_UNARY = frozenset(
    {
        *("Cast", "Exp", "Gelu", "Identity", "LeakyRelu", "Log", "Reciprocal", "Relu", "Sigmoid"),
        *("Sqrt", "Tanh", "Abs", "Not", "Ceil", "Floor", "Neg", "Erf", "HardSigmoid", "Round"),
        *("IsInf", "IsNaN", "Selu", "Shrink", "Sign", "Softplus", "Softsign", "ThresholdedRelu"),
        *("Celu", "Elu", "HardSwish", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan"),
        *("Asinh", "Acosh", "Atanh", "Clip", "CastLike"),
    }
)
_BROADCAST = frozenset(
    {
        *("Add", "Max", "Min", "Mul", "Sub", "Div", "And", "Or", "Xor", "Mod", "PRelu"),
        *("BitShift", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Mean", "Sum"),
        *("Pow", "Where"),
    }
)
_STANDARD_GELU = 20
_NOT_TO_SEVERAL = ("Squeeze", "Unsqueeze")
_CHANNELS = {(0, 2, 3, 1), (0, 3, 1, 2)}


@whole("transposes")
def transposes(draft: Draft) -> None:
    """Push Transposes through operators that take any order of axes."""
    if draft.has("Transpose"):
        _Pass(draft, resizes=False).run()


@whole("transposes_on_cpu")
def transposes_on_cpu(draft: Draft) -> None:
    """The same, through Resize as well."""
    if draft.has("Transpose"):
        _Pass(draft, resizes=True).run()


class _Pass:
    """One walk over the cells in order."""

    def __init__(self, draft: Draft, *, resizes: bool) -> None:
        self.draft = draft
        self.resizes = resizes
        self.leading: set[str] = set()

    def run(self) -> None:
        """Find which results lead to a Transpose, then push."""
        cells = self.draft.ordered()
        for cell in reversed(cells):
            if cell.op == "Transpose":
                self.leading.update(t.name for t in cell.inputs[:1] if t is not None)
            elif cell.op != "Reshape" and any(t.name in self.leading for t in cell.outputs):
                self.leading.update(tensor.name for tensor in self._movable(cell))
        for cell in cells:
            if self.draft.holds(cell):
                self._visit(cell)

    def _visit(self, cell: Cell) -> None:
        for tensor in self._movable(cell):
            maker = self.draft.maker(tensor, "Transpose")
            if maker is not None and self._push(maker, cell):
                return

    def _movable(self, cell: Cell) -> list[Tensor]:
        """Operands that may be read in another order, each once; none if it cares."""
        if cell.op == "Gelu" and cell.version < _STANDARD_GELU:
            return []  # onnxruntime's own operator, made of several
        if cell.op in _NOT_TO_SEVERAL and self.draft.uses(cell.output) > 1:
            return []
        if cell.op in _BROADCAST:
            slots = [t for t in cell.inputs if t is not None and t.shape != ()]
        elif cell.op == "Concat":
            slots = [t for t in cell.inputs if t is not None]
        elif (
            cell.op in _UNARY
            or cell.op in AXIS_RULES
            or cell.op in ("Transpose", "Reshape")
            or (self.resizes and cell.op == "Resize")
        ):
            slots = [t for t in cell.inputs[:1] if t is not None]
        else:
            return []
        return list({tensor.name: tensor for tensor in slots}.values())

    def _push(self, maker: Cell, cell: Cell) -> bool:
        order = _order(maker)
        if order is None:
            return False
        if cell.op == "Transpose":
            second = _order(cell)
            return second is not None and self._join(maker, cell, after(order, second))
        movable = self._movable(cell)
        if self._cost(order, movable, cell) >= 0:
            return False
        if cell.op == "Reshape":
            return self._through_reshape(maker, cell, order)
        moved = _moved(cell, order)
        if moved is None or not self._ranks_fit(movable, len(order)):
            return False
        for tensor in movable:
            self._turn_input(cell, tensor, inverse(order))
        moved.apply(cell, self.draft)
        if moved.order != tuple(range(len(moved.order))):
            for tensor in cell.outputs:
                self._turn_output(cell, tensor, moved.order)
        return True

    def _through_reshape(self, maker: Cell, cell: Cell, order: Order) -> bool:
        """Join a Reshape that is a Transpose itself; pass one that only cuts axes."""
        before, result = maker.output.shape, cell.output.shape
        if before is None or result is None:
            return False
        second = as_order(before, result)
        if second is not None:
            return self._join(maker, cell, after(order, second))
        cut = split(before, result, order)
        source = maker.inputs[0]
        if cut is None or source is None:
            return False
        shape, behind = cut
        self.draft.reread(maker.output, source, only=cell)
        bare = self.draft.fresh(cell.output, shape)
        result_tensor = cell.output
        self.draft.rename(cell, result_tensor, bare)
        self.draft.insert(
            "Transpose", (bare,), (result_tensor,), like=cell, attributes={"perm": behind}
        )
        self._sweep(maker)
        return True

    # What it costs.

    def _cost(self, order: Order, movable: list[Tensor], cell: Cell) -> int:
        cost = sum(self._cost_of(tensor, order) for tensor in movable)
        leads = any(tensor.name in self.leading for tensor in cell.outputs)
        if cost < 0 and cell.op != "Reshape" and not leads:
            cost += max(map(_long_axes, cell.outputs))
        return cost

    def _cost_of(self, tensor: Tensor, order: Order) -> int:
        if tensor.constant:
            return 0
        maker = self.draft.maker(tensor, "Transpose")
        if maker is None:
            return _long_axes(tensor)
        return -_long_axes(tensor) if _order(maker) == order and self._may_go(maker) else 0

    def _may_go(self, maker: Cell) -> bool:
        """Whether all that read a Transpose could take its operand instead."""
        return not self.draft.leaves(maker.output) and all(
            self._movable(reader) for reader in self.draft.readers(maker.output)
        )

    # How it is done.

    def _join(self, maker: Cell, cell: Cell, order: Order) -> bool:
        """Let the second of two Transposes do the work of both."""
        source = maker.inputs[0]
        assert source is not None  # noqa: S101 - a Transpose has an operand
        self.draft.reread(maker.output, source, only=cell)
        if order == tuple(range(len(order))):
            self.draft.recast(cell, "Identity", {})
            self.draft.drop(cell)
        else:
            self.draft.recast(cell, "Transpose", {"perm": order})
        self._sweep(maker)
        return True

    def _turn_input(self, cell: Cell, tensor: Tensor, order: Order) -> None:
        """Let a cell read an operand in another order of axes."""
        if tensor.rank < len(order):
            tensor = self._widen(cell, tensor, len(order))
        if tensor.elements == 1:
            return
        maker = self.draft.maker(tensor, "Transpose")
        known = None if maker is None else _order(maker)
        if tensor.constant:
            shape = turned(tensor.dims, order)
            name = f"{tensor.name}~{''.join(map(str, order))}"
            self.draft.reread(tensor, replace(tensor, name=name, shape=shape, value=None), cell)
            return
        if maker is None or known is None:
            self.draft.reread(tensor, self._turned(tensor, order, cell), only=cell)
            return
        both = after(known, order)
        source = maker.inputs[0]
        assert source is not None  # noqa: S101 - a Transpose has an operand
        if both != tuple(range(len(both))):
            source = self._turned(source, both, cell)
        self.draft.reread(tensor, source, only=cell)
        self._sweep(maker)

    def _turned(self, tensor: Tensor, order: Order, cell: Cell) -> Tensor:
        """A tensor transposed, by a Transpose that is there or by a new one."""
        for reader in self.draft.readers(tensor):
            if reader.op == "Transpose" and _order(reader) == order and reader.place < cell.place:
                return reader.output
        result = self.draft.fresh(tensor, turned(tensor.dims, order))
        self.draft.insert(
            "Transpose", (tensor,), (result,), like=cell, before=cell, attributes={"perm": order}
        )
        return result

    def _widen(self, cell: Cell, tensor: Tensor, rank: int) -> Tensor:
        """Bring an operand that is broadcast to the rank of the others."""
        shape = (1,) * (rank - tensor.rank) + tensor.dims
        if tensor.constant:
            wide = replace(tensor, name=f"{tensor.name}~{rank}d", shape=shape, value=None)
        else:
            wide = self.draft.fresh(tensor, shape)
            self.draft.insert("Unsqueeze", (tensor,), (wide,), like=cell, before=cell)
        self.draft.reread(tensor, wide, only=cell)
        return wide

    def _turn_output(self, cell: Cell, tensor: Tensor, order: Order) -> None:
        """Put a Transpose behind a result that now comes in another order."""
        shape = None if tensor.shape is None else turned(tensor.shape, inverse(order))
        bare = self.draft.fresh(tensor, shape)
        self.draft.rename(cell, tensor, bare)
        self.draft.insert("Transpose", (bare,), (tensor,), like=cell, attributes={"perm": order})

    def _sweep(self, maker: Cell) -> None:
        if not self.draft.uses(maker.output):
            self.draft.remove(maker)

    def _ranks_fit(self, tensors: list[Tensor], rank: int) -> bool:
        return all(t.shape is not None and t.rank <= rank for t in tensors)


def _order(cell: Cell) -> Order | None:
    given, shape = cell.attributes.get("perm"), cell.shape(0)
    if given is not None:
        return tuple(int(axis) for axis in given)
    return None if shape is None else tuple(range(len(shape)))[::-1]


def _moved(cell: Cell, order: Order) -> Moved | None:
    """What pushing changes of a cell besides the order of its operands."""
    if cell.op == "Resize":
        return Moved(order) if order in _CHANNELS else None
    rule: Callable[[Cell, Order], Moved | None] | None = AXIS_RULES.get(cell.op)
    return Moved(order) if rule is None else rule(cell, order)


def _long_axes(tensor: Tensor) -> int:
    """How many axes are longer than 1; 5 of a tensor of unknown shape."""
    return _UNKNOWN_RANK if tensor.shape is None else sum(size != 1 for size in tensor.shape)
