"""Numbers of a measurement as text: spreads, intervals, signed errors."""

from __future__ import annotations

from costscope.measure.types import Spread
from costscope.units import format_latency, format_percent

_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
_MEDIAN_DIGITS, _DIGITS = 4, 3
_LARGE_RATIO = 9.995  # from here on decimals say nothing


def signed(ratio: float) -> str:
    """An error such as `+4.8 %` or `-12.3 %`."""
    percent = ratio * 100
    if abs(ratio) >= _LARGE_RATIO:
        return f"{percent:+.0f} %"
    text = f"{percent:+.1f} %"
    return "0.0 %" if text in ("+0.0 %", "-0.0 %") else text


def signed_latency(seconds: float) -> str:
    """A difference of times such as `+120 us`."""
    sign = "-" if seconds < 0 else "+" if seconds > 0 else ""
    return sign + format_latency(abs(seconds))


def median(spread: Spread) -> str:
    """The median with the digits that many runs deserve: `12.31 ms`."""
    unit, scale = _unit(spread.median_s)
    return f"{_number(spread.median_s / scale, _MEDIAN_DIGITS)} {unit}"


def runs(spread: Spread) -> str:
    """How the median came about, in its unit.

    `median of 57 runs, 95 % CI 12.28-12.35; p10-p90 12.2-12.6; min 12.1`.
    """
    _, scale = _unit(spread.median_s)
    ends = _range(spread.low_s / scale, spread.high_s / scale, _MEDIAN_DIGITS)
    tenths = _range(spread.p10_s / scale, spread.p90_s / scale, _DIGITS)
    count = "1 run" if spread.runs == 1 else f"{spread.runs} runs"
    return (
        f"median of {count}, {format_percent(spread.confidence)} CI {ends}; "
        f"p10-p90 {tenths}; min {_number(spread.min_s / scale, _DIGITS)}"
    )


def interval(low_s: float, high_s: float) -> str:
    """The ends of a prediction's interval in one unit: `10.9-14.0 ms`."""
    unit, scale = _unit(high_s)
    return f"{_range(low_s / scale, high_s / scale, _DIGITS)} {unit}"


def confidence(spread: Spread) -> str:
    """The ends of the median's confidence interval in one unit: `12.28-12.35 ms`."""
    unit, scale = _unit(spread.median_s)
    return f"{_range(spread.low_s / scale, spread.high_s / scale, _MEDIAN_DIGITS)} {unit}"


def tick(seconds: float) -> str:
    """A round time for an axis: `20 us`."""
    unit, scale = _unit(seconds)
    return f"{seconds / scale:.3g} {unit}"


def _range(low: float, high: float, digits: int) -> str:
    return f"{_number(low, digits)}-{_number(high, digits)}"


def _unit(seconds: float) -> tuple[str, float]:
    """The unit that `format_latency` gives such a time."""
    name = format_latency(seconds).rpartition(" ")[2] if seconds else "s"
    return next((unit, scale) for unit, scale in _UNITS if unit == name)


def _number(value: float, digits: int) -> str:
    """A number with so many digits; all of those before the point, whatever they say."""
    magnitude = len(str(int(abs(value)))) if abs(value) >= 1 else 1
    return f"{value:.{max(digits - magnitude, 0)}f}"
