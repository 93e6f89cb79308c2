"""One panel drawn into matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costscope.units import format_bandwidth, format_compute, format_intensity
from costscope.views.report.layout import Page
from costscope.views.report.names import brief
from costscope.views.report.shares import share
from costscope.views.roofline.labels import Anchor, Box, nearest, place
from costscope.views.roofline.limits import Limits, outside
from costscope.views.roofline.panels import Panel, Point
from costscope.views.roofline.style import FAINT, INK, mark_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_SMALL, _TINY = 9.0, 8.0
_AREA, _LEAST_AREA, _MOST_AREA = 2600.0, 14.0, 900.0  # square points: share of the time
_NAME = 26
_GAP = 7.0  # pixels between a mark and its label that need no line
_SLOPE_LABEL = 0.24  # of the way along the axis


def draw_panel(axes: Axes, panel: Panel, limits: Limits, *, labels: int) -> list[Text]:
    """Roofs, points, legend and notes; the texts that were placed, to be kept apart."""
    texts = [*_roofs(axes, panel, limits), *_ridge(axes, panel)]
    _points(axes, panel)
    legend = _legend(axes, panel)
    texts += _notes(axes, panel, limits)
    fixed = [*texts, *([legend] if legend is not None else [])]
    taken = [_box(each) for each in fixed]
    return texts + _labels(axes, panel, limits, taken, labels)


def _roofs(axes: Axes, panel: Panel, limits: Limits) -> list[Text]:
    slope = panel.slopes[0]
    highest = panel.peaks[0].flops_per_s
    texts = []
    for number, peak in enumerate(panel.peaks):
        ridge = peak.flops_per_s / slope.bytes_per_s
        axes.plot(
            [ridge, limits.right], [peak.flops_per_s] * 2, color=INK, zorder=2,
            linewidth=1.8 if number == 0 else 1.1, solid_capstyle="butt",
        )
        texts.append(
            axes.annotate(
                f"{peak.dtype} {format_compute(peak.flops_per_s)}",
                (limits.right, peak.flops_per_s), (-5, 3), textcoords="offset points",
                ha="right", va="bottom", fontsize=_SMALL, color=INK,
            )
        )
    for number, each in enumerate(panel.slopes):
        end = highest / each.bytes_per_s
        axes.plot(
            [limits.left, end], [limits.left * each.bytes_per_s, highest], color=INK, zorder=2,
            linewidth=1.8 if number == 0 else 1.1, linestyle="-" if number == 0 else "--",
            solid_capstyle="butt",
        )
        texts += _slope_label(axes, limits, each.bytes_per_s, f"{each.memory} {each.holds}".strip())
    return texts


def _slope_label(axes: Axes, limits: Limits, bytes_per_s: float, name: str) -> list[Text]:
    """The name of a slanted roof, left of it, where it is inside the picture."""
    low = max(limits.left, limits.bottom / bytes_per_s)
    high = min(limits.right, limits.top / bytes_per_s)
    if low >= high:
        return []
    x = low * (high / low) ** _SLOPE_LABEL
    return [
        axes.annotate(
            f"{name}\n{format_bandwidth(bytes_per_s)}", (x, x * bytes_per_s), (-4, 4),
            textcoords="offset points", ha="right", va="bottom", fontsize=_SMALL, color=INK,
            parse_math=False,
        )
    ]


def _ridge(axes: Axes, panel: Panel) -> list[Text]:
    """The ridge point that the report names, marked on its roof."""
    ridge = panel.ridge
    peaks = {peak.dtype: peak.flops_per_s for peak in panel.peaks}
    if ridge is None or ridge.dtype not in peaks:
        return []
    axes.axvline(ridge.flops_per_byte, color=FAINT, linewidth=0.8, linestyle=":", zorder=1)
    axes.plot(
        [ridge.flops_per_byte], [peaks[ridge.dtype]], marker="o", markersize=6,
        markerfacecolor="white", markeredgecolor=INK, zorder=3,
    )
    return [
        axes.annotate(
            f"ridge point\n{format_intensity(ridge.flops_per_byte)}",
            (ridge.flops_per_byte, peaks[ridge.dtype]), (0, 7), textcoords="offset points",
            ha="center", va="bottom", fontsize=_SMALL, color=INK,
        )
    ]


def _points(axes: Axes, panel: Panel) -> None:
    """Marks of an area by their share of the time; large ones below small ones."""
    for point in sorted(panel.points, key=lambda each: -each.share):
        mark = mark_of(point.kind)
        axes.scatter(
            [point.flops_per_byte], [point.flops_per_s], s=_area(point), c=mark.color,
            marker=mark.marker, alpha=0.75, edgecolors="white", linewidths=0.5, zorder=4,
        )


def _area(point: Point) -> float:
    return min(max(_AREA * point.share, _LEAST_AREA), _MOST_AREA)


def _legend(axes: Axes, panel: Panel) -> object:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], linestyle="none", marker=mark_of(kind).marker, markersize=7,
            color=mark_of(kind).color, markeredgecolor="white", markeredgewidth=0.5,
            label=f"{kind} {share(part)}",
        )
        for kind, part in panel.kinds
    ]
    if not handles:
        return None
    return axes.legend(
        handles=handles, loc="lower right", fontsize=_TINY, title="share of the time",
        title_fontsize=_TINY, framealpha=0.85, edgecolor="#cccccc", handletextpad=0.2,
    )


def _notes(axes: Axes, panel: Panel, limits: Limits) -> list[Text]:
    """Sentences about kernels that are no point, in the corner above the slope."""
    sentences = [note for note in (*panel.notes, outside(panel, limits)) if note]
    if not sentences:
        return []
    lines = [line for sentence in sentences for line in Page(46).wrap(sentence, 46)]
    return [
        axes.annotate(
            "\n".join(lines), (0, 1), (6, -6), xycoords="axes fraction",
            textcoords="offset points", ha="left", va="top", fontsize=_TINY, color=FAINT,
            parse_math=False,
        )
    ]


def _labels(
    axes: Axes, panel: Panel, limits: Limits, taken: Sequence[Box], number: int
) -> list[Text]:
    """Names of the dearest points, each where nothing else stands."""
    shown = [point for point in panel.points if limits.show(point)]
    dearest = sorted(shown, key=lambda point: (-point.share, point.order))[:number]
    texts = [_label(axes, point) for point in dearest]
    spots = [_pixels(axes, point) for point in shown]
    anchors = []
    for point, text in zip(dearest, texts, strict=True):
        box = _box(text)
        x, y = _pixels(axes, point)
        radius = _area(point) ** 0.5 / 2 * axes.figure.dpi / 72
        anchors.append(Anchor(x, y, box.right - box.left, box.top - box.bottom, radius))
    page = _box(axes).grown(-3)
    kept = []
    for text, anchor, box in zip(
        texts, anchors, place(anchors, page=page, taken=taken, points=spots), strict=True
    ):
        if box is None:
            text.remove()
            continue
        _put(axes, text, anchor, box)
        kept.append(text)
    return kept


def _label(axes: Axes, point: Point) -> Text:
    return axes.annotate(
        f"{brief(point.name, _NAME)} {share(point.share)}",
        (point.flops_per_byte, point.flops_per_s), (0, 0), textcoords="offset pixels",
        ha="left", va="bottom", fontsize=_TINY, color=INK, zorder=6, parse_math=False,
    )


def _put(axes: Axes, text: Text, anchor: Anchor, box: Box) -> None:
    """Move a label to its box, with a line to its point where it stands apart."""
    text.set_position((box.left - anchor.x, box.bottom - anchor.y))
    x, y, distance = nearest(box, anchor.x, anchor.y)
    if distance - anchor.radius > _GAP:
        back = axes.transData.inverted()
        ends = back.transform([(x, y), (anchor.x, anchor.y)])
        axes.plot(ends[:, 0], ends[:, 1], color=FAINT, linewidth=0.7, zorder=3.5)


def _pixels(axes: Axes, point: Point) -> tuple[float, float]:
    x, y = axes.transData.transform((point.flops_per_byte, point.flops_per_s))
    return float(x), float(y)


def _box(thing: object) -> Box:
    """What a thing takes of the page, in pixels."""
    found = thing.get_window_extent()  # type: ignore[attr-defined]
    return Box(found.x0, found.y0, found.x1, found.y1)
