"""Weights stored as integers that no integer kernel reads: they are dequantized in each run.

Source:
    onnxruntime: core/optimizer/constant_folding leaves DequantizeLinear as it is where
    quantized models are handled, and ensure_unique_dq_for_node_unit gives each reader its
    own.
"""

from __future__ import annotations

from dataclasses import replace

from costscope.dtypes import FLOAT32
from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern
from costscope.kernels.qdq import DEQUANTIZE, is_integer

_FLOAT_OPERATORS = (
    "Conv", "FusedConv", "ConvTranspose", "Gemm", "FusedGemm", "MatMul", "FusedMatMul",
    "BatchNormalization", "InstanceNormalization", "LayerNormalization", "PRelu", "Add", "Sub",
    "Mul", "Div",
)  # fmt: skip


@pattern("stored_weights", *_FLOAT_OPERATORS)
def stored_weights(cell: Cell, draft: Draft) -> None:
    """Put a DequantizeLinear before each integer constant that meets floats."""
    if not cell.output.dtype.is_float or (cell.inputs[0] and is_integer(cell.inputs[0])):
        return
    for tensor in cell.inputs:
        if tensor is not None and tensor.constant and is_integer(tensor):
            plain = Tensor(f"{tensor.name}~{cell.node.name}", tensor.shape, _type(cell))
            draft.reread(tensor, plain, only=cell)
            draft.insert(
                DEQUANTIZE, (replace(tensor, value=None),), (plain,), like=cell, before=cell
            )


def _type(cell: Cell):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return cell.output.dtype if cell.output.dtype.is_float else FLOAT32
