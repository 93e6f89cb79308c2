"""The pictures of the device report: predicted against measured, and errors on new machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from costscope.accuracy.grids import percent
from costscope.accuracy.scatter import square_scale
from costscope.views.roofline.file import DPI, save
from costscope.views.roofline.lettering import write
from costscope.views.roofline.style import FAINT, INK
from device_accuracy_figures import reached
from device_accuracy_rows import KNOWN, LEARNED, NEW, STRICT, Held, Row, after

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIDE = 3.5  # inches of a panel
_COLUMNS = 4
_BAND = 0.2
# By Okabe and Ito, "Color Universal Design" (2008); the marks differ too.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "<", ">")
_MOST_STEPS = 4  # of an axis as short as these
_CURVES = ((NEW, "network seen on others", "-"), (STRICT, "network unseen", "--"))
_WIDEST = 36  # letters of a line of a title


def draw(families: Sequence[Held], report: Path) -> None:
    """Both pictures, beside the report."""
    shown = [held for held in families if held.scored]
    if shown:
        save(report.with_suffix(".png"), lambda: scatters(shown))
    new = [held for held in shown if any(after(NEW, 0) in r.predicted_s for r in held.scored)]
    if new:
        path = report.with_name(f"{report.stem}_new.png")
        save(path, lambda: curves(new))


def scatters(families: Sequence[Held]) -> Figure:
    """A panel a family: every held-out row."""
    figure, panels = _page(
        len(families), "Predicted without the network against measured; the band is 20 %"
    )
    for axes, held in zip(panels, families, strict=True):
        _scatter(axes, held)
    return figure


def curves(families: Sequence[Held]) -> Figure:
    """A panel a family: MAPE and median after k networks of a machine that no fit has seen."""
    figure, panels = _page(len(families), "Error on a new machine after k measured networks")
    for axes, held in zip(panels, families, strict=True):
        _curve(axes, held)
    return figure


def _page(count: int, title: str) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    width, height = _SIDE * columns + 0.4, _SIDE * 1.1 * rows + 0.5
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.75 / width,
        right=1 - 0.2 / width,
        bottom=0.6 / height,
        top=1 - 1.25 / height,
        wspace=0.3,
        hspace=0.38,
    )
    figure.text(
        0.2 / width, 1 - 0.38 / height, title, fontsize=13, weight="bold", color=INK, ha="left"
    )
    panels = [figure.add_subplot(grid[at // columns, at % columns]) for at in range(count)]
    return figure, panels


def _titled(axes: Axes, title: str, subtitle: str) -> None:
    above: dict[str, Any] = {"xycoords": "axes fraction", "va": "bottom", "color": INK}
    wrapped = "\n".join(wrap(title, _WIDEST))
    write(axes, wrapped, (0, 1), (0, 17), fontsize=9, weight="bold", linespacing=1.15, **above)
    write(axes, subtitle, (0, 1), (0, 5), fontsize=8, **above)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(which="major", color="#e6e6e6", linewidth=0.7, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7.5)


def _scatter(axes: Axes, held: Held) -> None:
    rows = [row for row in held.scored if KNOWN in row.predicted_s]
    values = [value for row in rows for value in (row.measured_s, row.predicted_s[KNOWN])]
    low, high = square_scale(axes, values, _MOST_STEPS)
    ends = [low, high]
    axes.fill_between(
        ends,
        [end * (1 - _BAND) for end in ends],
        [end * (1 + _BAND) for end in ends],
        color="#dfe5ec",
        linewidth=0,
        zorder=1,
    )
    axes.plot(ends, ends, color=FAINT, linewidth=0.8, zorder=1.5)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_group(row), []).append(row)
    for at, name in enumerate(sorted(groups, key=lambda each: (-len(groups[each]), each))):
        axes.scatter(
            [row.measured_s for row in groups[name]],
            [row.predicted_s[KNOWN] for row in groups[name]],
            s=13,
            c=_COLORS[at % len(_COLORS)],
            marker=_MARKERS[at % len(_MARKERS)],
            edgecolors="white",
            linewidths=0.25,
            alpha=0.8,
            zorder=3,
            label=name,
        )
    axes.legend(loc="upper left", fontsize=7, frameon=False, handletextpad=0.1, borderpad=0.1)
    found = reached(rows, KNOWN)
    if found is not None:
        told = f"{found.rows:,} rows, MAPE {percent(found.mape_ratio)}, "
        told += f"{percent(found.within_20_ratio)} within 20 %"
        _titled(axes, held.summary, told)
    axes.set_xlabel("measured", fontsize=8, labelpad=2)
    axes.set_ylabel("predicted", fontsize=8, labelpad=2)


def _group(row: Row) -> str:
    subject = row.machine.subject
    return subject.runtime if subject.threads is None else subject.group


def _curve(axes: Axes, held: Held) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter

    tops = [0.3]
    for at, (protocol, words, line) in enumerate(_CURVES):
        found = [(k, reached(held.scored, after(protocol, k))) for k in LEARNED]
        known = [(k, each) for k, each in found if each is not None]
        for name, values, width in (
            ("MAPE", [each.mape_ratio for _, each in known], 1.8),
            ("median", [each.median_ratio for _, each in known], 0.9),
        ):
            axes.plot(
                [k for k, _ in known],
                values,
                line,
                color=_COLORS[at],
                marker=_MARKERS[at],
                markersize=4,
                linewidth=width,
                label=f"{name}, {words}",
                zorder=3,
            )
            tops += values
    axes.set_xlim(-0.2, LEARNED[-1] + 0.2)
    axes.set_ylim(0, max(tops) * 1.45)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    axes.xaxis.set_major_locator(FixedLocator(list(LEARNED)))
    axes.set_xlabel("networks measured on it", fontsize=8, labelpad=2)
    axes.legend(loc="upper right", fontsize=7, frameon=False)
    chips = len({row.machine.subject.chip for row in held.scored})
    _titled(axes, held.summary, f"{chips} chips left out in turn")
