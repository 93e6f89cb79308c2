"""Families: machines of one kind with one runtime, whose rates come from one population."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import log

from costscope.fit.batch import Subject
from costscope.fit.population import Settings
from costscope.fit.rows import FIT, Row
from costscope.hardware.types import Hardware
from costscope.registry import Registry
from costscope.timing.rates import OVERHEADS, Structure, structure_named

_REFERENCE_PEAK = 20e9  # FLOP/s: of the machine that defaults are written for
_REFERENCE_THREADS = 4
_OLD = "2021-06"  # ncnn rewrote much of its Arm code about then
_YEAR = re.compile(r"20\d\d")  # versions of other forms say nothing of their age
_NOISY = 0.3  # (slowest - fastest) / mean

Covariate = Callable[[Hardware, Subject], float]


def _log_peak(hardware: Hardware, subject: Subject) -> float:
    peak = hardware.with_threads(subject.threads).compute[subject.dtype].peak_flops_per_s
    return log(peak / _REFERENCE_PEAK)


def _runtime(name: str) -> Covariate:
    return lambda _h, s: 1.0 if s.runtime == name else 0.0


COVARIATES: Mapping[str, Covariate] = {
    "one": lambda _h, _s: 1.0,
    "log_peak": _log_peak,
    "in_order": lambda h, _s: 0.0 if h.in_order is None else 0.5 if h.in_order else -0.5,
    "half": lambda _h, s: 0.5 if s.dtype == "float16" else -0.5,
    "old": lambda _h, s: 1.0 if _YEAR.match(s.version) and s.version < _OLD else 0.0,
    "log_threads": lambda _h, s: log((s.threads or 1) / _REFERENCE_THREADS),
}
_RUNTIME = "runtime_"


def covariate(name: str) -> Covariate:
    """What is known of a machine, by name; `runtime_NAME` is 1 where that runtime was measured."""
    return _runtime(name.removeprefix(_RUNTIME)) if name.startswith(_RUNTIME) else COVARIATES[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is fitted together, and what is assumed before.

    Attributes:
        name: of the file that holds its prior.
        summary: one line for the report.
        structure: classes of layers.
        tables: measurement tables its rows come from.
        device_classes: of the machines.
        runtimes: of the rows; all of the tables if empty.
        threads: fewest and most; None where threads mean nothing.
        dtypes: of the rows.
        covariates: what is known of a machine beforehand; the first is `one`.
        defaults: before any machine is looked at, at a peak of 20 GFLOP/s: share of the
            peak by compute class, bytes a second by memory class, seconds of calls and runs.
        slopes: how the logarithm of seconds per unit follows `log_peak`, by class; -1 for
            memory classes, calls and runs where it is left out, 0 for compute classes.
        flat: whether memory classes, calls and runs do not follow the arithmetic peak.
        rounding_s: standard deviation that the last printed digit of a latency leaves.
        settings: of the fit.
        ranking: good only for saying which network is faster.
        serves: types of files that the runtime computes in the rows' type all the same.
        left_out: networks that are neither fitted nor scored, each with the reason.
        suggest: networks to measure first on a new machine.
        least_networks: machines with fewer measured networks get no profile of their own.
        least_new: networks that a new machine must be measured with.
        general: whether it is what a runtime that no family has starts from.
        other_spread: how much farther from the population machines with another runtime lie.
    """

    name: str
    summary: str
    structure: str
    tables: tuple[str, ...]
    device_classes: frozenset[str]
    runtimes: frozenset[str] = frozenset()
    threads: tuple[int, int] | None = None
    dtypes: frozenset[str] = frozenset({"float32", "float16"})
    covariates: tuple[str, ...] = ("one", "log_peak")
    defaults: Mapping[str, float]
    slopes: Mapping[str, float] = field(default_factory=dict)
    flat: bool = False
    rounding_s: float = 0.0
    settings: Settings = field(default_factory=Settings)
    ranking: bool = False
    serves: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    suggest: tuple[str, ...] = ()
    least_networks: int = 3
    least_new: int = 1
    general: bool = False
    other_spread: float = 1.5

    @property
    def classes(self) -> Structure:
        """The structure itself."""
        return structure_named(self.structure)

    def takes(self, row: Row, hardware: Hardware) -> bool:
        """Whether a row is one of the family's."""
        return (
            row.table in self.tables
            and row.use == FIT
            and hardware.device_class in self.device_classes
            and (not self.runtimes or row.runtime in self.runtimes)
            and row.dtype in self.dtypes
            and self.takes_threads(row.threads)
        )

    def takes_threads(self, threads: int | None) -> bool:
        """Whether so many threads are the family's."""
        if self.threads is None or threads is None:
            return True
        return self.threads[0] <= threads <= self.threads[1]

    def served(self, dtype: str) -> tuple[str, ...]:
        """Types of files that are computed in a float type instead; none becomes an integer."""
        return tuple(each for each in self.serves if each != dtype and dtype.startswith("float"))

    def default_theta(self, name: str) -> tuple[float, float]:
        """Logarithm of seconds per unit of a class at the reference peak, and its slope."""
        value = self.defaults[name]
        if name in self.classes.compute:
            return -log(value), self.slopes.get(name, 0.0)
        slope = self.slopes.get(name, 0.0 if self.flat else -1.0)
        return (log(value) if name in OVERHEADS else -log(value)), slope


FAMILIES: Registry[str, Family] = Registry("costscope.fit.families", "family")


def is_noisy(row: Row) -> bool:
    """Whether the runs behind a row differ so much that no error is worth reporting of it."""
    return row.spread_ratio is not None and row.spread_ratio > _NOISY
