"""Which operators onnxruntime runs on integers between DequantizeLinear and QuantizeLinear.

    convolutions, Gemm, MatMul                     all operands quantized; Gemm and MatMul may
                                                   give floats
    Add, Mul, Concat, Where                        all operands quantized
    pools, Sigmoid, LeakyRelu, Softmax             the first operand
    MaxPool, Reshape, Transpose, Gather, Split     the same integers go on: only with equal
    and others that compute nothing                scales and zero points on both sides

Source:
    onnxruntime: core/optimizer/qdq_transformer/selectors_actions (selectors of the CPU
    provider), clip_quantizelinear, relu_quantizelinear.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern
from costscope.kernels.qdq import (
    DEQUANTIZE,
    QUANTIZE,
    draw_in,
    is_quantized,
    quantizers,
    same_units,
)

_PRODUCTS = {"Conv": "QLinearConv", "Gemm": "QGemm", "MatMul": "QLinearMatMul"}
_FLOAT_RESULT = {"Gemm": "QGemm", "MatMul": "MatMulIntegerToFloat"}
_ALL_OPERANDS = {
    "Add": "QLinearAdd", "Mul": "QLinearMul", "Concat": "QLinearConcat", "Where": "QLinearWhere",
}  # fmt: skip
_FIRST_OPERAND = {
    "AveragePool": "QLinearAveragePool", "GlobalAveragePool": "QLinearGlobalAveragePool",
    "LeakyRelu": "QLinearLeakyRelu", "Sigmoid": "QLinearSigmoid", "Softmax": "QLinearSoftmax",
}  # fmt: skip
_HANDED_ON = (
    "Resize", "MaxPool", "ReduceMax", "ReduceMin", "Expand", "Flatten", "Gather",
    "GatherElements", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze",
)  # fmt: skip
_CONDITION_SLOTS = {"Where": 1}


@pattern(
    "integer_operators",
    *(*_PRODUCTS, *_ALL_OPERANDS, *_FIRST_OPERAND, *_HANDED_ON, "ArgMax"),
    needs=DEQUANTIZE,
)
def integer_operators(cell: Cell, draft: Draft) -> None:
    """Draw the DequantizeLinear and QuantizeLinear around an operator into it."""
    behind = quantizers(cell, draft)
    if cell.op in _PRODUCTS or cell.op in _ALL_OPERANDS:
        first = _CONDITION_SLOTS.get(cell.op, 0)
        slots = list(range(first, len(cell.inputs)))
    else:
        slots = [0]
    if not all(is_quantized(cell.inputs[slot], draft) for slot in slots):
        return
    if not any(draft.maker(cell.inputs[slot], DEQUANTIZE) for slot in slots):
        return
    if cell.op == "ArgMax":
        draw_in(cell, slots, [], draft, cell.op)
    elif not behind or len(behind) != len(cell.outputs):
        if cell.op in _FLOAT_RESULT and not any(
            reader.op == QUANTIZE for reader in draft.readers(cell.output)
        ):
            draw_in(cell, slots, [], draft, _FLOAT_RESULT[cell.op])
    elif cell.op not in _HANDED_ON:
        named = {**_PRODUCTS, **_ALL_OPERANDS, **_FIRST_OPERAND}[cell.op]
        draw_in(cell, slots, behind, draft, named)
    else:
        maker = draft.maker(cell.inputs[0], DEQUANTIZE)
        if maker is not None and all(same_units(maker, each) for each in behind):
            draw_in(cell, slots, behind, draft, cell.op)


@pattern("clipped_by_quantize", "Relu", "Clip", needs=QUANTIZE)
def clipped_by_quantize(cell: Cell, draft: Draft) -> None:
    """Leave a Relu or Clip to the QuantizeLinear behind it, whose range is no wider.

    A Clip of a graph's input stays, in onnxruntime 1.31 at least.
    """
    reader = draft.follower(cell, QUANTIZE)
    if reader is None or (cell.op == "Clip" and draft.maker(cell.inputs[0]) is None):
        return
    bounds = _range(reader)
    if bounds is None:
        return
    low, high = (
        (0.0, None) if cell.op == "Relu" else (_bound(cell, 1, "min"), _bound(cell, 2, "max"))
    )
    fits = (low is None or bounds[0] >= low) and (high is None or bounds[1] <= high)
    if fits:
        operands = (cell.inputs[0], *reader.inputs[1:])
        draft.merge([cell, reader], QUANTIZE, operands, folded=[cell], attributes=reader.attributes)


def _bound(cell: Cell, slot: int, name: str) -> float | None:
    """A bound of a Clip: none if it has none, beyond all numbers if it is not known."""
    value = cell.value(slot)
    if value is not None and len(value) == 1:
        return value[0]
    if cell.input(slot) is not None:
        return float("inf") if name == "min" else float("-inf")
    given = cell.attributes.get(name)
    return None if given is None else float(given)


def _range(quantize: Cell) -> tuple[float, float] | None:
    """The smallest and largest number that a QuantizeLinear by one scale can give."""
    scale, zero, dtype = quantize.value(1), quantize.value(2), quantize.output.dtype
    if scale is None or len(scale) != 1 or (quantize.input(2) is not None and zero is None):
        return None
    offset = zero[0] if zero else 0
    lowest = -(2 ** (dtype.bits - 1)) if dtype.kind == "int" else 0
    highest = lowest + 2**dtype.bits - 1
    return (lowest - offset) * scale[0], (highest - offset) * scale[0]
