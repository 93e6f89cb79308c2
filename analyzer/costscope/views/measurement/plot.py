"""The picture of a measurement: predicted against measured, and measured on the roofline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from costscope.errors import UsageError
from costscope.hardware.types import Hardware
from costscope.measure.types import Measurement
from costscope.units import format_percent
from costscope.views.measurement import figures, scatter, words
from costscope.views.measurement.figures import Row
from costscope.views.measurement.roof import panel_of
from costscope.views.report.names import brief, clean, counted
from costscope.views.roofline.axes import draw_panel
from costscope.views.roofline.file import DPI, save
from costscope.views.roofline.frame import entitle, scale
from costscope.views.roofline.limits import limits_of
from costscope.views.roofline.panels import Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _SQUARE, _WIDE = 6.6, 5.2, 6.6  # inches: page, scatter, roofline
_LEFT, _SIDE, _BETWEEN = 0.9, 1.9, 0.95  # inches: before, beside the roofline, between panels
_BOTTOM, _TOP = 0.62, 0.8
_LABELS, _NAME, _TITLE = 6, 20, 12


def draw(
    measured: Sequence[Measurement], path: str | Path, *, hardware: Hardware | None = None
) -> None:
    """Draw the kernels of one or several models into a file.

    With a calibrated prediction there is a panel of predicted against measured, with a
    machine one of its roofline. The same measurements give the same file; it is written
    whole or not at all.

    Args:
        measured: what to draw.
        path: of the picture.
        hardware: the machine whose roofs to draw; None for no roofline.

    Raises:
        UsageError: neither prediction nor machine, a suffix other than .png, .svg or .pdf,
            or a path that cannot be written.
    """
    save(Path(path), lambda: picture(measured, hardware))


def picture(measured: Sequence[Measurement], hardware: Hardware | None) -> Figure:
    """The figure, under the caller's settings.

    Raises:
        UsageError: there is neither a prediction nor a machine, or nothing ran.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [row for each in measured for row in figures.rows_of(each)]
    points = scatter.shown(rows)
    roofed = hardware is not None and any(row.measured_s for row in rows)
    if not points and not roofed:
        raise UsageError(
            "a picture needs a machine: its prediction or its roofline; name one with --hw"
        )
    width = _LEFT + (_SQUARE if points else 0.0) + (_WIDE + _SIDE if roofed else 0.5)
    width += _BETWEEN if points and roofed else 0.0
    figure = Figure(figsize=(width, _HEIGHT), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    if points:
        _scatter(_axes(figure, width, _LEFT, _SQUARE), _head(measured), points)
    if roofed and hardware is not None:
        left = _LEFT + (_SQUARE + _BETWEEN if points else 0.0)
        head = "measured" if points else f"{_head(measured)}: measured"
        _roofline(_axes(figure, width, left, _WIDE), head, panel_of(rows, hardware))
    return figure


def _head(measured: Sequence[Measurement]) -> str:
    if len(measured) > 1:
        return counted(len(measured), "model")
    return brief(clean(measured[0].model), _NAME)


def _axes(figure: Figure, width: float, left: float, wide: float) -> Axes:
    high = _HEIGHT - _BOTTOM - _TOP
    return figure.add_axes((left / width, _BOTTOM / _HEIGHT, wide / width, high / _HEIGHT))


def _scatter(axes: Axes, head: str, points: Sequence[Row]) -> None:
    group = figures.group_of(points)
    all_of_it = words.signed(group.error_ratio or 0.0)
    each = format_percent(group.kernel_error_ratio or 0.0)
    scatter.scale(axes, points)
    title = f"{head}: predicted against measured"
    told = f"their sum is {all_of_it} off; kernel by kernel {each}"
    entitle(axes, title, told, size=_TITLE)
    scatter.draw_points(axes, points)


def _roofline(axes: Axes, head: str, panel: Panel) -> None:
    limits = limits_of(panel, (panel,))
    scale(axes, limits, attained="as measured")
    title = f"{head} on the roofline of {brief(panel.title, _NAME)}"
    entitle(axes, title, panel.latency, size=_TITLE)
    draw_panel(axes, panel, limits, labels=_LABELS)
