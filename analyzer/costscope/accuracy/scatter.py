"""One panel: corridors, a mark for each network with its interval, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from costscope.accuracy.summary import BANDS_S, band_label, sized
from costscope.accuracy.types import NetworkResult
from costscope.accuracy.worst import name_worst
from costscope.units import format_latency
from costscope.views.roofline.labels import Box
from costscope.views.roofline.lettering import write
from costscope.views.roofline.limits import ticks
from costscope.views.roofline.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

# By Okabe and Ito, "Color Universal Design" (2008); the marks differ too.
_LOOKS = (("#D55E00", "^"), ("#E69F00", "s"), ("#009E73", "o"), ("#0072B2", "D"))
_INCOMPLETE = ("#999999", "X")
_CORRIDORS = ((0.20, "#eef1f4"), (0.10, "#d9dfe6"))
_MARK = 34.0  # square points
_ROOM = 1.45
_SIZE = 8.0
_MOST_STEPS = 9  # of names on an axis


def draw_scatter(
    axes: Axes, networks: Sequence[NetworkResult], *, title: str, subtitle: str
) -> list[Text]:
    """Corridors, intervals, marks, legend, and the ten worst by number and name.

    Returns:
        the list of names, and the numbers that found a place; no two of them overlap.
    """
    shown = [each for each in networks if each.pair is not None and min(each.pair) > 0]
    low, high = square_scale(axes, [value for each in shown for value in each.pair or ()])
    handles = [*_corridors(axes, low, high), *_marks(axes, shown)]
    legend = axes.legend(
        handles=handles, loc="upper left", fontsize=_SIZE + 1, frameon=False, alignment="left"
    )
    above: dict[str, Any] = {"xycoords": "axes fraction", "va": "bottom", "color": INK}
    write(axes, title, (0, 1), (0, 24), fontsize=12, weight="bold", **above)
    write(axes, subtitle, (0, 1), (0, 7), fontsize=9.5, **above)
    axes.apply_aspect()
    found = legend.get_window_extent()
    return name_worst(axes, shown, Box(found.x0, found.y0, found.x1, found.y1))


def square_scale(
    axes: Axes, seconds: Sequence[float], most_steps: int = _MOST_STEPS
) -> tuple[float, float]:
    """Equal logarithmic axes of time that hold all marks; their ends.

    With more than so many steps only powers of ten are marked.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    low, high = min(seconds) / _ROOM, max(seconds) * _ROOM
    marked = ticks(low, high)
    if len(marked) > most_steps:
        marked = [tick for tick in marked if f"{tick:.0e}"[0] == "1"]
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(marked))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: format_latency(value)))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal", adjustable="box")
    axes.grid(which="major", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("measured latency")
    axes.set_ylabel("predicted latency, with its interval")
    return low, high


def _corridors(axes: Axes, low: float, high: float) -> list[Any]:
    ends = [low, high]
    handles = [
        axes.fill_between(
            ends,
            [end * (1 - ratio) for end in ends],
            [end * (1 + ratio) for end in ends],
            color=color,
            linewidth=0,
            zorder=1,
            label=f"within {ratio * 100:.0f} %",
        )
        for ratio, color in _CORRIDORS
    ]
    axes.plot(ends, ends, color=FAINT, linewidth=0.8, zorder=1.5)
    return handles[::-1]


def _marks(axes: Axes, shown: Sequence[NetworkResult]) -> list[Any]:
    """Marks by size band, and those that count only as lower bounds."""
    whole = [each for each in shown if each.scored]
    groups = [
        (sized(whole, low, high), look, band_label(low, high))
        for (low, high), look in zip(pairwise(BANDS_S), _LOOKS, strict=True)
    ]
    groups.append(([each for each in shown if not each.scored], _INCOMPLETE, "lower bounds only"))
    handles = []
    for some, (color, marker), label in groups:
        if not some:
            continue
        _intervals(axes, some, color)
        points = [each.pair for each in some if each.pair is not None]
        handles.append(
            axes.scatter(
                [measured for measured, _ in points],
                [predicted for _, predicted in points],
                s=_MARK,
                c=color,
                marker=marker,
                edgecolors="white",
                linewidths=0.5,
                zorder=4,
                label=f"{label} ({len(some)})",
            )
        )
    return handles


def _intervals(axes: Axes, some: Sequence[NetworkResult], color: str) -> None:
    for each in some:
        if each.measured_s is not None and each.low_s is not None and each.high_s is not None:
            ends = [each.low_s, each.high_s]
            axes.plot([each.measured_s] * 2, ends, color=color, alpha=0.45, linewidth=1, zorder=3)
