"""Labels in the upper panels: names of the lines beside them, crossings where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costscope.ridge.types import Crossing
from costscope.views.ridge.looks import stroke_of
from costscope.views.ridge.spread import spread
from costscope.views.ridge.words import RidgeUnit
from costscope.views.roofline.labels import Anchor, Box, Xy, place
from costscope.views.roofline.lettering import write
from costscope.views.roofline.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 9.0
_GAP = 17.0  # pixels between names
_TICK = 22.0  # pixels of the sample of a line before its name
_MOST_LABELS = 12
_LETTER, _HEIGHT = 7.6, 13.0  # pixels that a digit takes
_RADIUS = 5.0


def name_lines(axes: Axes, names: Sequence[str], ends: Sequence[float]) -> None:
    """Write the names at the right ends of the lines, each after a sample of its line."""
    transform = axes.transData
    right = axes.get_xlim()[1]
    heights = [float(transform.transform((right, end))[1]) for end in ends]
    frame = axes.get_window_extent()
    placed = spread(heights, _GAP, frame.y0, frame.y1)
    for number, (name, y) in enumerate(zip(names, placed, strict=True)):
        stroke = stroke_of(number)
        share = (y - frame.y0) / frame.height
        across = [1 + offset / frame.width for offset in (4.0, 4.0 + _TICK)]
        axes.plot(
            across,
            [share, share],
            color=stroke.color,
            linestyle=stroke.style,
            linewidth=2.0,
            transform=axes.transAxes,
            clip_on=False,
        )
        write(
            axes,
            name,
            (across[1], share),
            (3, 0),
            xycoords="axes fraction",
            va="center",
            fontsize=_SIZE,
            color=INK,
        )


def mark_crossings(
    axes: Axes,
    crossings: Sequence[Crossing],
    heights: Sequence[float],
    unit: RidgeUnit,
    lines: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> None:
    """A mark at every crossing, and its ridge point beside it where there is room.

    Where the fastest of all changes, the mark is full and is named first.
    """
    order = sorted(range(len(crossings)), key=lambda i: not crossings[i].leads)
    spots = [(float(crossings[i].ridge_macs_per_byte * unit.per_macs), heights[i]) for i in order]
    for i, (x, y) in zip(order, spots, strict=True):
        axes.plot(
            [x],
            [y],
            marker="o",
            markersize=6.5,
            markerfacecolor=INK if crossings[i].leads else "white",
            markeredgecolor=INK,
            zorder=5,
        )
    texts = [unit.number(crossings[i].ridge_macs_per_byte) for i in order][:_MOST_LABELS]
    _name_crossings(axes, spots, texts, lines)


def _name_crossings(
    axes: Axes,
    spots: Sequence[tuple[float, float]],
    texts: Sequence[str],
    lines: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> None:
    """Ridge points beside their marks, off the curves."""
    pixels = [_pixels(axes, spot) for spot in spots]
    anchors = [
        Anchor(x, y, _LETTER * len(text) + 4, _HEIGHT, radius=_RADIUS)
        for (x, y), text in zip(pixels, texts, strict=False)
    ]
    frame = axes.get_window_extent()
    found = place(
        anchors,
        page=Box(frame.x0, frame.y0, frame.x1, frame.y1),
        taken=[Box(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in pixels],
        points=[_pixels(axes, point) for xs, ys in lines for point in zip(xs, ys, strict=True)],
    )
    for text, spot in zip(texts, found, strict=True):
        if spot is None:
            continue
        _write(axes, text, spot.box)
        if spot.line is not None:
            ends = axes.transData.inverted().transform(
                [(spot.line.x, spot.line.y), (spot.line.to_x, spot.line.to_y)]
            )
            axes.plot(*ends.T, color=FAINT, linewidth=0.7, zorder=4)


def _pixels(axes: Axes, point: tuple[float, float]) -> Xy:
    x, y = axes.transData.transform(point)
    return float(x), float(y)


def _write(axes: Axes, text: str, box: Box) -> None:
    """A text in the middle of a box, by its part of the axes: pixels differ between files."""
    frame = axes.get_window_extent()
    across = ((box.left + box.right) / 2 - frame.x0) / frame.width
    up = ((box.bottom + box.top) / 2 - frame.y0) / frame.height
    style = {"xycoords": "axes fraction", "ha": "center", "va": "center", "zorder": 6}
    write(axes, text, (across, up), (0, 0), fontsize=_SIZE, color=INK, **style)
