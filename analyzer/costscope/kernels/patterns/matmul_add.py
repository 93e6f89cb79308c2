"""A matrix product and the bias behind it: Gemm.

A product with more than two axes is brought to rows first and back afterwards, by two
Reshapes that move nothing.

Source:
    onnxruntime: core/optimizer/matmul_add_fusion. A product behind an attention's softmax
    (Reshape(Transpose(MatMul(Softmax))), or the Attention operator) is left as it is there.
"""

from __future__ import annotations

from math import prod

from costscope.dtypes import INT64
from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_MATRIX = 2
_HEAD = ["Add", "MatMul", "MatMul", "MatMul"]


@pattern("matmul_add", "MatMul")
def matmul_add(cell: Cell, draft: Draft) -> None:
    """Merge a MatMul by a matrix and the Add that is its only reader, outside attention."""
    if not _is_attention(cell, draft):
        matmul_add_left(cell, draft)


@pattern("matmul_add_left", "MatMul")
def matmul_add_left(cell: Cell, draft: Draft) -> None:
    """Merge a MatMul by a matrix and the Add that is its only reader."""
    reader = draft.follower(cell, "Add")
    left, right = cell.input(0), cell.input(1)
    if reader is None or left is None or right is None or left.shape is None:
        return
    if right.shape is None or right.rank != _MATRIX or not left.dtype.is_float:
        return
    bias = next((t for t in reader.inputs if t is None or t.name != cell.output.name), None)
    if bias is None or bias.dtype != left.dtype or not _is_bias(bias, left, right.dims[1]):
        return
    if left.rank == _MATRIX:
        draft.merge([cell, reader], "Gemm", (left, right, bias), attributes={})
        return
    _as_rows(cell, reader, bias, draft)


def _is_attention(cell: Cell, draft: Draft) -> bool:
    """Whether a product is one of the four of an attention: of queries, keys, values, result."""
    norm = draft.maker(cell.input(0), "LayerNormalization")
    if norm is not None and _attention_sum(norm, draft) is not None:
        return True
    bias = draft.follower(cell, "Add")
    residual = None if bias is None else draft.follower(bias, "Add")
    if bias is None or residual is None:
        return False
    norms = [draft.maker(tensor, "LayerNormalization") for tensor in residual.inputs]
    return any(norm is not None and _attention_sum(norm, draft) is bias for norm in norms)


def _attention_sum(norm: Cell, draft: Draft) -> Cell | None:
    """The sum that ends an attention which begins at a normalization; None if none does."""
    readers = draft.readers(norm.output)
    if sorted(reader.op for reader in readers) != _HEAD:
        return None
    residual = next(reader for reader in readers if reader.op == "Add")
    others = [t for t in residual.inputs if t is not None and t.name != norm.output.name]
    return draft.maker(others[0], "Add") if others else None


def _is_bias(bias: Tensor, left: Tensor, columns: int) -> bool:
    """Whether Gemm can add it: a row, or with a matrix product a column or matrix too."""
    if bias.shape == (columns,):
        return True
    if left.rank != _MATRIX or bias.shape is None or bias.rank != _MATRIX:
        return False
    rows, width = bias.dims
    return (rows == 1 and width == columns) or (rows == left.dims[0] and width in (1, columns))


def _as_rows(cell: Cell, reader: Cell, bias: Tensor, draft: Draft) -> None:
    left, right, result = cell.inputs[0], cell.inputs[1], reader.output
    assert left is not None  # noqa: S101 - checked by the caller
    rows = prod(left.dims[:-1])
    flat = draft.fresh(left, (rows, left.dims[-1]))
    product = draft.fresh(result, (rows, result.dims[-1]))
    draft.reread(left, flat, only=cell)
    draft.insert("Reshape", (left, _shape(flat)), (flat,), like=cell, before=cell)
    draft.rename(reader, result, product)
    gemm = draft.merge([cell, reader], "Gemm", (flat, right, bias), attributes={})
    draft.insert("Reshape", (product, _shape(result)), (result,), like=gemm or reader)


def _shape(wanted: Tensor) -> Tensor:
    return Tensor(f"{wanted.name}/shape", (wanted.rank,), INT64, constant=True)
