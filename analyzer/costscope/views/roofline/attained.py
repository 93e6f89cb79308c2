"""What each class of layers attains on several machines, as points on a line a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from costscope.units import format_bandwidth, format_compute
from costscope.views.roofline.lettering import drawable, write
from costscope.views.roofline.limits import ticks
from costscope.views.roofline.style import MACHINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROOM = 1.7  # beside the first and the last point


class Attaining(Protocol):
    """A machine with the rates of its classes."""

    @property
    def macs_per_s(self) -> Mapping[str, float]:
        """By compute class."""

    @property
    def bytes_per_s(self) -> Mapping[str, float]:
        """By memory class."""

    @property
    def unobserved(self) -> frozenset[str]:
        """Classes that no measured network shows."""


def draw_attained(
    axes: Axes, machines: Sequence[Attaining], names: Sequence[str], *, compute: bool
) -> None:
    """One line for each class, one point for each machine, hollow where nobody observed it."""
    for number, machine in enumerate(machines):
        _draw_points(axes, number, machine, names, compute=compute)
    found = [
        value
        for each in machines
        for value in (each.macs_per_s if compute else each.bytes_per_s).values()
    ]
    _scale(axes, names, (min(found) / _ROOM, max(found) * _ROOM), compute=compute)
    title = "Arithmetic attained (MAC/s)" if compute else "Bytes moved (B/s, caches included)"
    above = {"xycoords": "axes fraction", "va": "bottom"}
    write(axes, title, (0, 1), (0, 7), fontsize=11, weight="bold", **above)
    if any(name in each.unobserved for each in machines for name in names):
        axes.set_xlabel("hollow: in no measured network", fontsize=8.5, loc="right")


def _draw_points(
    axes: Axes, number: int, machine: Attaining, names: Sequence[str], *, compute: bool
) -> None:
    rates, look = machine.macs_per_s if compute else machine.bytes_per_s, MACHINES[number]
    for row, name in enumerate(names):
        if name not in rates:
            continue
        hollow = name in machine.unobserved
        axes.plot(
            [rates[name]],
            [row],
            linestyle="none",
            marker=look.marker,
            markersize=8,
            markerfacecolor="none" if hollow else look.color,
            markeredgecolor=look.color if hollow else "white",
            markeredgewidth=1.6 if hollow else 0.7,
            zorder=3,
            clip_on=False,
        )


def _scale(axes: Axes, names: Sequence[str], ends: tuple[float, float], *, compute: bool) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(*ends)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(names)))))
    axes.set_yticklabels([drawable(name) for name in names], fontsize=9.5)
    axes.xaxis.set_major_locator(FixedLocator(ticks(*ends)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: format_compute(value, "") if compute else format_bandwidth(value)
        )
    )
    axes.tick_params(axis="x", labelsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="both", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
