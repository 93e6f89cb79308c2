"""Operators that hand on what they read: they leave no kernel behind.

Identity; Dropout outside training; a Cast to the type it already has; a Slice, Expand or
Pad that keeps the shape; + 0, - 0, * 1 and / 1.

Source:
    onnxruntime: core/optimizer, identity, dropout, cast, slice, expand and noop
    elimination. TensorFlow Lite's converter and ncnnoptimize drop Identity and Dropout too.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_NEUTRAL = {"Add": 0.0, "Sub": 0.0, "Mul": 1.0, "Div": 1.0}
_COMMUTATIVE = ("Add", "Mul")


@pattern("no_effect", "Identity", "Dropout", "Cast", "Slice", "Expand", *_NEUTRAL)
def no_effect(cell: Cell, draft: Draft) -> None:
    """Drop the cell if its result is its first input (or its second, if that is neutral)."""
    if len(cell.nodes) == 1 and _hands_on(cell):
        draft.drop(cell)


def _hands_on(cell: Cell) -> bool:
    source, result = cell.input(0), cell.output
    if source is None:
        return False
    if cell.op == "Identity":
        return True
    if cell.op == "Dropout":
        return cell.value(2) in (None, (0,), (False,))
    if cell.op == "Cast":
        return source.dtype == result.dtype
    if source.shape is None or source.shape != result.shape:
        return False
    if cell.op == "Slice":
        steps = cell.value(4)
        return cell.input(4) is None or (steps is not None and min(steps) > 0)
    if cell.op == "Expand":
        return True
    return _is_neutral(cell)


def _is_neutral(cell: Cell) -> bool:
    """Whether one operand is the number that changes nothing."""
    wanted = (_NEUTRAL[cell.op],)
    if cell.value(1) == wanted:
        return True
    if cell.op not in _COMMUTATIVE or cell.value(0) != wanted:
        return False
    other = cell.input(1)
    if other is None or other.shape != cell.output.shape:
        return False
    cell.inputs = (other, cell.inputs[0])
    return True
