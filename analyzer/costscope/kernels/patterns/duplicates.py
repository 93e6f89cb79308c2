"""Operators that compute what another one has computed already.

Source:
    onnxruntime: core/optimizer, common_subexpression_elimination and constant_sharing.
"""

from __future__ import annotations

from collections.abc import Hashable

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import whole

# Random numbers are new ones each time; each reader is to have its own DequantizeLinear.
_APART = frozenset(
    {
        *("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
        *("Multinomial", "Bernoulli", "Dropout", "DequantizeLinear"),
    }
)


@whole("duplicates")
def duplicates(draft: Draft) -> None:
    """Keep the first of several cells with the same operator, inputs and attributes."""
    first: dict[Hashable, Cell] = {}
    for cell in draft.ordered():
        key = _key(cell) if _has_company(cell, draft) else None
        if key is None:
            continue
        kept = first.setdefault(key, cell)
        if kept is not cell and not any(draft.leaves(tensor) for tensor in cell.outputs):
            draft.remove(cell)
            for old, new in zip(cell.outputs, kept.outputs, strict=True):
                draft.reread(old, new)


def _has_company(cell: Cell, draft: Draft) -> bool:
    """Whether others read what a cell reads; equal cells do."""
    moving = next((t for t in cell.inputs if t is not None and not t.constant), None)
    return moving is None or draft.uses(moving) > 1


def _key(cell: Cell) -> Hashable | None:
    """What two equal cells have in common; None for a cell that has no equal."""
    if cell.op in _APART or len(cell.nodes) != 1 or not cell.inputs:
        return None
    if cell.node.branches or all(tensor is None for tensor in cell.inputs):
        return None
    inputs = tuple(None if tensor is None else _identity(tensor) for tensor in cell.inputs)
    attributes = tuple(sorted((name, repr(given)) for name, given in cell.attributes.items()))
    return cell.op, cell.region, inputs, len(cell.outputs), attributes


def _identity(tensor: Tensor) -> Hashable:
    """A name; what it is, of a constant of one element or one computed from shapes."""
    if not tensor.constant or tensor.value is None:
        return tensor.name
    if len(tensor.value) != 1 and tensor.sources == (tensor.name,):
        return tensor.name
    return tensor.dtype.name, tensor.shape, tensor.value
