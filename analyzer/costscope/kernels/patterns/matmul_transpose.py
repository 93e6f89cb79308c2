"""A Transpose in front of a matrix product: the product reads its operand turned around.

Source:
    onnxruntime: core/optimizer, matmul_transpose_fusion and gemm_transpose_fusion. The last
    axis must stay among the last two, and the other axes in order side by side; the first
    may come from between them if both operands have it.
"""

from __future__ import annotations

from itertools import pairwise

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_SIDES = (0, 1)
_MATRIX = 2


@pattern("matmul_transpose", "MatMul", "FusedMatMul", needs="Transpose")
def matmul_transpose(cell: Cell, draft: Draft) -> None:
    """Merge the Transposes of one operand or both; one that others read stays for them."""
    for side in _SIDES:
        maker = draft.maker(cell.input(side), "Transpose")
        if maker is None or draft.leaves(maker.output) or not _fits(_order(maker), cell):
            continue
        own = draft.own(maker, cell)
        operands = list(cell.inputs)
        operands[side] = own.inputs[0]
        cell = draft.merge([own, cell], "FusedMatMul", operands, folded=[own]) or cell


@pattern("gemm_transpose", "Gemm", needs="Transpose")
def gemm_transpose(cell: Cell, draft: Draft) -> None:
    """Merge the Transposes of the two factors, then that of the result.

    One that others read stays for them.
    """
    for side in _SIDES:
        maker = draft.maker(cell.input(side), "Transpose")
        if maker is None or draft.leaves(maker.output):
            continue
        own = draft.own(maker, cell)
        operands = list(cell.inputs)
        operands[side] = own.inputs[0]
        cell = draft.merge([own, cell], "Gemm", operands, folded=[own]) or cell
    behind = draft.follower(cell, "Transpose")
    if behind is not None and cell.input(2) is None:
        draft.merge([cell, behind], "Gemm", cell.inputs, folded=[behind])


def _order(cell: Cell) -> tuple[int, ...]:
    shape = cell.shape(0)
    given = cell.attributes.get("perm")
    return tuple(given) if given is not None else tuple(range(len(shape or ())))[::-1]


def _fits(order: tuple[int, ...], cell: Cell) -> bool:
    """Whether a product can read its operand in this order of axes."""
    rank = len(order)
    if rank < _MATRIX or rank - 1 not in order[-2:]:
        return False
    batch = order[:-2]
    if not batch:
        return True
    in_place = batch[0] == 0 or (
        batch[0] == 1 and len(cell.shape(0) or ()) == len(cell.shape(1) or ())
    )
    return in_place and all(after == before + 1 for before, after in pairwise(batch))
