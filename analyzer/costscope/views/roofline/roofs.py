"""Roofs: slanted by bandwidth, flat by arithmetic peaks, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, degrees, sin
from typing import TYPE_CHECKING

from costscope.units import format_bandwidth, format_compute, format_intensity
from costscope.views.roofline.labels import Xy
from costscope.views.roofline.lettering import boxes, write
from costscope.views.roofline.limits import Limits
from costscope.views.roofline.panels import Panel, Peak, Slope
from costscope.views.roofline.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_SIZE = 9.0
_ALONG, _OFF = 14.0, 4.0  # points: a slope's name from its start and from the line
# Parts of a slope where its name may begin, or end: the first that is inside is taken.
_STARTS = ((0.0, "left"), (0.06, "left"), (0.12, "left"), (1.0, "right"))
_HIGHER = 17.0  # points above a flat roof: its name, over marks
_STEP = 4.0  # pixels between the points that stand for a roof


def draw_roofs(axes: Axes, panel: Panel, limits: Limits) -> list[Xy]:
    """Draw the roofs; the points, in pixels, that labels should stay off."""
    points: list[Xy] = []
    slope, highest = panel.slopes[0], panel.peaks[0].flops_per_s
    for number, peak in enumerate(panel.peaks):
        ridge = max(peak.flops_per_s / slope.bytes_per_s, limits.left)
        ends = [(ridge, peak.flops_per_s), (limits.right, peak.flops_per_s)]
        _roof(axes, ends, first=number == 0)
        points += _along(axes, ends)
    for number, each in enumerate(panel.slopes):
        ends = [
            (limits.left, limits.left * each.bytes_per_s),
            (highest / each.bytes_per_s, highest),
        ]
        _roof(axes, ends, first=number == 0, dashed=number > 0)
        points += _along(axes, ends)
    return points


def name_roofs(axes: Axes, panel: Panel, limits: Limits, marks: Sequence[Xy]) -> list[Text]:
    """The ridge point marked and named, and the names of the roofs.

    Args:
        axes: with the roofs drawn.
        panel: the machine.
        limits: of the axes.
        marks: points, in pixels, that the names of flat roofs stay off.
    """
    return [
        *_ridge(axes, panel, limits),
        *_slope_names(axes, panel, limits),
        *_peak_names(axes, panel, limits, marks),
    ]


def _roof(
    axes: Axes, ends: list[tuple[float, float]], *, first: bool, dashed: bool = False
) -> None:
    axes.plot(
        [x for x, _ in ends],
        [y for _, y in ends],
        color=INK,
        zorder=2,
        linewidth=1.8 if first else 1.1,
        linestyle="--" if dashed else "-",
        solid_capstyle="butt",
    )


def _along(axes: Axes, ends: list[tuple[float, float]]) -> list[Xy]:
    (x, y), (to_x, to_y) = axes.transData.transform(ends)
    count = int(max(abs(to_x - x), abs(to_y - y)) / _STEP) + 1
    return [(x + (to_x - x) * i / count, y + (to_y - y) * i / count) for i in range(count + 1)]


def _ridge(axes: Axes, panel: Panel, limits: Limits) -> list[Text]:
    """The ridge point that the report names, marked on its roof."""
    ridge = panel.ridge
    peaks = {peak.dtype: peak.flops_per_s for peak in panel.peaks}
    if ridge is None or ridge.dtype not in peaks:
        return []
    axes.vlines(
        ridge.flops_per_byte,
        limits.bottom,
        peaks[ridge.dtype],
        color=FAINT,
        linewidth=0.8,
        linestyles=":",
        zorder=1,
    )
    axes.plot(
        [ridge.flops_per_byte],
        [peaks[ridge.dtype]],
        marker="o",
        markersize=6,
        markerfacecolor="white",
        markeredgecolor=INK,
        zorder=3,
    )
    return [
        write(
            axes,
            f"ridge point\n{format_intensity(ridge.flops_per_byte)}",
            (ridge.flops_per_byte, peaks[ridge.dtype]),
            (0, 7),
            ha="center",
            va="bottom",
            fontsize=_SIZE,
            color=INK,
        )
    ]


def _slope_names(axes: Axes, panel: Panel, limits: Limits) -> list[Text]:
    """The name of each slanted roof along it, where it is inside the picture."""
    texts = []
    page = boxes(axes)[0]
    for slope in panel.slopes:
        low = max(limits.left, limits.bottom / slope.bytes_per_s)
        high = min(limits.right, limits.top / slope.bytes_per_s)
        if low >= high:
            continue
        for part, align in _STARTS:
            text = _slope_name(axes, slope, low * (high / low) ** part, align)
            if all(box.inside(page) for box in boxes(text)):
                texts.append(text)
                break
            text.remove()
    return texts


def _slope_name(axes: Axes, slope: Slope, start: float, align: str) -> Text:
    ends = axes.transData.transform([(x, x * slope.bytes_per_s) for x in (start, start * 10)])
    angle = atan2(ends[1][1] - ends[0][1], ends[1][0] - ends[0][0])
    along, off = (cos(angle), sin(angle)), (-sin(angle), cos(angle))
    way = _ALONG if align == "left" else -_ALONG
    x, y = (way * a + _OFF * b for a, b in zip(along, off, strict=True))
    holds = f" ({slope.holds})" if slope.holds else ""
    return write(
        axes,
        f"{slope.memory} {format_bandwidth(slope.bytes_per_s)}{holds}",
        (start, start * slope.bytes_per_s),
        (x, y),
        rotation=degrees(angle),
        rotation_mode="anchor",
        ha=align,
        va="bottom",
        fontsize=_SIZE,
        color=INK,
    )


def _peak_names(axes: Axes, panel: Panel, limits: Limits, marks: Sequence[Xy]) -> list[Text]:
    """The name of each flat roof at its right end, higher where marks are in the way."""
    texts = [
        write(
            axes,
            f"{peak.dtype} {format_compute(peak.flops_per_s, _unit(peak))}",
            (limits.right, peak.flops_per_s),
            (-4, 3),
            ha="right",
            va="bottom",
            fontsize=_SIZE,
            color=INK,
        )
        for peak in panel.peaks
    ]
    for text in texts:
        if any(boxes(text)[0].holds(x, y) for x, y in marks):
            text.set_position((-4, _HIGHER))
    return texts


def _unit(peak: Peak) -> str:
    return "OP/s" if peak.dtype.startswith(("int", "uint")) else "FLOP/s"
