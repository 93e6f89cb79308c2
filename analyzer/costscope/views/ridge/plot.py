"""The picture of a sweep: time by ridge point, and operations one by one.

After Fig. 2 and Fig. 3 of MobileNetV4 (Qin et al. 2024, arXiv 2404.10518).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.ridge.types import Row, Sweep
from costscope.views.ridge.bars import draw_bars, name_classes
from costscope.views.ridge.curves import draw_relative, draw_times
from costscope.views.ridge.words import RidgeUnit, macs_text, names_of
from costscope.views.roofline.file import DPI, check_suffix, save
from costscope.views.roofline.lettering import drawable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH = 15.0  # inches, as all below
_HEAD, _CURVES, _BETWEEN, _ROW, _FOOT = 1.35, 4.4, 1.95, 1.05, 0.6
_ROW_GAP = 0.72
_NAME, _SHORT_NAME = 28, 22  # signs
_FEW = 2  # columns
_LEFT, _NAMES = 0.85, 1.95  # beside the axes


def draw(sweep: Sweep, path: str | Path, unit: RidgeUnit) -> None:
    """Draw a sweep into a file; the same sweep gives the same file, whole or not at all.

    Raises:
        UsageError: a suffix other than .png, .svg or .pdf, or a path that cannot be written.
    """
    path = Path(path)
    check_suffix(path)
    save(path, lambda: picture(sweep, unit))


def picture(sweep: Sweep, unit: RidgeUnit) -> Figure:
    """The figure: two panels of curves above, a row of bars a network below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = len(sweep.networks)
    bars = rows * _ROW + (rows - 1) * _ROW_GAP
    height = _HEAD + _CURVES + _BETWEEN + bars + _FOOT
    figure = Figure(figsize=(_WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _title(figure, sweep, unit, height)
    wide = (_WIDTH - 2 * (_LEFT + _NAMES)) / 2
    bottom = 1 - (_HEAD + _CURVES) / height
    for number, panel in enumerate((draw_times, draw_relative)):
        left = _LEFT + number * (_LEFT + _NAMES + wide)
        axes = figure.add_axes((left / _WIDTH, bottom, wide / _WIDTH, _CURVES / height))
        panel(axes, sweep, unit)
    _bars(figure, sweep, unit, height)
    return figure


def _title(figure: Figure, sweep: Sweep, unit: RidgeUnit, height: float) -> None:
    low, high = unit.number(sweep.low_macs_per_byte), unit.text(sweep.high_macs_per_byte)
    title = f"Time under a roofline with its ridge point from {low} to {high} ({sweep.dtype})"
    style: dict[str, Any] = {"parse_math": False, "va": "top"}
    at = _LEFT / _WIDTH
    figure.text(at, 1 - 0.2 / height, drawable(title), fontsize=14, weight="bold", **style)
    told = (
        "Sum over operations of max(MACs, bytes x ridge point), in MAC equivalents: divided by the "
        "peak in MAC/s it is seconds (Eq. 1 of MobileNetV4, arXiv 2404.10518)"
    )
    if sweep.crossings:
        told += (
            ".\nRings mark crossings, with their ridge points; at full ones the fastest changes."
        )
    figure.text(at, 1 - 0.52 / height, told, fontsize=9.5, **style)


def _bars(figure: Figure, sweep: Sweep, unit: RidgeUnit, height: float) -> None:
    """A grid of panels: networks from top to bottom, ridge points from left to right."""
    ridges = sorted({row.ridge_macs_per_byte for row in sweep.shown})
    top = height - _HEAD - _CURVES - _BETWEEN
    wide = (_WIDTH - _LEFT - 0.35) / len(ridges)
    name_classes(figure, sweep, at=(_LEFT / _WIDTH, (top + 0.72) / height), height=height)
    names = names_of(sweep, _NAME if len(ridges) <= _FEW else _SHORT_NAME)
    for row in sweep.shown:
        column = ridges.index(row.ridge_macs_per_byte)
        bottom = top - _ROW - row.network * (_ROW + _ROW_GAP)
        left, width = (_LEFT + column * wide) / _WIDTH, (wide - 0.55) / _WIDTH
        axes = figure.add_axes((left, bottom / height, width, _ROW / height))
        told = _told(row, unit, len(ridges))
        last = row.network == len(names) - 1
        draw_bars(axes, sweep, row, titles=(names[row.network], told), last=last)


def _told(row: Row, unit: RidgeUnit, columns: int) -> str:
    """What stands above a panel on the right, as much as there is room for."""
    ridge, time = unit.text(row.ridge_macs_per_byte), macs_text(row.time_macs)
    if columns <= _FEW:
        return f"at {ridge}: {time} MAC equivalents"
    return f"{ridge}: {time}" if columns == _FEW + 1 else ridge
