"""The roofline picture: what each kernel attains of what the machine could give.

Source: Williams, Waterman, Patterson 2009, "Roofline: an insightful visual performance
model".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from costscope.analysis.types import Analysis
from costscope.views.report.names import brief
from costscope.views.roofline.axes import draw_panel
from costscope.views.roofline.file import DPI, check_suffix, save
from costscope.views.roofline.frame import entitle, scale
from costscope.views.roofline.lettering import drawable
from costscope.views.roofline.limits import limits_of
from costscope.views.roofline.panels import Panel, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    check_suffix(path)
    shown = panels(analysis)
    save(path, lambda: picture(analysis.model, shown))


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
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
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
        scale(axes, limits, attained="under the prediction")
        title = f"{head} on {panel.title}" if columns == 1 else panel.title
        entitle(axes, title, panel.latency, size=13)
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
