"""What a budget may be about: one metric a function, registered where it is defined.

A metric reads one number from a model on a machine, says when that number is only a lower
bound, and says why where there is none. `METRIC_increase` is made of every one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from costscope.analysis.types import Analysis, Deployment, Severity
from costscope.gate.types import Figure, Seen
from costscope.registry import Registry
from costscope.units import rounded

INCREASE = "_increase"


class Kind(StrEnum):
    """What a metric counts in; the value is its base unit."""

    TIME = "s"
    BYTES = "B"
    COUNT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a metric is read from.

    Attributes:
        analysis: of the model.
        deployment: the model on one machine, or without one.
        seen: findings that were selected; None where nobody looked for them.
    """

    analysis: Analysis
    deployment: Deployment
    seen: tuple[Seen, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number, or why there is none.

    Attributes:
        value: in the base unit; None where it is not known.
        low: lower end of its interval; None where there is none.
        high: upper end.
        why: why it is not known, or why it is a lower bound: then only.
        causes: what weighs most in it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that can be limited.

    Attributes:
        name: the key in a configuration.
        kind: what it counts in.
        description: one sentence, for `--list-metrics`.
        read: its number.
        severities: of the findings that it counts; empty for what counts no findings.
    """

    name: str
    kind: Kind
    description: str
    read: Callable[[Subject], Reading]
    severities: frozenset[Severity] = frozenset()


METRICS: Registry[str, Metric] = Registry("costscope.gate.metrics", "metric")

Read = Callable[[Subject], Reading]


def metric(name: str, kind: Kind) -> Callable[[Read], Read]:
    """Register a function as a metric; the first line of its docstring is the description."""

    def register(read: Read) -> Read:
        description = (read.__doc__ or "").strip().splitlines()[0]
        METRICS.add(name, Metric(name=name, kind=kind, description=description, read=read))
        return read

    return register


def named(key: str) -> tuple[Metric, bool] | None:
    """The metric of a key, and whether the key limits its increase; None for another word."""
    found = METRICS.get(key)
    if found is not None:
        return found, False
    found = METRICS.get(key.removesuffix(INCREASE)) if key.endswith(INCREASE) else None
    return None if found is None else (found, True)


def keys() -> list[str]:
    """Every key that a budget may have: each metric, and its increase."""
    return [key for name in METRICS.keys() for key in (name, f"{name}{INCREASE}")]  # noqa: SIM118


def figure(metric: Metric, subject: Subject) -> Figure:
    """A metric of a subject, rounded to the digits that every machine agrees on."""
    reading = metric.read(subject)
    return Figure(
        metric=metric.name,
        unit=metric.kind,
        value=rounded(reading.value),
        low=rounded(reading.low),
        high=rounded(reading.high),
        why=reading.why,
        at_least=reading.value is not None and bool(reading.why),
        causes=reading.causes,
    )
