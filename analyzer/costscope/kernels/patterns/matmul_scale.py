"""A factor before or behind a matrix product: the product's own factor does it.

Source:
    onnxruntime: core/optimizer/matmul_scale_fusion: Mul or Div by a constant of one element,
    of either operand or of the result.
"""

from __future__ import annotations

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_SIDES = (0, 1)


@pattern("matmul_scale", "MatMul", "FusedMatMul")
def matmul_scale(cell: Cell, draft: Draft) -> None:
    """Merge the factors of the operands, then that of the result."""
    if cell.output.dtype.name not in ("float32", "float64"):
        return
    for side in _SIDES:
        maker = draft.maker(cell.input(side), "Mul", "Div")
        plain = None if maker is None else _scaled(maker)
        if maker is None or plain is None or plain.shape in (None, ()):
            continue
        own = draft.own(maker, cell)
        operands = list(cell.inputs)
        operands[side] = plain
        cell = draft.merge([own, cell], "FusedMatMul", operands, folded=[own]) or cell
    reader = draft.follower(cell, "Mul", "Div")
    scaled = None if reader is None else _scaled(reader)
    if reader is not None and scaled is not None and scaled.name == cell.output.name:
        draft.merge([cell, reader], "FusedMatMul", cell.inputs, folded=[reader])


def _scaled(cell: Cell) -> Tensor | None:
    """What a constant of one element scales; None if none does."""
    first, second = cell.inputs[:2]
    if first is None or second is None or first.shape is None or second.shape is None:
        return None
    if second.constant and second.elements == 1 and second.rank <= first.rank:
        return first
    if cell.op == "Mul" and first.constant and first.elements == 1 and first.rank <= second.rank:
        return second
    return None
