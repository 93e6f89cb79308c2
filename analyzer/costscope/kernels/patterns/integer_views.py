"""QuantizeLinear and DequantizeLinear moved to where they stand next to what computes.

    op -> Reshape -> QuantizeLinear            op -> QuantizeLinear -> Reshape
    DequantizeLinear -> Reshape -> op          Reshape -> DequantizeLinear -> op
    DequantizeLinear -> QuantizeLinear         nothing

What only moves numbers then moves integers.

Source:
    onnxruntime: core/optimizer, qdq_transformer/qdq_propagation (Reshape, Transpose,
    Squeeze, Unsqueeze, Slice, MaxPool) and double_qdq_pairs_remover.
"""

from __future__ import annotations

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern
from costscope.kernels.qdq import DEQUANTIZE, QUANTIZE, same_units

_MOVES = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "MaxPool", "Slice")


@pattern("quantize_before_moving", QUANTIZE)
def quantize_before_moving(cell: Cell, draft: Draft) -> None:
    """Quantize before the numbers are moved, again and again up to what makes them.

    It must make them for this one reader; an input of the graph may have others.
    """
    maker = draft.maker(cell.inputs[0], *_MOVES)
    while maker is not None and _is_per_tensor(cell) and draft.follower(maker) is cell:
        source, moved, result = maker.inputs[0], maker.output, cell.output
        if source is None or (draft.maker(source) is not None and draft.uses(source) != 1):
            return
        early = Tensor(f"{result.name}~{maker.node.name}", source.shape, result.dtype)
        draft.rename(cell, result, early)
        draft.reread(moved, source, only=cell)
        draft.rename(maker, moved, result)
        draft.reread(source, early, only=maker)
        draft.settle(cell, maker)
        maker = draft.maker(cell.inputs[0], *_MOVES)


@pattern("dequantize_after_moving", DEQUANTIZE)
def dequantize_after_moving(cell: Cell, draft: Draft) -> None:
    """Dequantize after the numbers were moved, again and again down to what reads them."""
    reader = draft.follower(cell, *_MOVES)
    while reader is not None and _is_per_tensor(cell) and reader.inputs[0] is not None:
        source, plain, moved = cell.inputs[0], cell.output, reader.output
        if source is None or reader.inputs[0].name != plain.name or len(reader.outputs) != 1:
            return
        late = Tensor(f"{moved.name}~{cell.node.name}", moved.shape, source.dtype)
        draft.rename(reader, moved, late)
        draft.reread(plain, source, only=reader)
        draft.rename(cell, plain, moved)
        draft.reread(source, late, only=cell)
        draft.settle(reader, cell)
        reader = draft.follower(cell, *_MOVES)


@pattern("double_quantize", QUANTIZE)
def double_quantize(cell: Cell, draft: Draft) -> None:
    """Take out a DequantizeLinear and the QuantizeLinear behind it, if they change nothing.

    Between a QuantizeLinear and a DequantizeLinear the units may change as well: both are
    then given new ones.
    """
    maker = draft.maker(cell.inputs[0], DEQUANTIZE)
    source = None if maker is None else maker.inputs[0]
    if maker is None or source is None or source.dtype != cell.output.dtype:
        return
    if draft.leaves(cell.output) or not (
        same_units(maker, cell) or _is_between(maker, cell, draft)
    ):
        return
    first, last = draft.maker(source, QUANTIZE), draft.follower(cell, DEQUANTIZE)
    draft.remove(cell)
    draft.reread(cell.output, source)
    if not draft.uses(maker.output):
        draft.remove(maker)
    if first is not None and last is not None:
        for slot, tensor in enumerate(first.inputs[1:3], start=1):
            if tensor is not None:
                draft.replace_input(last, slot, tensor)


def _is_between(dequantize: Cell, quantize: Cell, draft: Draft) -> bool:
    """Whether the two stand alone between two others, each pair with units of its own."""
    first = draft.maker(dequantize.inputs[0], QUANTIZE)
    last = draft.follower(quantize, DEQUANTIZE)
    if first is None or last is None or not (_is_per_tensor(first) and _is_per_tensor(last)):
        return False
    alone = draft.follower(first) is dequantize and draft.follower(dequantize) is quantize
    return alone and same_units(first, dequantize) and same_units(quantize, last)


def _is_per_tensor(cell: Cell) -> bool:
    scale = cell.input(1)
    return scale is not None and scale.elements == 1
