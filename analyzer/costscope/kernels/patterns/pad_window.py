"""Zeros padded around a convolution's or pool's input: its own padding does it.

    pad_window               into convolutions and pools, pads stored in the file
    pad_window_computed      the same, pads computed from shapes: by then onnxruntime has
                             merged equal Pads, and one with two readers stays
    pad_convolution          into convolutions alone

Source:
    onnxruntime: core/optimizer/pad_fusion: constant mode, value 0, spatial axes only, none
    negative, and a window without `auto_pad`.
    XNNPACK: src/subgraph.c, and ncnn: tools/pnnx, fuse_padding_convolution.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_WINDOWS = ("Conv", "AveragePool", "MaxPool")


@pattern("pad_window", "Pad")
def pad_window(cell: Cell, draft: Draft) -> None:
    """Merge a Pad whose pads stand in the file into the window operator behind it."""
    pads = cell.input(1)
    if pads is None or pads.sources == (pads.name,):
        _merge(cell, _WINDOWS, draft)


@pattern("pad_window_computed", "Pad")
def pad_window_computed(cell: Cell, draft: Draft) -> None:
    """Merge a Pad into the window operator behind it."""
    _merge(cell, _WINDOWS, draft)


@pattern("pad_convolution", "Pad")
def pad_convolution(cell: Cell, draft: Draft) -> None:
    """Merge a Pad into the convolution behind it."""
    _merge(cell, ("Conv",), draft)


def _merge(cell: Cell, windows: tuple[str, ...], draft: Draft) -> None:
    reader = draft.follower(cell, *windows)
    if reader is None or not _is_plain(cell) or len(reader.outputs) != 1:
        return
    if reader.attributes.get("auto_pad", "NOTSET") != "NOTSET":
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
