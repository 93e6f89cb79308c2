"""Predicted against measured latencies as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from costscope.accuracy.grids import percent
from costscope.accuracy.scatter import draw_scatter
from costscope.accuracy.summary import summarize
from costscope.accuracy.types import Accuracy, NetworkResult
from costscope.errors import UsageError
from costscope.views.roofline.file import DPI, check_suffix, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIDE = 7.4  # inches of a panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One set of networks in one picture.

    Attributes:
        title: what was run.
        subtitle: the figures, in a line.
        networks: those with a measurement and a prediction are shown.
    """

    title: str
    subtitle: str
    networks: tuple[NetworkResult, ...]


def panel_of(accuracy: Accuracy, title: str = "") -> Panel:
    """The panel of a validation, with its figures below the title."""
    threads = "1 thread" if accuracy.threads == 1 else f"{accuracy.threads} threads"
    where = f"{accuracy.hardware}, {threads}, level {accuracy.optimization}"
    figures = summarize(accuracy.networks).predicted.figures
    told = "no network counts"
    if figures is not None:
        told = (
            f"{figures.count} networks: MAPE {percent(figures.mape_ratio)}, "
            f"median {percent(figures.median_ratio)}, "
            f"{percent(figures.within_10_ratio)} within 10 %, tau "
            + ("unknown" if figures.kendall is None else f"{figures.kendall:.3f}")
        )
    return Panel(title=title or where, subtitle=told, networks=accuracy.networks)


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Draw the panels into a file, which is written whole or not at all.

    The same panels give the same file.

    Raises:
        UsageError: nothing to show, a suffix other than .png, .svg or .pdf, or a path that
            cannot be written.
    """
    check_suffix(path)
    shown = [each for each in panels if any(min(net.pair or (0.0,)) > 0 for net in each.networks)]
    if not shown:
        raise UsageError(f"{path}: nothing to draw: no network was both measured and predicted")
    save(path, lambda: picture(shown))


def picture(panels: Sequence[Panel]) -> Figure:
    """The figure: one panel beside or below the other, at most two in a row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    width, height = _SIDE * columns, _SIDE * rows
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.75 / width,
        right=1 - 0.25 / width,
        bottom=0.65 / height,
        top=1 - 0.75 / height,
        wspace=0.9 / _SIDE,
        hspace=1.5 / _SIDE,
    )
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(grid[number // columns, number % columns])
        draw_scatter(axes, panel.networks, title=panel.title, subtitle=panel.subtitle)
    return figure
