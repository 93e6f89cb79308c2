"""The picture of a comparison: from the base's total to the head's, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.comparison import words
from costscope.comparison.bars import Bar, Scale, by_time, scale_of, steps, totals
from costscope.comparison.types import Comparison, Row, Status, Verdict
from costscope.units import format_count, format_latency
from costscope.views.report.names import brief, clean
from costscope.views.roofline.file import DPI, check_suffix, save
from costscope.views.roofline.lettering import drawable, write
from costscope.views.roofline.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_WIDTH, _TOP, _BOTTOM, _ROW, _MARGIN = 11.5, 1.2, 0.95, 0.34, 0.4
_SIGN = 0.095  # of a number
_LESS, _MORE, _TOTAL = "#0072B2", "#D55E00", "#999999"  # Okabe and Ito; signs say it too
_THICK = 0.62
_TITLE = 46


def draw(found: Comparison, path: str | Path) -> None:
    """Draw a comparison into a file; the same one gives the same file, whole or not at all.

    Raises:
        UsageError: a suffix other than .png, .svg or .pdf, or a path that cannot be written.
    """
    path = Path(path)
    check_suffix(path)
    save(path, lambda: picture(found))


def picture(found: Comparison) -> Figure:
    """The figure: steps between two networks, or a bar for each of more."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    timed = by_time(found)
    bars = steps(found) or totals(found)
    height = _TOP + _BOTTOM + _ROW * len(bars)
    figure = Figure(figsize=(_WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, _BOTTOM / height, 1, _ROW * len(bars) / height))
    scale = scale_of(bars, timed=timed)
    _frame(axes, bars, scale)
    right = _room([_value(bar, timed=timed) for bar in bars])
    left = max(axis.get_window_extent().width for axis in axes.get_yticklabels()) / DPI + _MARGIN
    wide = (_WIDTH - left - right) / _WIDTH
    axes.set_position((left / _WIDTH, _BOTTOM / height, wide, _ROW * len(bars) / height))
    _bars(axes, bars, scale)
    _values(axes, bars, timed=timed)
    _title(figure, found, height, timed=timed)
    _foot(figure, bars, height)
    return figure


def _frame(axes: Axes, bars: Sequence[Bar], scale: Scale) -> None:
    """The axes: names on the left, numbers below."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    most = max((max(bar.start, bar.end, bar.high or 0.0) for bar in bars), default=0.0)
    axes.set_xlim(scale.left, (most + (most - scale.left) * 0.02) or 1.0)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks(range(len(bars)), [drawable(bar.label) for bar in bars])
    for label, bar in zip(axes.get_yticklabels(), bars, strict=True):
        label.set_parse_math(False)
        label.set_fontweight("bold" if bar.total else "normal")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / scale.power:g}"))
    axes.set_xlabel(scale.title)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _bars(axes: Axes, bars: Sequence[Bar], scale: Scale) -> None:
    for row, bar in enumerate(bars):
        start = scale.left if bar.total else bar.start
        color = _TOTAL if bar.total else _MORE if bar.end > bar.start else _LESS
        axes.barh(
            row,
            bar.end - start,
            left=start,
            height=_THICK,
            color=color,
            hatch="///" if bar.unknown else None,
            edgecolor="white" if bar.unknown else color,
            linewidth=0.6,
            zorder=3,
        )
        if bar.low is not None and bar.high is not None:
            _whisker(axes, row, bar)
        if bar.total and scale.left > 0:
            cut = {"va": "center", "fontsize": 11, "color": "white", "weight": "bold", "zorder": 5}
            write(axes, "//", (scale.left, row), (7, 0), **cut)
        if row + 1 < len(bars) and not (bar.total and bars[row + 1].total):
            axes.vlines(bar.end, row, row + 1, color=FAINT, linewidth=0.7, zorder=2)


def _whisker(axes: Axes, row: int, bar: Bar) -> None:
    """The interval of a total."""
    axes.errorbar(
        bar.end,
        row,
        xerr=[[bar.end - (bar.low or 0.0)], [(bar.high or 0.0) - bar.end]],
        color=INK,
        linewidth=1.1,
        capsize=3.5,
        zorder=4,
    )


def _values(axes: Axes, bars: Sequence[Bar], *, timed: bool) -> None:
    """The number of each bar, in a column at the right edge."""
    for row, bar in enumerate(bars):
        text = _value(bar, timed=timed)
        style: dict[str, Any] = {"weight": "bold"} if bar.total else {}
        write(
            axes, text, (1.0, row), (8, 0), xycoords=("axes fraction", "data"),
            va="center", ha="left", fontsize=9.5, color=INK, **style,
        )  # fmt: skip


def _value(bar: Bar, *, timed: bool) -> str:
    """The number of a bar; that of a network with its difference from the base."""
    form = format_latency if timed else format_count
    if bar.total:
        return (">= " if bar.unknown else "") + form(bar.end) + bar.note
    return words.partly(bar.end - bar.start, form, unknown=bar.unknown)


def _room(texts: Sequence[str]) -> float:
    """Inches that the numbers on the right take."""
    return max(map(len, texts)) * _SIGN + 0.25


def _title(figure: Figure, found: Comparison, height: float, *, timed: bool) -> None:
    first = found.first
    style: dict[str, Any] = {"parse_math": False, "va": "top", "color": INK}
    at = 0.25 / _WIDTH
    where = f" on {clean(first.name)}" if first.name else ""
    labels = [brief(subject.label, _TITLE) for subject in found.subjects]
    if found.detail is None:
        title = f"{len(labels)} networks{where}, beside {labels[0]}"
    else:
        title = f"From {labels[0]} to {labels[1]}{where}"
    told = _told(first.rows[1], found, timed=timed)
    figure.text(at, 1 - 0.22 / height, drawable(title), fontsize=13.5, weight="bold", **style)
    figure.text(at, 1 - 0.57 / height, drawable(told), fontsize=10, linespacing=1.4, **style)


def _told(row: Row, found: Comparison, *, timed: bool) -> str:
    """What the difference is and whether it is sure; and what was compared."""
    runs_as = f"as {clean(found.first.runs_as)} runs them"
    if found.detail is None:
        return f"{'Predicted latency' if timed else 'Multiply-accumulates'}, {runs_as}"
    change = row.change("latency_s" if timed else "macs")
    share = f" ({words.percent(change)})" if change.ratio else ""
    what = "Latency" if timed else "Multiply-accumulates"
    text = f"{what} {words.difference(change)}{share}, {runs_as}"
    counts = ", ".join(
        f"{found.detail.count(status)} {status}" for status in Status if found.detail.count(status)
    )
    if row.verdict is not None:
        text += f". {_SENTENCES[row.verdict]}"
    return f"{text}.\nKernels: {counts}."


_SENTENCES = {
    Verdict.SAME: "The latency is the same",
    Verdict.FASTER: "Faster, by more than the predictions can be off",
    Verdict.SLOWER: "Slower, by more than the predictions can be off",
    Verdict.UNDECIDED: "The predictions cannot tell which is faster",
    Verdict.UNKNOWN: "Which is faster cannot be told",
}


def _foot(figure: Figure, bars: Sequence[Bar], height: float) -> None:
    """What the bars mean, as far as there are such bars."""
    notes = []
    if any(not bar.total for bar in bars):
        notes.append("a bar is what a block takes less (blue, -) or more (orange, +)")
    if any(bar.low is not None for bar in bars):
        notes.append("whiskers: interval of the prediction")
    if not all(bar.total for bar in bars) and any(bar.note for bar in bars):
        notes.append("in brackets: interval of the prediction")
    if any(bar.unknown for bar in bars):
        notes.append("hatched: part of it is unknown")
    text = "; ".join(notes)
    figure.text(
        0.25 / _WIDTH, 0.16 / height, text, fontsize=8.5, color=FAINT, va="bottom",
        parse_math=False,
    )  # fmt: skip
