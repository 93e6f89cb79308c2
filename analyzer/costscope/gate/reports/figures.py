"""The figures of a verdict in words, with their units: value, interval, limit, margin."""

from __future__ import annotations

from math import isfinite

from costscope.gate.reports.foreign import said
from costscope.gate.types import Standing, Verdict
from costscope.units import (
    format_bytes,
    format_count,
    format_latency,
    format_percent,
    format_range,
    rounded,
    write_bytes,
    write_time,
)

_UNKNOWN = "unknown"


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit: `14.2 ms`, `4.00 MiB`, `300.8 M`, `unknown`."""
    if value is None or not isfinite(value):
        return _UNKNOWN
    if unit == "s":
        return f"-{format_latency(-value)}" if value < 0 else format_latency(value)
    if unit == "B":
        return format_bytes(value)
    return f"{format_count(value)} {unit}".rstrip()


def exactly(value: float, unit: str) -> str:
    """A value with all digits that matter: for two that look the same otherwise."""
    close = rounded(value) or 0.0
    if unit == "s" and value > 0:
        return write_time(close)
    if unit == "B" and value == int(value):
        return write_bytes(int(value)) if value > 0 else f"{int(value)} B"
    return f"{int(value):,} {unit}".rstrip() if value == int(value) else f"{close:.9g} {unit}"


def compared(verdict: Verdict) -> float | None:
    """What must fit: the value, or the upper end of its interval where that was asked for."""
    upper = verdict.budget.confidence == "upper" and verdict.high is not None
    found = verdict.high if upper else verdict.value
    return found if found is not None and isfinite(found) else None


def interval(verdict: Verdict) -> str:
    """The interval of a value in its unit: `12.9-16.0`; "" where there is none."""
    value, low, high = verdict.value, verdict.low, verdict.high
    if value is None or low is None or high is None or not all(map(isfinite, (value, low, high))):
        return ""
    if verdict.unit == "s" and value > 0:
        return format_range(value, low, high)
    return "" if low == high else f"{quantity(low, verdict.unit)}-{quantity(high, verdict.unit)}"


def value_of(verdict: Verdict) -> str:
    """The value; with all digits where it would look like the limit and is not."""
    shown = _apart(verdict.value, verdict)
    return f"at least {shown}" if verdict.at_least and shown != _UNKNOWN else shown


def limit_of(verdict: Verdict) -> str:
    """The limit as it was written; of a relative one what it comes to: `12 ms`."""
    if verdict.base is None or verdict.limit is None:
        return said(verdict.budget.text, 40)
    return _apart(verdict.limit, verdict)


def base_of(verdict: Verdict) -> str:
    """Where a relative limit comes from: `12.5 ms +5 %`; "" for an absolute one."""
    if verdict.base is None:
        return ""
    return f"{quantity(verdict.base, verdict.unit)} {said(verdict.budget.text, 40)}"


def _apart(value: float | None, verdict: Verdict) -> str:
    shown = quantity(value, verdict.unit)
    other = compared(verdict)
    limit = verdict.limit
    if value is None or other is None or limit is None or not isfinite(value):
        return shown
    if other == limit or not isfinite(limit):
        return shown
    same = _plain(quantity(other, verdict.unit)) == _plain(quantity(limit, verdict.unit))
    return exactly(value, verdict.unit) if same else shown


def _plain(shown: str) -> tuple[float, str]:
    """Number and unit of a quantity: 300.0 M and 300 M are the same to a reader."""
    number, _, unit = shown.partition(" ")
    return float(number), unit


def margin(verdict: Verdict) -> str:
    """How far beyond the limit, or how much is left: `+18.3 %`, `-4.00 %`; "" if undecided."""
    value, limit = compared(verdict), verdict.limit
    if (
        verdict.standing is Standing.UNDECIDED
        or value is None
        or limit is None
        or not isfinite(limit)
    ):
        return ""
    if value == limit:
        return "0 %"
    sign = "+" if value > limit else "-"
    if limit <= 0:
        return f"{sign}{quantity(abs(value - limit), verdict.unit)}"
    return f"{sign}{format_percent(abs(value - limit) / limit)}"


def comparison(verdict: Verdict) -> str:
    """One verdict's figures: `latency 14.2 ms (12.9-16.0) > 12 ms`."""
    ends = interval(verdict)
    shown = f"{value_of(verdict)} ({ends})" if ends else value_of(verdict)
    value, limit = compared(verdict), verdict.limit
    metric = said(verdict.budget.metric, 60)
    base = base_of(verdict)
    most = f"{limit_of(verdict)} (base {base})" if base else limit_of(verdict)
    if value is None or limit is None:
        return f"{metric} {shown}, limit {most}"
    if verdict.budget.confidence == "upper" and verdict.high is not None:
        shown = f"{shown}, upper end {_apart(verdict.high, verdict)}"
    sign = "<=" if value <= limit else ">"
    return f"{metric} {shown} {sign} {most}"


def percent(ratio: float) -> str:
    """A share with its sign where it is negative: `-3.20 %`."""
    return f"-{format_percent(-ratio)}" if ratio < 0 else format_percent(ratio)
