"""Operators that hand on what they read: they leave no kernel behind.

Identity; Dropout outside training; a Cast to the type it already has; an Expand that keeps
the shape; + 0, - 0, * 1 and / 1; a Slice of everything. onnxruntime sees that a Slice takes
everything only where its end is the largest integer, not where it is the size: `no_effect`;
other runtimes see it in both cases: `no_effect_by_shape`.

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
_OPERATORS = ("Identity", "Dropout", "Cast", "Slice", "Expand", *_NEUTRAL)
_PLAIN = ("Identity", "Dropout", "Cast")
_TO_THE_END = 2**63 - 1


@pattern("no_effect", *_OPERATORS)
def no_effect(cell: Cell, draft: Draft) -> None:
    """Drop the cell where onnxruntime does.

    It keeps an operator that reads an input of the graph, but for the plainest of them, and
    one whose result leaves the graph, but for an Identity that alone reads what it reads.
    """
    ends = cell.value(2) or (0,)
    source = cell.inputs[0]
    if cell.op == "Slice" and min(ends) != _TO_THE_END:
        return
    alone = cell.op == "Identity" and source is not None and draft.uses(source) == 1
    if draft.leaves(cell.output) and not alone:
        return
    if cell.op in _PLAIN or draft.maker(cell.inputs[0]) or draft.maker(cell.input(1)):
        no_effect_by_shape(cell, draft)


@pattern("no_effect_by_shape", *_OPERATORS)
def no_effect_by_shape(cell: Cell, draft: Draft) -> None:
    """The same, and a Slice that ends where its input ends."""
    slot = _handed_on(cell)
    if slot is not None and len(cell.nodes) == 1:
        draft.drop(cell, slot)


def _handed_on(cell: Cell) -> int | None:
    """The slot of the input that is the result; None if there is none."""
    if cell.op in _NEUTRAL:
        return _beside_neutral(cell)
    source, result = cell.input(0), cell.output
    if source is None:
        return None
    same = source.shape is not None and source.shape == result.shape
    steps = cell.value(4) if cell.input(4) is not None else (1,)
    hands_on = {
        "Identity": True,
        "Dropout": cell.value(2) in (None, (0,)),
        "Cast": source.dtype == result.dtype,
        "Slice": same and steps is not None and min(steps) > 0,
        "Expand": same,
    }
    return 0 if hands_on[cell.op] else None


def _beside_neutral(cell: Cell) -> int | None:
    """The operand beside one that changes nothing: + 0, * 1, and at the right - 0 and / 1."""
    for slot in (1, 0) if cell.op in _COMMUTATIVE else (1,):
        other = cell.input(1 - slot)
        if cell.value(slot) == (_NEUTRAL[cell.op],) and other is not None:
            return (
                1 - slot if other.shape is not None and other.shape == cell.output.shape else None
            )
    return None
