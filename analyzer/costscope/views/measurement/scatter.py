"""Predicted against measured, kernel by kernel, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costscope.units import format_percent
from costscope.views.measurement import figures, grids, words
from costscope.views.measurement.figures import Row
from costscope.views.report.names import brief
from costscope.views.report.shares import share
from costscope.views.roofline.labels import Anchor, Spot, Xy, place
from costscope.views.roofline.lettering import boxes, drawable, write
from costscope.views.roofline.limits import ticks
from costscope.views.roofline.style import FAINT, INK, Look, look_of
from costscope.work import KernelKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_SIZE = 8.0
_BANDS = ((0.2, "#eef2f6"), (0.1, "#d8e2ec"))  # the wider one below
_LAYOUT = Look("#999999", "X")
_MARK = 34.0  # square points
_RADIUS = 5.0  # pixels
_STEP = 3.0  # pixels between the points that stand for the diagonal
_ROOM = 1.6  # on either side of the data, as a factor
_LABELS, _NAME = 6, 24
_CORNERS = ("upper left", "lower right")  # those that the diagonal leaves empty


def shown(rows: Sequence[Row]) -> list[Row]:
    """Kernels that have a place on logarithmic axes."""
    return [row for row in rows if row.predicted_s and row.measured_s > 0]


def scale(axes: Axes, rows: Sequence[Row]) -> None:
    """Logarithmic axes, the same across as up, with units at the ticks."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    points = [time for row in rows for time in (row.measured_s, row.predicted_s or 0.0)]
    low, high = min(points) / _ROOM, max(points) * _ROOM
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(ticks(low, high)))
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(FuncFormatter(lambda value, _: words.tick(value)))
    axes.grid(which="major", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("measured")
    axes.set_ylabel("predicted")


def draw_points(axes: Axes, rows: Sequence[Row]) -> list[Text]:
    """Bands, diagonal, a mark for each kernel, the legend, and the names of the worst.

    Args:
        axes: scaled.
        rows: at least one, each with a place on the axes.

    Returns:
        the names inside the axes; none covers another or the legend.
    """
    handles = _bands(axes, rows)
    kinds = [group.kind for group in figures.by_kind(rows)]
    for row in sorted(rows, key=lambda each: -each.measured_s):
        _mark(axes, row)
    legend = _legend(axes, [*(_key(rows, kind) for kind in kinds), *handles], _pixels(axes, rows))
    return _names(axes, rows, legend)


def look(kind: str) -> Look:
    """The look of a kind of kernel, or of layout work."""
    return _LAYOUT if kind == figures.LAYOUT else look_of(KernelKind(kind))


def _bands(axes: Axes, rows: Sequence[Row]) -> list[Any]:
    """The diagonal and the bands around it; handles for the legend."""
    from matplotlib.patches import Patch

    ends = axes.get_xlim()
    handles = []
    for ratio, color in _BANDS:
        lower, upper = [end * (1 - ratio) for end in ends], [end * (1 + ratio) for end in ends]
        axes.fill_between(ends, lower, upper, color=color, linewidth=0, zorder=1)
        part = share(figures.within(rows, ratio) or 0.0)
        label = f"within \u00b1{format_percent(ratio)}: {part} of the time"
        handles.append(Patch(color=color, label=label))
    axes.plot(ends, ends, color=FAINT, linewidth=1.0, zorder=2)
    return handles[::-1]


def _mark(axes: Axes, row: Row) -> None:
    style = look(row.kind)
    axes.scatter(
        [row.measured_s],
        [row.predicted_s or 0.0],
        s=_MARK,
        c=style.color,
        marker=style.marker,
        alpha=0.85,
        edgecolors="white",
        linewidths=0.5,
        zorder=4,
    )


def _key(rows: Sequence[Row], kind: str) -> Any:
    """The legend's entry of a kind: how many, and how far off together."""
    from matplotlib.lines import Line2D

    group = figures.group_of([row for row in rows if row.kind == kind])
    error = words.signed(group.error_ratio or 0.0)
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=look(kind).marker,
        color=look(kind).color,
        markersize=7,
        markeredgecolor="white",
        markeredgewidth=0.5,
        label=f"{kind} ({group.kernels}): {error}",
    )


def _legend(axes: Axes, handles: Sequence[Any], points: Sequence[Xy]) -> Any:
    """The legend in the corner with fewer marks under it."""
    covered = {
        corner: sum(boxes(_put_legend(axes, handles, corner))[0].holds(x, y) for x, y in points)
        for corner in _CORNERS
    }
    return _put_legend(axes, handles, min(covered, key=lambda corner: covered[corner]))


def _put_legend(axes: Axes, handles: Sequence[Any], corner: Any) -> Any:
    return axes.legend(
        handles=handles,
        loc=corner,
        fontsize=_SIZE,
        title="kind (kernels): error of their sum",
        title_fontsize=_SIZE,
        frameon=True,
        framealpha=0.9,
        edgecolor="none",
        handletextpad=0.4,
        alignment="left",
    )


def _names(axes: Axes, rows: Sequence[Row], legend: Any) -> list[Text]:
    """Names of the kernels that are farthest off, each where nothing else stands."""
    named = figures.worst(rows)[:_LABELS]
    texts = [_label(axes, row) for row in named]
    spots = place(
        [_anchor(axes, row, text) for row, text in zip(named, texts, strict=True)],
        page=boxes(axes)[0].grown(-3),
        taken=boxes(legend),
        points=[*_diagonal(axes), *_pixels(axes, rows)],
    )
    kept = []
    for text, row, spot in zip(texts, named, spots, strict=True):
        if spot is None:
            text.remove()
        else:
            _put(axes, text, row, spot)
            kept.append(text)
    return kept


def _pixels(axes: Axes, rows: Sequence[Row]) -> list[Xy]:
    found = axes.transData.transform([(row.measured_s, row.predicted_s or 0.0) for row in rows])
    return [(float(x), float(y)) for x, y in found]


def _diagonal(axes: Axes) -> list[Xy]:
    """Points of the diagonal that names should stay off."""
    box = boxes(axes)[0]
    steps = int((box.right - box.left) / _STEP)
    across, up = (box.right - box.left) / steps, (box.top - box.bottom) / steps
    return [(box.left + across * i, box.bottom + up * i) for i in range(steps + 1)]


def _label(axes: Axes, row: Row) -> Text:
    off = words.signed_latency(row.off_s or 0.0)
    return write(
        axes,
        drawable(f"{brief(grids.name(row), _NAME)}: {off}"),
        (row.measured_s, row.predicted_s or 0.0),
        (0, 0),
        textcoords="offset pixels",
        ha="left",
        va="bottom",
        fontsize=_SIZE,
        color=INK,
        zorder=6,
    )


def _anchor(axes: Axes, row: Row, text: Text) -> Anchor:
    box, (x, y) = boxes(text)[0], _pixels(axes, [row])[0]
    return Anchor(x, y, box.right - box.left, box.top - box.bottom, _RADIUS)


def _put(axes: Axes, text: Text, row: Row, spot: Spot) -> None:
    """Move a name to its place, with a line to its mark where it stands apart."""
    x, y = _pixels(axes, [row])[0]
    text.set_position((spot.box.left - x, spot.box.bottom - y))
    if spot.line is not None:
        line = spot.line
        back = axes.transData.inverted()
        ends = back.transform([(line.x, line.y), (line.to_x, line.to_y)])
        axes.plot(ends[:, 0], ends[:, 1], color=FAINT, linewidth=0.7, zorder=3.5)
