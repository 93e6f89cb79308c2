"""The roofline picture: what each kernel attains of what the machine could give.

Source: Williams, Waterman, Patterson 2009, "Roofline: an insightful visual performance
model".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.analysis.types import Analysis
from costscope.errors import UsageError
from costscope.files import write_atomically
from costscope.units import format_compute
from costscope.views.report.names import brief
from costscope.views.roofline.axes import draw_panel
from costscope.views.roofline.lettering import FONT, drawable, write
from costscope.views.roofline.limits import Limits, limits_of, ticks
from costscope.views.roofline.panels import Panel, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": "costscope"},
    ".svg": {"Creator": "costscope", "Date": None},
    ".pdf": {"Creator": "costscope", "Producer": None, "CreationDate": None},
}
_SETTINGS: dict[Any, Any] = {
    "font.family": FONT,
    "svg.hashsalt": "costscope",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "axes.unicode_minus": False,
}
_DPI = 100
_MOST_PANELS = 6
_LABELS, _FEW_LABELS = 8, 5
_SIDE = 1.9  # inches beside the axes


def draw(analysis: Analysis, path: str | Path) -> None:
    """Draw every machine's roofline with the model's kernels into a file.

    The same analysis gives the same file. The file is written whole or not at all.

    Raises:
        UsageError: no machine, a suffix other than .png, .svg or .pdf, or a path that
            cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        known = ", ".join(_METADATA)
        raise UsageError(f"{path}: the suffix of a picture must be one of {known}")
    shown = panels(analysis)
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = picture(analysis.model, shown)
        write_atomically(
            path,
            lambda temporary: figure.savefig(
                temporary, format=suffix[1:], dpi=_DPI, metadata=_METADATA[suffix]
            ),
        )


def picture(model: str, shown: tuple[Panel, ...]) -> Figure:
    """The figure: one panel a machine, all with the same intensities.

    Under the caller's settings; `draw` gives those that make the picture the same anywhere.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    left_out = len(shown) - _MOST_PANELS
    shown = shown[:_MOST_PANELS]
    columns = 1 if len(shown) == 1 else 2
    rows = -(-len(shown) // columns)
    width, height = (11.0, 6.4) if columns == 1 else (16.0, 5.2 * rows + 0.5)
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.8 / width,
        right=1 - _SIDE / width,
        hspace=0.34,
        wspace=(_SIDE + 0.75) / ((width - 0.8 - _SIDE) / 2 - (_SIDE + 0.75) / 2),
        bottom=0.62 / height,
        top=1 - (0.8 if columns == 1 else 1.1) / height,
    )
    head = f"{brief(model, 60)}" + (f" (and {left_out} more machines)" if left_out > 0 else "")
    for number, panel in enumerate(shown):
        axes = figure.add_subplot(grid[number // columns, number % columns])
        limits = limits_of(panel, shown)
        _scale(axes, limits)
        title = f"{head} on {panel.title}" if columns == 1 else panel.title
        _title(axes, title, panel.latency)
        draw_panel(axes, panel, limits, labels=_LABELS if columns == 1 else _FEW_LABELS)
    if columns > 1:
        figure.text(
            0.75 / width,
            1 - 0.3 / height,
            drawable(head),
            fontsize=14,
            weight="bold",
            parse_math=False,
            va="center",
        )
    return figure


def _scale(axes: Axes, limits: Limits) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(limits.left, limits.right)
    axes.set_ylim(limits.bottom, limits.top)
    for axis, low, high in (
        (axes.xaxis, limits.left, limits.right),
        (axes.yaxis, limits.bottom, limits.top),
    ):
        axis.set_major_locator(FixedLocator(ticks(low, high)))
        axis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_compute(value, "")))
    axes.grid(which="major", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("arithmetic intensity (FLOP/byte)")
    axes.set_ylabel("attained under the prediction (FLOP/s)")


def _title(axes: Axes, title: str, subtitle: str) -> None:
    above = {"xycoords": "axes fraction", "va": "bottom"}
    write(axes, title, (0, 1), (0, 24), fontsize=13, weight="bold", **above)
    write(axes, subtitle, (0, 1), (0, 7), fontsize=10, **above)
