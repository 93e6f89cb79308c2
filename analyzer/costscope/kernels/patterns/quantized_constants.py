"""Float weights and biases of a product between quantized tensors: stored as integers.

    DequantizeLinear -> Conv(float weight, float bias) -> QuantizeLinear

Weights become int8, biases int32, so that the product can run on integers.

Source:
    onnxruntime: core/optimizer, qdq_transformer/weight_bias_quantization (Conv,
    ConvTranspose, Gemm; a Relu or Clip may stand behind them).
"""

from __future__ import annotations

from dataclasses import replace

from costscope.dtypes import INT8, INT32, DType
from costscope.graph.types import Storage, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern
from costscope.kernels.qdq import DEQUANTIZE, QUANTIZE, is_integer

_WEIGHT, _BIAS = 1, 2


@pattern("quantized_constants", "Conv", "ConvTranspose", "Gemm", needs=DEQUANTIZE)
def quantized_constants(cell: Cell, draft: Draft) -> None:
    """Store the constants of a product as integers."""
    before = draft.maker(cell.inputs[0], DEQUANTIZE)
    weight = cell.input(_WEIGHT)
    bias = None if weight is None else _own_bias(cell, weight)
    if before is None or weight is None or not _is_quantized_behind(cell, draft):
        return
    scale = before.input(1)
    is_row = bias is None or (bias.constant and bias.shape is not None and bias.rank == 1)
    is_known = weight.constant or draft.maker(weight, DEQUANTIZE) is not None
    if scale is None or scale.elements != 1 or not is_row or not is_known:
        return
    if weight.constant and not is_integer(weight):
        draft.reread(weight, _stored(weight, INT8), only=cell)
    if bias is not None and not is_integer(bias):
        draft.reread(bias, _stored(bias, INT32), only=cell)


def _own_bias(cell: Cell, weight: Tensor) -> Tensor | None:
    """The bias of the node that reads the weight; what a folded norm reads is none."""
    for node in cell.nodes:
        if any(tensor is not None and tensor.name == weight.name for tensor in node.inputs):
            return node.input(_BIAS)
    return None


def _stored(tensor: Tensor, dtype: DType) -> Tensor:
    return replace(tensor, name=f"{tensor.name}~{dtype.name}", storage=Storage(dtype), value=None)


def _is_quantized_behind(cell: Cell, draft: Draft) -> bool:
    """Whether a QuantizeLinear is the only reader, be it behind a Relu or Clip."""
    reader = draft.follower(cell, QUANTIZE, "Relu", "Clip")
    while reader is not None and reader.op != QUANTIZE:
        reader = draft.follower(reader, QUANTIZE, "Relu", "Clip")
    return reader is not None
