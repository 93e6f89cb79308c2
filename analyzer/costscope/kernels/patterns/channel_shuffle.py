"""A channel shuffle written out: Reshape to groups, Transpose, Reshape back.

Source:
    ncnn: tools/pnnx/src/pass_level5/fuse_channel_shuffle (one layer, ShuffleChannel).
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern


@pattern("channel_shuffle", "Transpose")
def channel_shuffle(cell: Cell, draft: Draft) -> None:
    """Merge an exchange of groups and channels, and the Reshape on both sides."""
    before = draft.maker(cell.input(0), "Reshape")
    behind = draft.follower(cell, "Reshape")
    if before is None or behind is None or draft.follower(before) is not cell:
        return
    source, inner, result = before.shape(0), cell.shape(0), behind.output.shape
    if source is None or inner is None or source != result or len(inner) != len(source) + 1:
        return
    order = tuple(cell.attributes.get("perm", ()))
    if order == (0, 2, 1, *range(3, len(inner))) and inner[0] == source[0]:
        draft.merge(
            [before, cell, behind], "ShuffleChannel", before.inputs[:1], folded=[before, behind],
            attributes={},
        )  # fmt: skip
