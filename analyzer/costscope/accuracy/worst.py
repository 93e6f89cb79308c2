"""The networks farthest off: numbered beside their marks, named in a list."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from costscope.accuracy.types import NetworkResult
from costscope.views.report.names import brief
from costscope.views.roofline.labels import Anchor, Box, Line, place
from costscope.views.roofline.lettering import boxes, write
from costscope.views.roofline.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_LABELS = 10
_NAME = 34  # letters
_RADIUS = 4.5  # pixels of a mark
_STEP = 7.0  # pixels between the points that stand for an interval
_SIZE = 8.0


def name_worst(axes: Axes, shown: Sequence[NetworkResult], legend: Box) -> list[Text]:
    """Number and list the ten that are farthest off.

    Returns:
        the list of names, and the numbers that found a place; no two of them overlap.
    """
    worst = sorted((each for each in shown if each.scored), key=_distance, reverse=True)[:_LABELS]
    listed = _list(axes, worst)
    return [listed, *_numbers(axes, worst, shown, [legend, *boxes(listed)])]


def _list(axes: Axes, worst: Sequence[NetworkResult]) -> Text:
    """Names of the worst in the lower right, where no prediction is unless it is far off."""
    lines = [
        f"{number}  {brief(each.name, _NAME)} {(each.error_ratio or 0.0) * 100:+.0f} %"
        for number, each in enumerate(worst, start=1)
    ]
    return write(
        axes,
        "\n".join(["farthest off:", *lines]) if lines else "",
        (1, 0),
        (-6, 8),
        xycoords="axes fraction",
        ha="right",
        va="bottom",
        multialignment="left",
        fontsize=_SIZE,
        color=INK,
        zorder=6,
    )


def _numbers(
    axes: Axes,
    worst: Sequence[NetworkResult],
    shown: Sequence[NetworkResult],
    taken: Sequence[Box],
) -> list[Text]:
    """The worst's numbers in that list, each where nothing else stands."""
    texts = [_text(axes, each, str(number)) for number, each in enumerate(worst, start=1)]
    anchors = [_anchor(axes, each, text) for each, text in zip(worst, texts, strict=True)]
    spots = place(
        anchors,
        page=boxes(axes)[0].grown(-3),
        taken=taken,
        points=[point for each in shown for point in _covered(axes, each)],
    )
    kept = []
    for text, anchor, spot in zip(texts, anchors, spots, strict=True):
        if spot is None:
            text.remove()
            continue
        text.set_position((spot.box.left - anchor.x, spot.box.bottom - anchor.y))
        kept.append(text)
        if spot.line is not None:
            _lead(axes, spot.line)
    return kept


def _lead(axes: Axes, line: Line) -> None:
    """The line from a mark to its name."""
    ends = axes.transData.inverted().transform([(line.x, line.y), (line.to_x, line.to_y)])
    axes.plot(ends[:, 0], ends[:, 1], color=FAINT, linewidth=0.7, zorder=3.5)


def _text(axes: Axes, each: NetworkResult, number: str) -> Text:
    return write(
        axes,
        number,
        each.pair or (0.0, 0.0),
        (0, 0),
        textcoords="offset pixels",
        ha="left",
        va="bottom",
        fontsize=_SIZE,
        weight="bold",
        color=INK,
        zorder=6,
    )


def _anchor(axes: Axes, each: NetworkResult, text: Text) -> Anchor:
    box, (x, y) = boxes(text)[0], _pixels(axes, each)
    return Anchor(x, y, box.right - box.left, box.top - box.bottom, _RADIUS)


def _pixels(axes: Axes, each: NetworkResult) -> tuple[float, float]:
    x, y = axes.transData.transform(each.pair or (1.0, 1.0))
    return float(x), float(y)


def _covered(axes: Axes, each: NetworkResult) -> list[tuple[float, float]]:
    """Points of a mark and its interval that a name should not cover."""
    x, y = _pixels(axes, each)
    points = [
        (x, y),
        *((x + dx, y + dy) for dx in (-_RADIUS, _RADIUS) for dy in (-_RADIUS, _RADIUS)),
    ]
    ends = [end for end in (each.low_s, each.high_s) if end is not None and end > 0]
    for end in ends:
        to = float(axes.transData.transform((each.measured_s or end, end))[1])
        steps = max(int(abs(to - y) / _STEP), 1)
        points += [(x, y + (to - y) * step / steps) for step in range(1, steps + 1)]
    return points


def _distance(each: NetworkResult) -> float:
    measured_s, predicted_s = each.pair or (1.0, 1.0)
    return abs(log(predicted_s / measured_s))
