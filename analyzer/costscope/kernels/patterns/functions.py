"""Operators of the standard that a runtime has no kernel for: it runs their definition.

    HardSwish(x) = x * HardSigmoid(x)
    Mish(x)      = x * tanh(Softplus(x))

Source:
    onnxruntime 1.31 on CPU: what it makes of a model of each operator of the standard that
    is defined by others. GroupNormalization and CenterCropPad, of some 25 operators each,
    are left whole here.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_GATES = {"HardSwish": ("HardSigmoid",), "Mish": ("Softplus", "Tanh")}


@pattern("functions", *_GATES)
def functions(cell: Cell, draft: Draft) -> None:
    """Replace the cell by the operators of its definition."""
    source, result = cell.inputs[0], cell.output
    if source is None:
        return
    gate = source
    steps = []
    for op in _GATES[cell.op]:
        value = draft.fresh(result, result.shape)
        steps.append((op, gate, value))
        gate = value
    draft.remove(cell)
    for op, before, after in steps:
        draft.insert(op, (before,), (after,), like=cell, before=cell)
    draft.insert("Mul", (source, gate), (result,), like=cell)
