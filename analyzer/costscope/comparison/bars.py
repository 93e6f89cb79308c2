"""What the picture of a comparison shows, before it is drawn: bars from the base to the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from costscope.comparison import words
from costscope.comparison.types import Comparison, Part, Row
from costscope.units import format_range
from costscope.views.report.names import brief

_SHOWN = 14  # blocks; the rest is one bar
_NAME = 40
_ZOOM = 0.45  # an axis that need not show less than this share of itself begins later
_SEEN = 0.25  # share of the intervals that the steps must take for both to be drawn
_ROOM = 0.12  # share of what is shown that is left before the first end

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_COUNTS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


@dataclass(frozen=True, slots=True)
class Bar:
    """A total, or a step between two totals.

    Attributes:
        label: beside it.
        start: where it begins, in base units.
        end: where it ends.
        total: whether it is a total.
        low: lower end of the interval of a total; None without one.
        high: upper end.
        unknown: whether a part of it is unknown.
        note: behind its number.
    """

    label: str
    start: float
    end: float
    total: bool = False
    low: float | None = None
    high: float | None = None
    unknown: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How an axis is numbered.

    Attributes:
        power: of ten that its unit stands for.
        unit: of its numbers.
        quantity: what it shows.
        left: where it begins, in base units.
    """

    power: float
    unit: str
    quantity: str
    left: float = 0.0

    @property
    def title(self) -> str:
        """The name of the axis with its unit; says so where it does not begin at zero."""
        named = f"{self.quantity} ({self.unit})" if self.unit else self.quantity
        return f"{named}, axis cut off on the left" if self.left > 0 else named


def steps(found: Comparison) -> tuple[Bar, ...]:
    """From the base's total by block to the head's; every unit of the difference is in a bar."""
    detail = found.detail
    if detail is None:
        return ()
    timed = by_time(found)
    parts = [part for part in detail.parts if _value(part, timed=timed) or _unknown(part, timed)]
    shown, rest = parts[:_SHOWN], parts[_SHOWN:]
    if len(rest) == 1:
        shown, rest = parts, []
    base, head = totals(found)
    bars = [base]
    for part in shown:
        bars.append(_step(brief(part.block, _NAME), [part], bars[-1].end, timed=timed))
    if rest:
        bars.append(_step(f"{len(rest)} more", rest, bars[-1].end, timed=timed))
    return _told((*bars, head))


def _told(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """The bars, with intervals in words where drawing them would leave no room for the steps."""
    ends = [bar.end for bar in bars]
    wide = [end for bar in bars for end in (bar.low, bar.high) if end is not None]
    if not wide or max(ends) - min(ends) >= _SEEN * (max(wide) - min(wide)):
        return bars
    return tuple(
        replace(bar, low=None, high=None, note=f" ({format_range(bar.end, bar.low, bar.high)})")
        if bar.low is not None and bar.high is not None
        else bar
        for bar in bars
    )


def totals(found: Comparison) -> tuple[Bar, ...]:
    """A bar for each network."""
    timed = by_time(found)
    bars = []
    for row in found.first.rows:
        prediction = row.deployment.prediction
        amount = row.change("latency_s" if timed else "macs").head
        sure = timed and prediction is not None and prediction.interval_confidence is not None
        bars.append(
            Bar(
                label=brief(row.label, _NAME),
                start=0.0,
                end=amount.value or 0.0,
                total=True,
                low=prediction.latency_low_s if sure and prediction else None,
                high=prediction.latency_high_s if sure and prediction else None,
                unknown=amount.least or amount.bound or amount.value is None,
                note=_beside(found, row, timed=timed),
            )
        )
    return tuple(bars)


def _beside(found: Comparison, row: Row, *, timed: bool) -> str:
    """How far a network is from the base, where several are; "" where the steps tell it."""
    if found.detail is not None or row is found.first.rows[0]:
        return ""
    return f" ({words.percent(row.change('latency_s' if timed else 'macs'))})"


def by_time(found: Comparison) -> bool:
    """Whether the picture is of latencies: where every network has one; else of MACs."""
    if found.detail is not None:
        return any(part.latency_s is not None for part in found.detail.parts)
    return bool(found.first.name) and all(
        row.change("latency_s").head.value is not None for row in found.first.rows
    )


def scale_of(bars: Sequence[Bar], *, timed: bool) -> Scale:
    """An axis for the bars: in a unit that makes its numbers short, cut where nothing differs."""
    most = max((max(bar.start, bar.end, bar.high or 0.0) for bar in bars), default=0.0)
    units = _TIMES if timed else _COUNTS
    power, unit = next(((p, u) for p, u in units if most >= p), units[-1])
    quantity = "latency" if timed else "multiply-accumulates"
    ends = [end for bar in bars for end in (bar.end, bar.low) if end is not None]
    least = min(ends, default=0.0)
    steps_shown = any(not bar.total for bar in bars)
    near = steps_shown and least > _ZOOM * most
    left = least - max(most - least, most * 1e-3) * _ROOM * 2 if near else 0.0
    return Scale(power=power, unit=unit, quantity=quantity, left=max(left, 0.0))


def _step(label: str, parts: Sequence[Part], start: float, *, timed: bool) -> Bar:
    moved = sum(_value(part, timed=timed) for part in parts)
    unknown = any(_unknown(part, timed) for part in parts)
    return Bar(label=label, start=start, end=start + moved, unknown=unknown)


def _value(part: Part, *, timed: bool) -> float:
    return float(part.latency_s or 0) if timed else float(part.macs)


def _unknown(part: Part, timed: bool) -> bool:
    return part.untimed if timed else part.uncosted
