"""Integer kernels between DequantizeLinear and QuantizeLinear, where a runtime has them for all.

Every operator whose operands are all quantized and whose results are all quantized again
runs on integers: TensorFlow Lite's int8 scheme has an integer kernel for each. ncnn has
them for convolutions and fully connected layers alone.

Source:
    TensorFlow Lite 8-bit quantization specification; Jacob et al. 2018, arXiv 1712.05877.
    ncnn: src/layer (Convolution, ConvolutionDepthWise, InnerProduct have int8 forms).
"""

from __future__ import annotations

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern, whole
from costscope.kernels.qdq import DEQUANTIZE, QUANTIZE, draw_in, is_quantized, quantizers
from costscope.ops import Slot, slot_of

_PRODUCTS = ("Conv", "FusedConv", "Gemm", "FusedGemm")


@whole("integer_kernels")
def integer_kernels(draft: Draft) -> None:
    """Draw the DequantizeLinear and QuantizeLinear around every operator into it."""
    for cell in draft.cells([QUANTIZE]):
        maker = draft.maker(cell.inputs[0])
        if maker is not None and maker.op not in (QUANTIZE, DEQUANTIZE):
            _draw(maker, draft)


@pattern("integer_products", *_PRODUCTS, needs=DEQUANTIZE)
def integer_products(cell: Cell, draft: Draft) -> None:
    """The same for convolutions and fully connected layers."""
    if draft.maker(cell.inputs[0], DEQUANTIZE) is not None:
        _draw(cell, draft)


def _draw(cell: Cell, draft: Draft) -> None:
    behind = quantizers(cell, draft)
    if not behind:
        return
    slots = [
        slot
        for slot, tensor in enumerate(cell.inputs)
        if tensor is not None and _is_data(cell, tensor)
    ]
    dequantized = any(draft.maker(cell.inputs[slot], DEQUANTIZE) for slot in slots)
    if dequantized and all(is_quantized(cell.inputs[slot], draft) for slot in slots):
        draw_in(cell, slots, behind, draft, cell.op)


def _is_data(cell: Cell, tensor: Tensor) -> bool:
    """Whether an operand is numbers to compute with: not axes, bounds or a literal."""
    if tensor.constant and tensor.elements == 1:
        return False
    if tensor.constant:
        roles = {
            slot_of(node.key, slot)
            for node in cell.nodes
            for slot, each in enumerate(node.inputs)
            if each is not None and each.name == tensor.name
        }
        return Slot.WEIGHT in roles
    return tensor.dtype.is_float
