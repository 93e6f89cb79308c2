"""The bounds of a Clip, wherever its opset keeps them."""

from __future__ import annotations

from costscope.kernels.cell import Cell


def bounds(clip: Cell) -> tuple[float | None, float | None] | None:
    """The constant bounds of a Clip, None for one that it lacks; None if they are not known."""
    found: list[float | None] = []
    for slot, name in ((1, "min"), (2, "max")):
        value = clip.value(slot)
        if clip.input(slot) is None:
            found.append(clip.attributes.get(name))
        elif value is None or len(value) != 1:
            return None
        else:
            found.append(value[0])
    return found[0], found[1]
