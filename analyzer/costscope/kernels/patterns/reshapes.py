"""Reshape, Squeeze and Unsqueeze in a row, each the only reader of the one before: one Reshape.

Those of quantized numbers stay: when runtimes merge reshapes, each still stands between a
DequantizeLinear and a QuantizeLinear of its own.

Source:
    onnxruntime: core/optimizer/reshape_fusion (contiguous reshapes).
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_VIEWS = ("Reshape", "Squeeze", "Unsqueeze")
_QUANTIZED_BITS = (4, 8)


@pattern("reshapes", "Reshape")
def reshapes(cell: Cell, draft: Draft) -> None:
    """Merge a Reshape and the views behind it."""
    members = [cell] if _is_plain(cell) else []
    while members and (reader := draft.follower(members[-1], *_VIEWS)) is not None:
        if not _is_plain(reader):
            break
        members.append(reader)
    if len(members) > 1:
        draft.merge(members, "Reshape", cell.inputs[:1], attributes={})


def _is_plain(cell: Cell) -> bool:
    dtype = cell.output.dtype
    between_units = dtype.kind in ("int", "uint") and dtype.bits in _QUANTIZED_BITS
    known = cell.output.shape is not None
    return known and not between_units and not cell.attributes.get("allowzero", 0)
