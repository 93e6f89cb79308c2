"""Quantized operators in float clothes: DequantizeLinear in front, QuantizeLinear behind.

What the DequantizeLinear and QuantizeLinear around an operator say is in what units its
integers are. A runtime that has an integer kernel for the operator runs that, and neither
of the two; one that has none runs all three.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft

QUANTIZE, DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"
_BITS = (4, 8)


def is_integer(tensor: Tensor) -> bool:
    """Whether a tensor holds quantized numbers (4 or 8 bits; a bias has 32)."""
    return tensor.stored_dtype.kind in ("int", "uint")


def is_quantized(tensor: Tensor | None, draft: Draft) -> bool:
    """Whether an operand is quantized: dequantized just before, or stored as integers."""
    if tensor is None:
        return True
    if tensor.constant:
        return is_integer(tensor)
    maker = draft.maker(tensor, DEQUANTIZE)
    return maker is not None and _source(maker).dtype.bits in _BITS


def quantizers(cell: Cell, draft: Draft) -> list[Cell] | None:
    """The QuantizeLinear behind each result that is read; None if a result has another reader."""
    found = []
    for tensor in cell.outputs:
        readers = draft.readers(tensor)
        if not readers and not draft.leaves(tensor):
            continue
        if len(readers) != 1 or readers[0].op != QUANTIZE or draft.uses(tensor) != 1:
            return None
        found.append(readers[0])
    return found


def draw_in(
    cell: Cell, slots: Sequence[int], behind: Sequence[Cell], draft: Draft, op: str
) -> Cell | None:
    """One integer kernel of an operator, the DequantizeLinear before it and QuantizeLinear behind.

    Args:
        cell: the operator.
        slots: its operands that are quantized.
        behind: the QuantizeLinear of its results, in their order; none if they stay floats.
        draft: where it stands.
        op: operator that it is run as.
    """
    before: dict[str, Cell] = {}
    operands = list(cell.inputs)
    for slot in slots:
        tensor = cell.inputs[slot] if slot < len(cell.inputs) else None
        maker = None if tensor is None else draft.maker(tensor, DEQUANTIZE)
        if tensor is None or maker is None:
            continue
        if tensor.name not in before:
            before[tensor.name] = draft.own(maker, cell)
        operands[slot] = _source(maker)
    around = [*before.values(), *behind]
    outputs = [quantize.output for quantize in behind] or cell.outputs
    return draft.merge([*around, cell], op, operands, outputs=outputs, folded=around,
                       attributes=cell.attributes)  # fmt: skip


def same_units(first: Cell, second: Cell) -> bool:
    """Whether two of QuantizeLinear and DequantizeLinear have equal scales and zero points."""
    return all(_equal(first.input(slot), second.input(slot)) for slot in (1, 2))


def _equal(first: Tensor | None, second: Tensor | None) -> bool:
    if first is None or second is None:
        return first is second or (_is_zero(first) and _is_zero(second))
    if first.name == second.name:
        return True
    return first.value is not None and first.value == second.value


def _is_zero(tensor: Tensor | None) -> bool:
    return tensor is None or (tensor.value is not None and not any(tensor.value))


def _source(dequantize: Cell) -> Tensor:
    source = dequantize.inputs[0]
    assert source is not None  # noqa: S101 - the operator has an operand
    return source
