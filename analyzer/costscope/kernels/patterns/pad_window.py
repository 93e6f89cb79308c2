"""Zeros padded around a convolution's or pool's input: its own padding does it.

Source:
    onnxruntime: core/optimizer/pad_fusion: constant mode, value 0, spatial axes only, none
    negative, and a window that says its own pads.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_WINDOWS = ("Conv", "AveragePool", "MaxPool")


@pattern("pad_window", "Pad")
def pad_window(cell: Cell, draft: Draft) -> None:
    """Merge a Pad into the window operator behind it."""
    reader = draft.follower(cell, *_WINDOWS)
    if reader is None or not _is_plain(cell) or len(reader.outputs) != 1:
        return
    if reader.attributes.get("auto_pad", "NOTSET") != "NOTSET" or "pads" not in reader.attributes:
        return
    operands = (cell.inputs[0], *reader.inputs[1:])
    draft.merge([cell, reader], reader.op, operands, folded=[cell], attributes=reader.attributes)


def _is_plain(cell: Cell) -> bool:
    source, result = cell.shape(0), cell.output.shape
    if source is None or result is None or cell.attributes.get("mode", "constant") != "constant":
        return False
    if cell.input(3) is not None or (cell.input(1) is not None and not cell.is_constant(1)):
        return False
    filling = cell.value(2) if cell.input(2) is not None else (cell.attributes.get("value", 0.0),)
    pads = cell.value(1) if cell.input(1) is not None else cell.attributes.get("pads")
    if filling != (0.0,) or pads is None:
        return False
    rank = len(source)
    return min(pads) >= 0 and not any(pads[axis] or pads[axis + rank] for axis in (0, 1))
