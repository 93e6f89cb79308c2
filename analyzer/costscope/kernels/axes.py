"""Operators that name axes: what they become when their operand comes in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.permutation import Order, widened, without

_AXES_ARE_INPUTS = {"Squeeze": 13, "Unsqueeze": 13, "ReduceSum": 13}
_REDUCED_AXES_ARE_INPUTS = 18
_SOFTMAX_OVER_ONE_AXIS = 13
_REDUCTIONS = (
    "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceL2",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """An operator after its operand lost a Transpose.

    Attributes:
        order: of the Transpose that its results now need.
        attributes: those that change.
        constants: elements of constant inputs that change, by slot.
    """

    order: Order
    attributes: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[int, Sequence[float]] = field(default_factory=dict)

    def apply(self, cell: Cell, draft: Draft) -> None:
        """Change a cell accordingly."""
        for slot, elements in self.constants.items():
            old = cell.inputs[slot]
            if old is not None:
                name = f"{old.name}~{'_'.join(map(str, elements))}"
                new = replace(old, name=name, shape=(len(elements),), value=tuple(elements))
                draft.replace_input(cell, slot, new)
        if self.attributes:
            draft.recast(cell, attributes={**cell.attributes, **self.attributes})


def _axes(cell: Cell, rank: int, opset: int) -> list[int] | None:
    """Axes given as an attribute or constant input, none negative; None if not known."""
    given = cell.value(1) if cell.version >= opset else cell.attributes.get("axes")
    return None if given is None else [int(axis) % rank for axis in given]


def _with_axes(cell: Cell, axes: Sequence[int], opset: int, order: Order) -> Moved:
    if cell.version >= opset:
        return Moved(order, constants={1: tuple(axes)})
    return Moved(order, attributes={"axes": tuple(axes)})


def _one_axis(default: int | None) -> Callable[[Cell, Order], Moved | None]:
    def rule(cell: Cell, order: Order) -> Moved | None:
        axis = cell.attributes.get("axis", default)
        return None if axis is None else Moved(order, {"axis": order[int(axis) % len(order)]})

    return rule


def _softmax(cell: Cell, order: Order) -> Moved | None:
    if cell.version >= _SOFTMAX_OVER_ONE_AXIS:
        return _one_axis(-1)(cell, order)
    axis = int(cell.attributes.get("axis", 1)) % len(order)
    crosses = any((place < axis) != (source < axis) for place, source in enumerate(order))
    return None if crosses else Moved(order)


def _reduce(cell: Cell, order: Order) -> Moved | None:
    opset = _AXES_ARE_INPUTS.get(cell.op, _REDUCED_AXES_ARE_INPUTS)
    keeps = bool(cell.attributes.get("keepdims", 1))
    absent = cell.input(1) is None if cell.version >= opset else "axes" not in cell.attributes
    if absent:
        whole = keeps or bool(cell.attributes.get("noop_with_empty_axes", 0))
        return Moved(order if whole else ())
    axes = _axes(cell, len(order), opset)
    if axes is None:
        return None
    moved = sorted(order[axis] for axis in axes)
    return _with_axes(cell, moved, opset, order if keeps else without(order, moved))


def _arg(cell: Cell, order: Order) -> Moved | None:
    axis = order[int(cell.attributes.get("axis", 0)) % len(order)]
    keeps = bool(cell.attributes.get("keepdims", 1))
    return Moved(order if keeps else without(order, [axis]), {"axis": axis})


def _squeeze(cell: Cell, order: Order) -> Moved | None:
    opset = _AXES_ARE_INPUTS["Squeeze"]
    axes = _axes(cell, len(order), opset)
    if axes is None:
        return None
    moved = sorted(order[axis] for axis in axes)
    return _with_axes(cell, moved, opset, without(order, moved))


def _unsqueeze(cell: Cell, order: Order) -> Moved | None:
    result = cell.output.shape
    if result is None:
        return None
    axes = _axes(cell, len(result), _AXES_ARE_INPUTS["Unsqueeze"])
    return None if axes is None else Moved(widened(order, axes))


def _slice(cell: Cell, order: Order) -> Moved | None:
    starts, axes = cell.value(1), cell.value(3)
    if starts is None or (cell.input(3) is not None and axes is None):
        return None
    if axes is None:
        return Moved(order) if tuple(order[: len(starts)]) == tuple(range(len(starts))) else None
    return Moved(order, constants={3: [order[int(axis) % len(order)] for axis in axes]})


def _pad(cell: Cell, order: Order) -> Moved | None:
    pads = cell.value(1)
    if pads is None or cell.input(3) is not None or len(pads) != 2 * len(order):
        return None
    moved = [0.0] * len(pads)
    for place, source in enumerate(order):
        moved[source] = pads[place]
        moved[source + len(order)] = pads[place + len(order)]
    return Moved(order, constants={1: moved})


def _gather(cell: Cell, order: Order) -> Moved | None:
    indices = cell.shape(1)
    axis = order[int(cell.attributes.get("axis", 0)) % len(order)]
    if indices == ():
        return Moved(without(order, [axis]), {"axis": axis})
    return Moved(order, {"axis": axis}) if indices is not None and len(indices) == 1 else None


def _tile(cell: Cell, order: Order) -> Moved | None:
    repeats = cell.value(1)
    if repeats is None or len(repeats) != len(order):
        return None
    moved = [1.0] * len(order)
    for place, source in enumerate(order):
        moved[source] = repeats[place]
    return Moved(order, constants={1: moved})


def _scales(cell: Cell, order: Order) -> Moved | None:
    scale = cell.input(1)
    if scale is None or scale.elements == 1:
        return Moved(order)
    return _one_axis(1)(cell, order)


# Operators whose first input may come in another order of axes.
AXIS_RULES: Mapping[str, Callable[[Cell, Order], Moved | None]] = {
    "Concat": _one_axis(None),
    "Split": _one_axis(0),
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Hardmax": _softmax,
    "ArgMax": _arg,
    "ArgMin": _arg,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Slice": _slice,
    "Pad": _pad,
    "Tile": _tile,
    "Gather": _gather,
    "QuantizeLinear": _scales,
    "DequantizeLinear": _scales,
    **dict.fromkeys(_REDUCTIONS, _reduce),
}
