"""Limits as people write them: `12 ms`, `300 M`, `+5 %`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from costscope.errors import UsageError
from costscope.gate.metrics import Kind, Metric, keys, named
from costscope.gate.types import Budget
from costscope.hardware.section import suggestion
from costscope.units import (
    parse_bytes_from_zero,
    parse_count,
    parse_percent,
    parse_time_from_zero,
    quoted,
    rounded,
)

_PARSERS: dict[Kind, Callable[[str | float], float]] = {
    Kind.TIME: parse_time_from_zero,
    Kind.BYTES: parse_bytes_from_zero,
    Kind.COUNT: parse_count,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a metric may go.

    Attributes:
        metric: that is limited.
        most: largest value allowed, or largest increase; in the metric's base unit.
        share: largest increase as a share of the base; None where `most` says it.
        relative: whether it is an increase against a baseline.
    """

    metric: Metric
    most: float = 0.0
    share: float | None = None
    relative: bool = False

    def against(self, base: float) -> float:
        """The largest value allowed over a base."""
        grown = base * (1 + self.share) if self.share is not None else base + self.most
        return rounded(grown) or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A limit that somebody wrote, understood or not.

    Attributes:
        budget: what was written, and where.
        limit: what it means; None where it cannot be understood.
        problem: why not.
    """

    budget: Budget
    limit: Limit | None = None
    problem: str = ""


def limit(key: str, value: Any) -> Limit:
    """What a key and its value mean.

    Raises:
        UsageError: no such metric, or a value that is no limit for it.
    """
    found = named(key)
    if found is None:
        raise UsageError(unknown(key, keys()))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UsageError(f"{shown(value)}: expected a number, with its unit where it has one")
    metric, relative = found
    if not relative:
        return Limit(metric=metric, most=_PARSERS[metric.kind](value))
    return _increase(metric, value)


def _increase(metric: Metric, value: str | float) -> Limit:
    text = str(value).strip()
    if text.endswith("%"):
        return Limit(metric=metric, share=parse_percent(text), relative=True)
    text = text.removeprefix("+").strip()
    try:
        return Limit(metric=metric, most=_PARSERS[metric.kind](text), relative=True)
    except UsageError as error:
        raise UsageError(f"{error}, or a percentage like '+5 %'") from None


def unknown(key: str, known: list[str]) -> str:
    """A sentence about a key that does not exist, with the nearest one that does."""
    meant = suggestion(key.strip().lower().replace("-", "_"), known).removeprefix("; ")
    return f"unknown key {quoted(key)}" + (f" ({meant})" if meant else "")


def shown(value: Any) -> str:
    """A value of a configuration, short enough for one line."""
    if isinstance(value, dict):
        return "keys and values"
    return "a list" if isinstance(value, list) else quoted(value)
