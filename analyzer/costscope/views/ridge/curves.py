"""The upper panels: times of the networks by ridge point, and times over the fastest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, log10, sqrt
from typing import TYPE_CHECKING

from costscope.ridge.curve import Curve, bends_between, curve_of, time_at
from costscope.ridge.types import Crossing, Sweep
from costscope.units import format_count
from costscope.views.ridge.limits import left_of
from costscope.views.ridge.looks import stroke_of
from costscope.views.ridge.marks import mark_crossings, name_lines
from costscope.views.ridge.words import RidgeUnit, names_of
from costscope.views.roofline.lettering import write
from costscope.views.roofline.limits import ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS = 240  # points of a curve, beside its bends
_MARGIN = 1.25  # room above and below times
_LEAST_SPAN = 6.0  # highest time over lowest that the axis spans: some ticks for level curves too
_NAME = 22  # signs of a name beside its line
_MUCH, _VERY_MUCH = 4.0, 40.0  # ratios
_BELOW, _ABOVE = 0.06, 1.06  # powers of the highest ratio where the axis ends
_MANY = 4  # decades


def draw_times(axes: Axes, sweep: Sweep, unit: RidgeUnit) -> None:
    """Times in MAC equivalents, both axes logarithmic."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    curves = [curve_of(each.operations) for each in sweep.networks]
    lines = _lines(sweep, unit, lambda number, ridge: time_at(curves[number], ridge))
    values = [y for _, ys in lines for y in ys]
    low, high = _span(min(values) / _MARGIN, max(values) * _MARGIN)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator(ticks(low, high)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _round_count(value)))
    axes.set_ylabel("time (MAC equivalents)")
    _frame(axes, sweep, unit, "Time")
    _draw(axes, sweep, lines)
    places = [float(each.time_macs) for each in sweep.crossings]
    mark_crossings(axes, sweep.crossings, places, unit, lines)


def _span(low: float, high: float) -> tuple[float, float]:
    """The ends of the axis of times: `_LEAST_SPAN` apart at least."""
    room = max(_LEAST_SPAN / (high / low), 1.0)
    return low / sqrt(room), high * sqrt(room)


def draw_relative(axes: Axes, sweep: Sweep, unit: RidgeUnit) -> None:
    """Times over that of the fastest network at each ridge point."""
    curves = [curve_of(each.operations) for each in sweep.networks]
    lines = _lines(sweep, unit, lambda number, ridge: _to_best(curves, number, ridge))
    highest = max(y for _, ys in lines for y in ys)
    _ratios(axes, highest)
    axes.set_ylabel("time over that of the fastest network")
    _frame(axes, sweep, unit, "Time relative to the fastest")
    _draw(axes, sweep, lines)
    places = [_relative(curves, each) for each in sweep.crossings]
    mark_crossings(axes, sweep.crossings, places, unit, lines)


def _ratios(axes: Axes, highest: float) -> None:
    """An axis of ratios from 1 up; logarithmic where they span much."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    room = max(highest - 1, 0.1)
    if highest <= _MUCH:
        axes.set_ylim(1 - 0.06 * room, 1 + 1.08 * room)
        return
    top = highest**_ABOVE
    axes.set_yscale("log")
    axes.set_ylim(highest**-_BELOW, top)
    steps = (1, 1.5, 2, 3, 4, 6) if highest < _VERY_MUCH else (1, 2, 5)
    found = [step * 10.0**decade for decade in range(ceil(log10(top))) for step in steps]
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in found if tick <= top]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


Line = tuple[Sequence[float], Sequence[float]]


def _lines(sweep: Sweep, unit: RidgeUnit, value: Callable[[int, Fraction], Fraction]) -> list[Line]:
    """Points of every network's line, with all bends and crossings of all networks."""
    left, right = Fraction(left_of(sweep)), sweep.high_macs_per_byte
    steps = {
        Fraction(float(left) * (float(right) / float(left)) ** (step / _STEPS))
        for step in range(1, _STEPS)
    }
    curves = [curve_of(each.operations) for each in sweep.networks]
    bends = {bend for curve in curves for bend in bends_between(curve, left, right)}
    meetings = {each.ridge_macs_per_byte for each in sweep.crossings}
    ridges = sorted({left, right} | {each for each in steps | bends | meetings if each > left})
    xs = [float(ridge * unit.per_macs) for ridge in ridges]
    return [(xs, [float(value(n, ridge)) for ridge in ridges]) for n in range(len(curves))]


def _to_best(curves: Sequence[Curve], number: int, ridge: Fraction) -> Fraction:
    times = [time_at(curve, ridge) for curve in curves]
    return times[number] / min(times)


def _relative(curves: Sequence[Curve], crossing: Crossing) -> float:
    return float(_to_best(curves, crossing.faster_below, crossing.ridge_macs_per_byte))


def _draw(axes: Axes, sweep: Sweep, lines: Sequence[Line]) -> None:
    for number, (xs, ys) in enumerate(lines):
        stroke = stroke_of(number)
        axes.plot(xs, ys, color=stroke.color, linestyle=stroke.style, linewidth=2.0, zorder=3)
    name_lines(axes, names_of(sweep, _NAME), [ys[-1] for _, ys in lines])


def _frame(axes: Axes, sweep: Sweep, unit: RidgeUnit, title: str) -> None:
    """The axis of ridge points, a grid, and a title."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    left = left_of(sweep) * unit.per_macs
    right = float(sweep.high_macs_per_byte * unit.per_macs)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    axes.xaxis.set_major_locator(FixedLocator(_ridge_ticks(left, right)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    level = f"; level from {left:.2g} down to 0" if _level_below(sweep) else ""
    axes.set_xlabel(f"ridge point ({unit.name}{level})")
    axes.grid(which="major", color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    write(
        axes,
        title,
        (0, 1),
        (0, 8),
        xycoords="axes fraction",
        va="bottom",
        fontsize=11,
        weight="bold",
    )


def _level_below(sweep: Sweep) -> bool:
    """Whether all curves are level from where the axis begins down to zero."""
    left = Fraction(left_of(sweep))
    return not sweep.low_macs_per_byte and all(
        time_at(curve_of(each.operations), left) == each.macs for each in sweep.networks
    )


def _ridge_ticks(left: float, right: float) -> list[float]:
    """Powers of ten with 2 and 5 between them, as long as they fit."""
    first, last = floor(log10(left)), ceil(log10(right))
    steps = (1, 2, 5) if last - first <= _MANY else (1,)
    found = [step * 10.0**exponent for exponent in range(first, last + 1) for step in steps]
    return [tick for tick in found if left <= tick <= right]


def _round_count(value: float) -> str:
    """A count as short as a tick: `500 M`, `1 G`."""
    number, _, prefix = format_count(value).partition(" ")
    short = f"{float(number):g}" if log10(max(value, 1)) >= 0 else number
    return f"{short} {prefix}".rstrip()
