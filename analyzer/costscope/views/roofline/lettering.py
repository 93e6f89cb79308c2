"""Text in a picture: only signs that its font has, never read as mathematics."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from costscope.views.roofline.labels import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

FONT = "DejaVu Sans"  # comes with matplotlib: the same on every machine


@cache
def _signs() -> frozenset[str]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(map(chr, get_font(findfont(FONT)).get_charmap())) | {"\n"}


def drawable(text: str) -> str:
    """The text with a question mark for every sign that the font lacks."""
    known = _signs()
    return "".join(sign if sign in known else "?" for sign in text)


def write(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **style: Any
) -> Text:
    """Text at a point of the axes, moved by some points (or `textcoords`)."""
    settings: dict[str, Any] = {"textcoords": "offset points", "parse_math": False, **style}
    return axes.annotate(drawable(text), at, offset, **settings)


def boxes(thing: Axes | Text) -> list[Box]:
    """What a thing takes of the page, in pixels; slanted text as a row of small boxes."""
    found = thing.get_window_extent()
    turned = getattr(thing, "get_rotation", float)()
    pieces = max(int(found.width / _PIECE), 1) if turned else 1
    wide, high = found.width / pieces, found.height / pieces
    margin = _PIECE / 2 if turned else 0.0
    return [
        Box(
            found.x0 + i * wide,
            found.y0 + i * high - margin,
            found.x0 + (i + 1) * wide,
            found.y0 + (i + 1) * high + margin,
        )
        for i in range(pieces)
    ]


_PIECE = 12.0  # pixels
