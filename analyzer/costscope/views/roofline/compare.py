"""Rooflines of several machines in one plane, beside what each class of layers attains.

Source: Williams, Waterman, Patterson 2009, "Roofline".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from costscope.units import format_bandwidth, format_compute, format_intensity
from costscope.views.report.names import brief
from costscope.views.roofline.attained import draw_attained
from costscope.views.roofline.file import DPI, check_suffix, save
from costscope.views.roofline.frame import entitle, scale
from costscope.views.roofline.lettering import drawable
from costscope.views.roofline.limits import Limits
from costscope.views.roofline.style import MACHINES, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = len(MACHINES)
_LEFT, _RIGHT, _BELOW, _ABOVE = 30.0, 12.0, 3.0, 2.5  # room around the ridge points and peaks
# Inches: of the picture, around the axes, of a line of a class and of a line of the legend.
_WIDTH, _TOP, _BOTTOM, _AXIS, _LEAST, _ROW, _ENTRY = 14.0, 0.85, 0.7, 0.85, 4.9, 0.4, 0.52
_COLUMNS = 3  # of the legend


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof:
    """What a picture shows of a machine.

    Attributes:
        name: of the machine.
        dtype: element type of its peak.
        cores: that the peak is of, in words; "" where there is no such thing.
        peak_flops_per_s: the flat roof.
        bandwidth_bytes_per_s: the slanted one.
        macs_per_s: what compute classes attain.
        bytes_per_s: what memory classes attain.
        unobserved: classes that no measured network shows.
    """

    name: str
    dtype: str
    cores: str
    peak_flops_per_s: float
    bandwidth_bytes_per_s: float
    macs_per_s: Mapping[str, float] = field(default_factory=dict)
    bytes_per_s: Mapping[str, float] = field(default_factory=dict)
    unobserved: frozenset[str] = frozenset()

    @property
    def ridge_flops_per_byte(self) -> float:
        """Intensity at which arithmetic and memory take equally long."""
        return self.peak_flops_per_s / self.bandwidth_bytes_per_s


def draw(roofs: Sequence[Roof], path: str | Path) -> None:
    """Draw machines side by side into a file, written whole or not at all.

    Raises:
        UsageError: a suffix other than .png, .svg or .pdf, or a path that cannot be written.
    """
    path = Path(path)
    check_suffix(path)
    save(path, lambda: picture(roofs))


def picture(roofs: Sequence[Roof]) -> Figure:
    """The figure: rooflines on the left, the rates of classes on the right if there are any."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    compute = list(dict.fromkeys(name for roof in roofs for name in roof.macs_per_s))
    memory = list(dict.fromkeys(name for roof in roofs for name in roof.bytes_per_s))
    parts = [names for names in (compute, memory) if names]
    columns = _COLUMNS if parts else _COLUMNS - 1
    bottom = _BOTTOM + _ENTRY * -(-len(roofs) // columns)
    height = max(_LEAST, _ROW * (len(compute) + len(memory)) + 1.6) + _TOP + bottom
    width = _WIDTH if parts else _WIDTH * (columns / _COLUMNS)
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    ends = {"top": 1 - _TOP / height, "bottom": bottom / height}
    side = (8.2 if parts else width - 0.3) / width
    left = figure.add_gridspec(1, 1, left=_AXIS / width, right=side, **ends)
    axes = figure.add_subplot(left[0, 0])
    _draw_roofs(axes, roofs)
    _name(figure, axes, columns, at=(_AXIS / width, 0.1 / height))
    if parts:
        ratios = [len(names) + 0.6 for names in parts]
        right = figure.add_gridspec(
            len(parts), 1, left=side + 1.35 / width, right=1 - 0.35 / width, hspace=0.42,
            height_ratios=ratios, **ends,
        )  # fmt: skip
        for row, names in enumerate(parts):
            place = figure.add_subplot(right[row, 0])
            draw_attained(place, roofs, names, compute=names is compute)
    return figure


def _draw_roofs(axes: Axes, roofs: Sequence[Roof]) -> None:
    limits = _limits(roofs)
    scale(axes, limits, attained="at most")
    axes.set_ylabel("attainable (FLOP/s)")
    for roof, look in zip(roofs, MACHINES, strict=False):
        _draw_roof(axes, roof, look, limits)
    cores = "the cores in use" if any(roof.cores for roof in roofs) else "the machine"
    told = f"what the arithmetic of {cores} and the memory allow; marks: ridge points"
    entitle(axes, "Rooflines", told, size=13)


def _name(figure: Figure, axes: Axes, columns: int, *, at: tuple[float, float]) -> None:
    """The machines with their numbers, below."""
    figure.legend(
        handles=axes.get_legend_handles_labels()[0],
        loc="lower left",
        bbox_to_anchor=at,
        ncols=columns,
        fontsize=8.5,
        frameon=False,
        handlelength=2.2,
        labelspacing=0.7,
        columnspacing=2.2,
        borderpad=0,
        borderaxespad=0,
    )


def _draw_roof(axes: Axes, roof: Roof, look: Look, limits: Limits) -> None:
    ridge, peak = roof.ridge_flops_per_byte, roof.peak_flops_per_s
    start = max(limits.left, limits.bottom / roof.bandwidth_bytes_per_s)
    axes.plot(
        [start, ridge, limits.right],
        [start * roof.bandwidth_bytes_per_s, peak, peak],
        color=look.color,
        linewidth=2.0,
        marker=look.marker,
        markevery=[1],
        markersize=8,
        markerfacecolor="white",
        markeredgewidth=1.6,
        label=drawable(_named(roof)),
        solid_joinstyle="miter",
        zorder=3,
    )
    axes.vlines(
        ridge, limits.bottom, peak, color=look.color, linewidth=0.8, linestyles=":", zorder=1
    )


def _named(roof: Roof) -> str:
    cores = f" ({roof.cores})" if roof.cores else ""
    unit = "FLOP/s" if "float" in roof.dtype else "OP/s"
    return (
        f"{brief(roof.name, 34)}{cores}\n"
        f"{roof.dtype} {format_compute(roof.peak_flops_per_s, unit)}; "
        f"{format_bandwidth(roof.bandwidth_bytes_per_s)}; "
        f"ridge {format_intensity(roof.ridge_flops_per_byte)}"
    )


def _limits(roofs: Sequence[Roof]) -> Limits:
    """Ends that show every ridge point with some of the slope before it and the roof behind."""
    ridges = [roof.ridge_flops_per_byte for roof in roofs]
    left, right = min(ridges) / _LEFT, max(ridges) * _RIGHT
    lowest = min(min(roof.peak_flops_per_s, left * roof.bandwidth_bytes_per_s) for roof in roofs)
    highest = max(roof.peak_flops_per_s for roof in roofs)
    return Limits(left, right, lowest / _BELOW, highest * _ABOVE)
