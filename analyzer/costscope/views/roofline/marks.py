"""Marks for kernels, and the names of those that cost most."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING

from costscope.views.report.names import brief
from costscope.views.report.shares import share
from costscope.views.roofline.labels import Anchor, Spot, Xy, place
from costscope.views.roofline.lettering import boxes, write
from costscope.views.roofline.limits import Limits
from costscope.views.roofline.panels import Mark, Panel
from costscope.views.roofline.style import FAINT, INK, look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_SIZE = 8.0
_AREA, _LEAST_AREA, _MOST_AREA = 1800.0, 14.0, 900.0  # square points: share of the time
_NAME = 28  # letters
_LEAST_SHARE = 0.01  # of the time, for a mark to be named
_POINTS_PER_INCH = 72
_CORNERS = 8
_EDGE = 0.9  # of the radius: what a label may not touch of a mark


def draw_marks(axes: Axes, panel: Panel) -> None:
    """A mark for each place with kernels, of an area by their time; small ones on top."""
    for mark in sorted(panel.marks, key=lambda each: -each.share):
        look = look_of(mark.kind)
        axes.scatter(
            [mark.flops_per_byte],
            [mark.flops_per_s],
            s=_area(mark),
            c=look.color,
            marker=look.marker,
            alpha=0.8,
            edgecolors="white",
            linewidths=0.5,
            zorder=4,
        )


def name_marks(
    axes: Axes,
    panel: Panel,
    limits: Limits,
    fixed: Sequence[Text],
    roofs: Sequence[Xy],
    number: int,
) -> list[Text]:
    """Names of the dearest marks, each where nothing else stands."""
    shown = [mark for mark in panel.marks if limits.show(mark)]
    dearest = [mark for mark in shown if mark.share >= _LEAST_SHARE][:number]
    texts = [_label(axes, mark) for mark in dearest]
    spots = place(
        [_anchor(axes, mark, text) for mark, text in zip(dearest, texts, strict=True)],
        page=boxes(axes)[0].grown(-3),
        taken=[box for text in fixed for box in boxes(text)],
        points=[*roofs, *(point for mark in shown for point in outline(axes, mark))],
    )
    for text, mark, spot in zip(texts, dearest, spots, strict=True):
        if spot is None:
            text.remove()
        else:
            _put(axes, text, mark, spot)
    return [text for text, spot in zip(texts, spots, strict=True) if spot is not None]


def outline(axes: Axes, mark: Mark) -> list[Xy]:
    """Points that stand for a mark: its middle and its edge."""
    (x, y), r = _pixels(axes, mark), _radius(axes, mark) * _EDGE
    turns = [2 * pi * step / _CORNERS for step in range(_CORNERS)]
    return [(x, y), *((x + r * cos(turn), y + r * sin(turn)) for turn in turns)]


def _label(axes: Axes, mark: Mark) -> Text:
    alike = f" and {mark.count - 1} alike" if mark.count > 1 else ""
    return write(
        axes,
        f"{brief(mark.name, _NAME)}{alike}: {share(mark.share)}",
        (mark.flops_per_byte, mark.flops_per_s),
        (0, 0),
        textcoords="offset pixels",
        ha="left",
        va="bottom",
        fontsize=_SIZE,
        color=INK,
        zorder=6,
    )


def _anchor(axes: Axes, mark: Mark, text: Text) -> Anchor:
    box, (x, y) = boxes(text)[0], _pixels(axes, mark)
    return Anchor(x, y, box.right - box.left, box.top - box.bottom, _radius(axes, mark))


def _put(axes: Axes, text: Text, mark: Mark, spot: Spot) -> None:
    """Move a label to its place, with a line to its mark where it stands apart."""
    x, y = _pixels(axes, mark)
    text.set_position((spot.box.left - x, spot.box.bottom - y))
    if spot.line is not None:
        line = spot.line
        back = axes.transData.inverted()
        ends = back.transform([(line.x, line.y), (line.to_x, line.to_y)])
        axes.plot(ends[:, 0], ends[:, 1], color=FAINT, linewidth=0.7, zorder=3.5)


def _area(mark: Mark) -> float:
    return min(max(_AREA * mark.share, _LEAST_AREA), _MOST_AREA)


def _radius(axes: Axes, mark: Mark) -> float:
    return sqrt(_area(mark)) / 2 * float(axes.figure.dpi) / _POINTS_PER_INCH


def _pixels(axes: Axes, mark: Mark) -> Xy:
    x, y = axes.transData.transform((mark.flops_per_byte, mark.flops_per_s))
    return float(x), float(y)
