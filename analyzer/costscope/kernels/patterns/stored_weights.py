"""What is left of DequantizeLinear: one for each operator that reads floats.

    stored_weights           weights stored as integers that no integer kernel reads are
                             dequantized in each run
    unique_dequantize        a result that several such operators read is dequantized for
                             each of them

Source:
    onnxruntime: core/optimizer/constant_folding leaves DequantizeLinear as it is where
    quantized models are handled, and ensure_unique_dq_for_node_unit gives each reader its
    own.
"""

from __future__ import annotations

from dataclasses import replace

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern
from costscope.kernels.qdq import DEQUANTIZE, is_integer
from costscope.ops import Slot, slot_of

_FLOAT_OPERATORS = (
    "Conv", "FusedConv", "ConvTranspose", "Gemm", "FusedGemm", "MatMul", "FusedMatMul",
    "BatchNormalization", "InstanceNormalization", "LayerNormalization", "PRelu", "Add", "Sub",
    "Mul", "Div", "Pad",
)  # fmt: skip


_ROLES = (Slot.WEIGHT, Slot.BIAS)
_FILLING = ("Pad", 2)


@pattern("unique_dequantize", DEQUANTIZE)
def unique_dequantize(cell: Cell, draft: Draft) -> None:
    """Give each reader of a DequantizeLinear its own, but for one."""
    for reader in draft.readers(cell.output)[1:]:
        draft.own(cell, reader)


@pattern("stored_weights", *_FLOAT_OPERATORS)
def stored_weights(cell: Cell, draft: Draft) -> None:
    """Put a DequantizeLinear before each integer constant that meets floats."""
    if not cell.output.dtype.is_float or any(t and _flows_as_integer(t) for t in cell.inputs):
        return
    for tensor in _parameters(cell):
        plain = Tensor(f"{tensor.name}~{cell.node.name}", tensor.shape, cell.output.dtype)
        draft.reread(tensor, plain, only=cell)
        draft.insert(DEQUANTIZE, (replace(tensor, value=None),), (plain,), like=cell, before=cell)


def _flows_as_integer(tensor: Tensor) -> bool:
    return not tensor.constant and is_integer(tensor)


def _parameters(cell: Cell) -> list[Tensor]:
    """Integer constants that nodes of a cell read as weights or biases."""
    found = {
        tensor.name: tensor
        for node in cell.nodes
        for slot, tensor in enumerate(node.inputs)
        if tensor is not None and tensor.constant and is_integer(tensor)
        and (slot_of(node.key, slot) in _ROLES or (node.op_type, slot) == _FILLING)
    }  # fmt: skip
    return list(found.values())
