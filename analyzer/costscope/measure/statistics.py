"""A latency and its uncertainty from a list of runs; nothing is assumed of their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import floor, sqrt
from statistics import NormalDist

from costscope.errors import UsageError
from costscope.measure.types import Spread

CONFIDENCE = 0.95
RELATIVE_WIDTH = 0.01  # an interval this narrow is as good as clocks and caches allow
WINDOW = 5  # runs that warm-up is judged by: the last so many against as many before
STILL_FALLING = 0.01  # a fall of the median by more than this is warm-up, less is noise
# From here on the normal approximation of the binomial gives the same ranks as the exact sum.
_EXACT_UP_TO = 2000


def spread(
    samples_s: Sequence[float], *, warm_up_runs: int, confidence: float = CONFIDENCE
) -> Spread:
    """The runs' median with a confidence interval, their deciles and their minimum.

    The interval lies between the k-th smallest and the k-th largest run, k as large as the
    binomial distribution allows: whatever the distribution of a run, each falls below its
    true median with probability 1/2. It holds for independent runs; slow drift makes it too
    narrow, which is why drift is looked for apart. With too few runs for the confidence
    asked for it reaches from the fastest to the slowest run, and states the confidence
    that this really has.

    p10 and p90 interpolate linearly: the quantile q of n sorted runs stands at q * (n - 1).

    Raises:
        UsageError: no runs, or a confidence that is not between 0 and 1.
    """
    if not samples_s:
        raise UsageError("no run was timed; allow at least one run")
    ordered = sorted(samples_s)
    rank = rank_of(len(ordered), confidence)
    return Spread(
        median_s=quantile(ordered, 0.5),
        low_s=ordered[max(rank, 1) - 1],
        high_s=ordered[-max(rank, 1)],
        confidence=confidence if rank else widest_confidence(len(ordered)),
        p10_s=quantile(ordered, 0.1),
        p90_s=quantile(ordered, 0.9),
        min_s=ordered[0],
        runs=len(ordered),
        warm_up_runs=warm_up_runs,
    )


def enough(
    samples_s: Sequence[float],
    *,
    relative_width: float = RELATIVE_WIDTH,
    confidence: float = CONFIDENCE,
) -> bool:
    """Whether the interval of the median is whole and at most so wide, as a share of it."""
    rank = rank_of(len(samples_s), confidence)
    if not rank:
        return False
    ordered = sorted(samples_s)
    width = ordered[-rank] - ordered[rank - 1]
    return width <= relative_width * quantile(ordered, 0.5)


def warm(samples_s: Sequence[float]) -> bool:
    """Whether runs no longer become faster: the last five are not 1 % below the five before."""
    if len(samples_s) < 2 * WINDOW:
        return False
    before = quantile(sorted(samples_s[-2 * WINDOW : -WINDOW]), 0.5)
    last = quantile(sorted(samples_s[-WINDOW:]), 0.5)
    return last >= before * (1 - STILL_FALLING)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of ascending numbers, linear between neighbours (Hyndman and Fan's type 7)."""
    place = share * (len(ordered) - 1)
    below = min(floor(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    first, second = ordered[below], ordered[above]
    # Not first + part * (second - first), which rounding can carry past `second`.
    return first if first == second else min(second, first + (place - below) * (second - first))


@lru_cache(maxsize=4096)
def rank_of(runs: int, confidence: float) -> int:
    """The largest k for which the k-th smallest and k-th largest run hold the median.

    The interval misses with probability 2 * P(B < k), B binomial of `runs` and 1/2.
    0 if even the whole range is less sure than asked for.

    Raises:
        UsageError: a confidence that is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence:g}; it must lie between 0 and 1")
    if runs > _EXACT_UP_TO:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        return floor((runs + 1 - z * sqrt(runs)) / 2)
    allowed = (1 - Fraction(confidence).limit_denominator(10**9)) * 2**runs / 2
    rank, term, total = 0, 1, 1
    while total <= allowed:
        rank += 1
        term = term * (runs - rank + 1) // rank
        total += term
    return rank


def widest_confidence(runs: int) -> float:
    """How sure the range from the fastest to the slowest of so many runs holds the median."""
    return 1 - 0.5 ** (runs - 1)
