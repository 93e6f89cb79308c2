"""What stands around a roofline: scales, grid, names of the axes, and the title above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costscope.units import format_compute
from costscope.views.roofline.lettering import write
from costscope.views.roofline.limits import Limits, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def scale(axes: Axes, limits: Limits, *, attained: str) -> None:
    """Logarithmic axes with a grid; `attained` says under what the vertical one was attained."""
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
    axes.set_ylabel(f"attained {attained} (FLOP/s)")


def entitle(axes: Axes, title: str, subtitle: str, *, size: int) -> None:
    """A title and a line below it, above the axes."""
    above = {"xycoords": "axes fraction", "va": "bottom"}
    write(axes, title, (0, 1), (0, 24), fontsize=size, weight="bold", **above)
    write(axes, subtitle, (0, 1), (0, 7), fontsize=10, **above)
