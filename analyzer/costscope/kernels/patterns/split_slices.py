"""Slices and Gathers that cut one tensor into pieces: one Split.

A Gather by a number also takes the axis away: a Squeeze behind its piece does that.

Source:
    onnxruntime: core/optimizer/gather_fusion (GatherSliceToSplitFusion): opset 13 and
    later; pieces that neither overlap nor leave anything out, along one axis, steps of 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import whole

_OPSET = 13
_CUTS = ("Slice", "Gather")


class _Piece(NamedTuple):
    start: int
    end: int
    cell: Cell
    scalar: bool


@whole("split_slices")
def split_slices(draft: Draft) -> None:
    """Merge the cuts of each tensor that has several, at places that stand in the file."""
    _visit(draft, computed=False)


@whole("split_computed_slices")
def split_computed_slices(draft: Draft) -> None:
    """Merge the cuts of each tensor that has several."""
    _visit(draft, computed=True)


def _visit(draft: Draft, *, computed: bool) -> None:
    seen: set[str] = set()
    for cut in draft.cells(_CUTS):
        source = cut.input(0)
        if source is None or source.name in seen or source.shape is None or source.constant:
            continue
        seen.add(source.name)
        cuts = [c for c in draft.readers(source) if c.op in _CUTS and c.inputs[0] == source]
        axis = _axis(cuts[0], source)
        known = computed or all(map(_is_stored, cuts))
        if len(cuts) > 1 and cuts[0].version >= _OPSET and axis is not None and known:
            _split(source, axis, cuts, draft)


def _is_stored(cut: Cell) -> bool:
    """Whether where a cut begins and ends stands in the file."""
    return all(t is None or t.sources == (t.name,) for t in cut.inputs[1:3])


def _split(source: Tensor, axis: int, cuts: Sequence[Cell], draft: Draft) -> None:
    pieces = [_piece(cut, source, axis) for cut in cuts]
    known = sorted(piece for piece in pieces if piece is not None)
    starts = [piece.start for piece in known]
    ends = [piece.end for piece in known]
    if len(known) < len(cuts) or [*starts, source.dims[axis]] != [0, *ends]:
        return
    outputs = []
    for piece in known:
        result = piece.cell.output
        if piece.scalar:
            kept = draft.fresh(result, (*source.dims[:axis], 1, *source.dims[axis + 1 :]))
            draft.rename(piece.cell, result, kept)
            axes = Tensor(f"{kept.name}/axes", (1,), source.dtype, constant=True, value=(axis,))
            draft.insert("Squeeze", (kept, axes), (result,), like=piece.cell)
            result = kept
        outputs.append(result)
    cells = [piece.cell for piece in known]
    draft.merge(cells, "Split", (source,), outputs=outputs, attributes={"axis": axis})


def _axis(cut: Cell, source: Tensor) -> int | None:
    if cut.op == "Gather":
        return int(cut.attributes.get("axis", 0)) % source.rank
    axes = cut.value(3)
    return None if axes is None or len(axes) != 1 else int(axes[0]) % source.rank


def _piece(cut: Cell, source: Tensor, axis: int) -> _Piece | None:
    """Where a cut begins and ends; None if it is of another kind."""
    size = source.dims[axis]
    if _axis(cut, source) != axis:
        return None
    first = cut.value(1)
    if first is None or len(first) != 1:
        return None
    start = int(first[0]) + (size if first[0] < 0 else 0)
    if cut.op == "Gather":
        return _Piece(start, start + 1, cut, scalar=cut.shape(1) == ())
    last, step = cut.value(2), cut.value(4)
    if last is None or len(last) != 1 or (cut.input(4) is not None and step != (1,)):
        return None
    end = int(last[0]) + (size if last[0] < 0 else 0)
    return _Piece(min(max(start, 0), size), min(max(end, 0), size), cut, scalar=False)
