"""The lower panels: the cost of each operation through the depth of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costscope.ridge.types import Row, Sweep
from costscope.views.ridge.looks import CLASS_COLORS, LABEL_COLORS
from costscope.views.ridge.words import CLASS_NAMES, classes_of, percent_text
from costscope.views.roofline.lettering import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STRIP = (1.07, 0.13)  # bottom and height of the strip, parts of the panel
_TICK = 45.0  # pixels between numbers of operations
_READABLE = 36.0  # pixels that the number of a share takes


def name_classes(figure: Figure, sweep: Sweep, *, at: tuple[float, float], height: float) -> None:
    """The heading of the lower half, with the colours of the classes."""
    from matplotlib.patches import Patch

    x, y = at
    figure.text(
        x, y + 0.28 / height, "Operations in the order they run", fontsize=14, weight="bold"
    )
    figure.legend(
        handles=[
            Patch(color=CLASS_COLORS[each], label=CLASS_NAMES[each]) for each in classes_of(sweep)
        ],
        loc="lower right",
        bbox_to_anchor=(1 - 0.9 / 15, y + 0.2 / height),
        ncols=len(CLASS_NAMES),
        frameon=False,
        fontsize=10,
        borderpad=0,
        borderaxespad=0,
    )
    figure.text(
        x,
        y + 0.04 / height,
        "A bar is an operation's part of the network's time; the strip above adds up the kinds.",
        fontsize=9.5,
    )


def draw_bars(axes: Axes, sweep: Sweep, row: Row, *, titles: tuple[str, str], last: bool) -> None:
    """Bars of one network at one ridge point; `titles` stand above on the left and right."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    operations = sweep.networks[row.network].operations
    parts = [float(each.time_macs(row.ridge_macs_per_byte) / row.time_macs) for each in operations]
    axes.bar(
        range(1, len(parts) + 1),
        parts,
        width=0.86,
        color=[CLASS_COLORS[each.op_class] for each in operations],
        zorder=3,
    )
    axes.set_xlim(0.3, len(parts) + 0.7)
    axes.set_ylim(0, _highest(sweep, row.network) * 1.04)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g} %"))
    axes.xaxis.set_major_locator(
        MaxNLocator(
            nbins=max(int(axes.get_window_extent().width / _TICK), 2),
            integer=True,
            steps=[1, 2, 5, 10],
        )
    )
    axes.tick_params(labelsize=8.5)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    if last:
        axes.set_xlabel("number of the operation")
    _strip(axes, row)
    _entitle(axes, *titles)


def _highest(sweep: Sweep, network: int) -> float:
    """The largest part of any operation of a network at the ridge points shown."""
    return max(
        float(each.time_macs(row.ridge_macs_per_byte) / row.time_macs)
        for row in sweep.shown
        if row.network == network
        for each in sweep.networks[network].operations
    )


def _strip(axes: Axes, row: Row) -> None:
    """The shares of the classes side by side, above the panel."""
    bottom, height = _STRIP
    strip = axes.inset_axes((0, bottom, 1, height))
    strip.set_axis_off()
    strip.set_xlim(0, 1)
    strip.set_ylim(0, 1)
    start, least = 0.0, _READABLE / axes.get_window_extent().width
    for op_class, ratio in row.share_ratios.items():
        part = float(ratio)
        strip.barh(0.5, part, left=start, height=1, color=CLASS_COLORS[op_class])
        if part >= least:
            write(
                strip,
                percent_text(part),
                (start + part / 2, 0.45),
                (0, 0),
                ha="center",
                va="center",
                fontsize=8,
                color=LABEL_COLORS.get(op_class, "white"),
                weight="bold",
            )
        start += part


def _entitle(axes: Axes, name: str, told: str) -> None:
    above = {"xycoords": "axes fraction", "va": "bottom"}
    write(axes, name, (0, sum(_STRIP)), (0, 3), fontsize=9.5, weight="bold", **above)
    write(axes, told, (1, sum(_STRIP)), (0, 3), fontsize=9, ha="right", **above)
