"""Operators that compute what another one has computed already.

Source:
    onnxruntime: core/optimizer/common_subexpression_elimination.
"""

from __future__ import annotations

from collections.abc import Hashable

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import whole

_RANDOM = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial",
     "Bernoulli", "Dropout"}
)  # fmt: skip


@whole("duplicates")
def duplicates(draft: Draft) -> None:
    """Keep the first of several cells with the same operator, inputs and attributes."""
    first: dict[Hashable, Cell] = {}
    for cell in draft.ordered():
        key = _key(cell)
        if key is None:
            continue
        kept = first.setdefault(key, cell)
        if kept is not cell and not any(draft.leaves(tensor) for tensor in cell.outputs):
            draft.remove(cell)
            for old, new in zip(cell.outputs, kept.outputs, strict=True):
                draft.reread(old, new)


def _key(cell: Cell) -> Hashable | None:
    """What two equal cells have in common; None for a cell that has no equal."""
    if cell.op in _RANDOM or len(cell.nodes) != 1 or not cell.inputs:
        return None
    if cell.node.branches or all(tensor is None for tensor in cell.inputs):
        return None
    inputs = tuple(None if t is None else _identity(t.name, t.value) for t in cell.inputs)
    attributes = tuple(sorted((name, _frozen(v)) for name, v in cell.attributes.items()))
    return cell.op, cell.region, inputs, len(cell.outputs), attributes


def _identity(name: str, value: tuple[float, ...] | None) -> Hashable:
    return name if value is None else (len(value), value)


def _frozen(value: object) -> str:
    return repr(value)
