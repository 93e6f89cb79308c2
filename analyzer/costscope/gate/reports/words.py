"""How a check is put in words: values, limits, standings and sentences, with their units."""

from __future__ import annotations

from math import isfinite

from costscope.gate.types import Check, Seen, Standing, Verdict
from costscope.units import (
    format_bytes,
    format_count,
    format_latency,
    format_percent,
    format_range,
    write_bytes,
    write_time,
)
from costscope.views.report.names import clean, counted, shorten

NAME = 200  # signs of a name in a sentence
TEXT = 1_000  # signs of a sentence that somebody else wrote
_UNKNOWN = "unknown"
_SHOWN_CAUSES = 3
_CLOSE = 9  # significant digits beyond which two numbers are the same


def said(text: str, most: int = TEXT) -> str:
    """A foreign sentence on one line, its end cut off where it is long."""
    head = clean(text[: most + 1])
    return head if len(text) <= most else f"{head[:most]}..."


def named(name: str, most: int = NAME) -> str:
    """A foreign name on one line, its head cut off where it is long."""
    return shorten(clean(name[-(most + 1) :]), most, ellipsis="...")


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
    close = float(f"{value:.{_CLOSE}g}")
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
    return _apart(verdict.value, verdict)


def limit_of(verdict: Verdict) -> str:
    """The limit as it was written; a relative one with what it comes to.

    `12 ms`, `13.1 ms (base 12.5 ms +5 %)`.
    """
    text = said(verdict.budget.text, 40)
    if verdict.base is None or verdict.limit is None:
        return text
    return f"{_apart(verdict.limit, verdict)} (base {quantity(verdict.base, verdict.unit)} {text})"


def _apart(value: float | None, verdict: Verdict) -> str:
    shown = quantity(value, verdict.unit)
    other = compared(verdict)
    limit = verdict.limit
    if value is None or other is None or limit is None or not isfinite(value):
        return shown
    if other == limit or not isfinite(limit):
        return shown
    same = quantity(other, verdict.unit) == quantity(limit, verdict.unit)
    return exactly(value, verdict.unit) if same else shown


def margin(verdict: Verdict) -> str:
    """How far beyond the limit, or how much is left: `+18.3 %`, `-4.00 %`; "" if unknown."""
    value, limit = compared(verdict), verdict.limit
    if value is None or limit is None or not isfinite(limit):
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
    if value is None or limit is None:
        return f"{metric} {shown}, limit {limit_of(verdict)}"
    if verdict.budget.confidence == "upper" and verdict.high is not None:
        shown = f"{shown}, upper end {_apart(verdict.high, verdict)}"
    sign = "<=" if value <= limit else ">"
    return f"{metric} {shown} {sign} {limit_of(verdict)}"


def place(model: str, hardware: str) -> str:
    """Where a verdict or finding is about: `a.onnx on pixel6`."""
    where = named(model) if model else ""
    machine = f"on {named(hardware)}" if hardware else ""
    return " ".join(part for part in (where, machine) if part) or "no model"


def why(verdict: Verdict) -> str:
    """Why it fails or cannot be decided, and what weighs most."""
    causes = ", ".join(named(each, 80) for each in verdict.causes[:_SHOWN_CAUSES])
    more = len(verdict.causes) - _SHOWN_CAUSES
    most = f"Most of it: {causes}{f' and {more} more' if more > 0 else ''}." if causes else ""
    return " ".join(part for part in (sentence(said(verdict.reason)), most) if part)


def asked(verdict: Verdict) -> str:
    """What was asked, where: `latency 12 ms for a.onnx on pixel6 (--budget latency=12 ms)`."""
    budget = verdict.budget
    about = place(verdict.model, verdict.hardware) if verdict.model or verdict.hardware else ""
    where = said(budget.place, 120)
    what = f"{said(budget.metric, 60)} {said(budget.text, 40)}".strip()
    return f"{what}{f' for {about}' if about else ''}{f' ({where})' if where else ''}"


def sentence(text: str) -> str:
    """The text with a full stop at its end."""
    bare = text.strip()
    return bare if not bare or bare[-1] in ".!?" else f"{bare}."


def saving(seen: Seen) -> str:
    """What a change would save: `1.23 ms (8.10 %)`, `2.00 MiB`; "-" where that is unknown."""
    found = seen.finding
    if found.saving_s is not None and isfinite(found.saving_s):
        ratio = found.saving_ratio
        share = f" ({_percent(ratio)})" if ratio is not None and isfinite(ratio) else ""
        return f"{quantity(found.saving_s, 's')}{share}"
    return quantity(found.saving_bytes, "B") if found.saving_bytes is not None else "-"


def _percent(ratio: float) -> str:
    return f"-{format_percent(-ratio)}" if ratio < 0 else format_percent(ratio)


def summary(check: Check) -> str:
    """The check in a line: `3 of 5 budgets pass, 1 fails, 1 cannot be decided`."""
    number = len(check.verdicts)
    if not number:
        return "no budget was checked"
    passes, fails, open_ = (len(check.of(each)) for each in Standing)
    parts = [f"{passes} of {counted(number, 'budget')} {_verb(passes, number)}"]
    if fails:
        parts.append(f"{fails} {'fails' if fails == 1 else 'fail'}")
    if open_:
        only = "" if check.undecided_fails else " (a warning, as asked)"
        parts.append(f"{open_} cannot be decided{only}")
    return ", ".join(parts)


def _verb(passes: int, number: int) -> str:
    return "passes" if passes == number == 1 else "pass"


def outcome(check: Check) -> str:
    """`pass`, `fail` or `undecided`: what the exit code says."""
    return {0: "pass", 1: "fail"}.get(check.exit_code, "undecided")


def subject(check: Check) -> str:
    """What was checked: `4 models on 2 machines`."""
    models = len({each.model for each in check.checked})
    machines = len({each.hardware for each in check.checked} - {""})
    on = f" on {counted(machines, 'machine')}" if machines else ""
    return f"{counted(models, 'model')}{on}"



def left_out(number: int, noun: str) -> str:
    """A line for what a cap left out; "" where it left out nothing."""
    return f"and {counted(number, noun)} more: --format json holds all" if number > 0 else ""
