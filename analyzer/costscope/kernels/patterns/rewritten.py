"""Small rewrites: two operators that are one by algebra.

    Relu -> Clip                 Clip with the larger lower bound
    (a / b) * c, a = 1           c / b
    Where(Not(p), a, b)          Where(p, b, a)
    Gemm + Sum                   Gemm with a bias

Source:
    onnxruntime: core/optimizer, relu_clip_fusion, div_mul_fusion, not_where_fusion,
    gemm_sum_fusion.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_TWO = 2


@pattern("relu_clip", "Relu")
def relu_clip(cell: Cell, draft: Draft) -> None:
    """Leave the Relu in front of a Clip to the Clip's lower bound."""
    reader = draft.follower(cell, "Clip")
    if reader is not None and all(
        t is None or t.constant for t in reader.inputs[1:]
    ):  # bounds are known
        draft.merge([cell, reader], "Clip", [cell.inputs[0], *reader.inputs[1:]], folded=[cell])


@pattern("div_mul", "Div")
def div_mul(cell: Cell, draft: Draft) -> None:
    """Multiply by 1/b with one division."""
    reader = draft.follower(cell, "Mul")
    if reader is not None and cell.value(0) == (1.0,):
        other = next((t for t in reader.inputs if t and t.name != cell.output.name), None)
        draft.merge([cell, reader], "Div", [other, cell.inputs[1]], folded=[cell])


@pattern("not_where", "Not")
def not_where(cell: Cell, draft: Draft) -> None:
    """Exchange the branches instead of negating the condition."""
    reader = draft.follower(cell, "Where")
    if reader is not None:
        operands = (cell.inputs[0], reader.inputs[2], reader.inputs[1])
        draft.merge([cell, reader], "Where", operands, folded=[cell])


@pattern("gemm_sum", "Gemm")
def gemm_sum(cell: Cell, draft: Draft) -> None:
    """Take the other summand as the bias that a Gemm does not have yet."""
    reader = draft.follower(cell, "Sum")
    if reader is None or cell.input(2) is not None or len(reader.inputs) != _TWO:
        return
    other = next((t for t in reader.inputs if t and t.name != cell.output.name), None)
    if other is not None and cell.output.shape == reader.output.shape:
        draft.merge([cell, reader], "Gemm", (*cell.inputs[:2], other))
