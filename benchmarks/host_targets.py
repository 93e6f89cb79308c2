"""The figures that are asked of predictions on the machine that was calibrated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from costscope.accuracy.metrics import Figures
from costscope.accuracy.summary import Summary, sized, summarize
from costscope.accuracy.types import NetworkResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One way of running networks.

    Attributes:
        key: in the data file.
        title: for people.
        threads: of one operator.
        optimization: onnxruntime's level.
        int8: whether the networks are quantized.
        most_macs: larger networks are left out: each takes minutes, and is in the first regime.
    """

    key: str
    title: str
    threads: int = 1
    optimization: str = "all"
    int8: bool = False
    most_macs: float = inf


_MOST_MACS = 12e9
_UP_TO = "networks of up to 12 G MACs"
REGIMES = (
    Regime(key="one_thread", title="1 thread, level all"),
    Regime(
        key="two_threads",
        title=f"2 threads, level all, {_UP_TO}",
        threads=2,
        most_macs=_MOST_MACS,
    ),
    Regime(
        key="extended",
        title=f"1 thread, level extended, {_UP_TO}",
        optimization="extended",
        most_macs=_MOST_MACS,
    ),
    Regime(key="int8", title="int8, 1 thread, level all", int8=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure to reach.

    Attributes:
        regime: its key.
        figure: its name.
        of: reads it from a summary.
        least: the smallest value that is good.
        most: the largest.
        low_s: of networks that take at least so long.
        high_s: and less than that.
        ratio: whether it is a share, told in percent.
    """

    regime: str
    figure: str
    of: Callable[[Summary], float | None]
    least: float = -inf
    most: float = inf
    low_s: float = 0.0
    high_s: float = inf
    ratio: bool = True

    def reached(self, networks: Sequence[NetworkResult]) -> tuple[float | None, int]:
        """The figure of some networks, and how many of them count."""
        summary = summarize(sized(networks, self.low_s, self.high_s))
        return self.of(summary), summary.scored

    def good(self, value: float | None) -> bool:
        """Whether a value reaches it."""
        return value is not None and self.least <= value <= self.most


def _figure(name: str) -> Callable[[Summary], float | None]:
    def read(summary: Summary) -> float | None:
        found: Figures | None = summary.predicted.figures
        return None if found is None else getattr(found, name)

    return read


def _coverage(summary: Summary) -> float | None:
    return summary.coverage.ratio if summary.coverage else None


_MAPE, _MEDIAN = _figure("mape_ratio"), _figure("median_ratio")
_IN_10, _IN_20, _TAU = (
    _figure("within_10_ratio"),
    _figure("within_20_ratio"),
    _figure("kendall"),
)
_MS = 1e-3
_ONE = {"regime": "one_thread", "low_s": 1 * _MS}

TARGETS = (
    Target(figure="MAPE", of=_MAPE, most=0.09, **_ONE),
    Target(figure="median", of=_MEDIAN, most=0.05, **_ONE),
    Target(figure="within 10 %", of=_IN_10, least=0.75, **_ONE),
    Target(figure="within 20 %", of=_IN_20, least=0.88, **_ONE),
    Target(figure="Kendall's tau", of=_TAU, least=0.955, ratio=False, **_ONE),
    Target(regime="one_thread", figure="MAPE", of=_MAPE, most=0.06, low_s=10 * _MS),
    Target(regime="one_thread", figure="within 10 %", of=_IN_10, least=0.87, low_s=10 * _MS),
    Target(regime="one_thread", figure="MAPE", of=_MAPE, most=0.12, low_s=2 * _MS, high_s=10 * _MS),
    Target(regime="one_thread", figure="MAPE", of=_MAPE, most=0.25, high_s=2 * _MS),
    Target(
        regime="one_thread",
        figure="kernels, weighted by time",
        of=lambda summary: summary.kernel_error_ratio,
        most=0.12,
    ),
    Target(regime="one_thread", figure="90 % intervals hold", of=_coverage, least=0.85, most=0.95),
    Target(regime="two_threads", figure="MAPE", of=_MAPE, most=0.12, low_s=1 * _MS),
    Target(regime="two_threads", figure="median", of=_MEDIAN, most=0.07, low_s=1 * _MS),
    Target(regime="extended", figure="MAPE", of=_MAPE, most=0.09, low_s=1 * _MS),
    Target(regime="int8", figure="median", of=_MEDIAN, most=0.12),
)
