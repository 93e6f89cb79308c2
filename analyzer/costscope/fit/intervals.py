"""Intervals from residuals of what was held out: how far off predictions of new things are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, exp, sqrt

import numpy as np

from costscope.fit.batch import Array, Mask

CONFIDENCE = 0.9
ALL = "all"
_NORMAL = 1.6449  # its 95 % quantile
_STUDENT = (1.524, 1.420, 0.983)  # of the expansion in 1 / degrees of freedom
_MOST_WIDER = 3.0
_LEAST_ROWS = 40  # of a group that gets an interval of its own
_WIDEST = 1000.0  # more says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How good predictions are of networks that were held out.

    Attributes:
        rows: how many.
        networks: how many different ones.
        mean_ratio: mean of |predicted / measured - 1|.
        median_ratio: median of the same.
        low_ratio: measured over predicted: lower end of the interval.
        high_ratio: upper end.
        pair_ratio: what two predictions must differ by to tell which network is faster.
        confidence: what the interval and the pair may claim: less where rows are few.
    """

    rows: int
    networks: int
    mean_ratio: float
    median_ratio: float
    low_ratio: float
    high_ratio: float
    pair_ratio: float
    confidence: float = CONFIDENCE


def trust(predicted: Array, log_s: Array, scored: Mask) -> Trust | None:
    """The trust that held-out predictions (D, N) have earned; None without any."""
    known = scored & ~np.isnan(predicted)
    if not known.any():
        return None
    residual = np.where(known, predicted - log_s, np.nan)
    flat = residual[known]
    errors = np.abs(np.exp(flat) - 1)
    networks = int(known.any(axis=0).sum())
    low, high = ends(flat, networks=networks)
    return Trust(
        rows=int(known.sum()),
        networks=networks,
        mean_ratio=float(errors.mean()),
        median_ratio=float(np.median(errors)),
        low_ratio=low,
        high_ratio=high,
        pair_ratio=pair(residual),
        confidence=min(CONFIDENCE, (len(flat) - 1) / (len(flat) + 1)),
    )


def by_group(
    predicted: Array, log_s: Array, scored: Mask, groups: Sequence[str]
) -> dict[str, Trust]:
    """The trust of each group of machines; `all` stands for those with few rows."""
    found = {}
    everything = trust(predicted, log_s, scored)
    if everything is not None:
        found[ALL] = everything
    for group in sorted(set(groups)):
        mine = scored & np.array([[each == group] for each in groups])
        earned = trust(predicted, log_s, mine)
        if earned is not None and earned.rows >= _LEAST_ROWS:
            found[group] = earned
    return found


def ends(
    residuals: Array, *, networks: int | None = None, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Ends of the interval, as measured over predicted, from log(predicted / measured).

    Each tail holds half of what is left over; ranks are those of split conformal prediction,
    so the interval covers a new residual as often as it claims if residuals are exchangeable.
    Rows of one network on many machines are not: they are off the same way. With few
    networks the ends therefore move apart, as Student's t does from the normal.

    Args:
        residuals: (R,).
        networks: how many networks they are of; None for one each.
        confidence: what the interval should hold.

    Source: Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World".
    """
    ordered = np.sort(residuals)
    tail = (1 - confidence) / 2
    rank = min(len(ordered), ceil((1 - tail) * (len(ordered) + 1)))
    wider = 1.0
    if networks is not None:
        shared = 1 - networks / len(ordered)  # how far rows share their networks
        wider += shared * (few_networks(networks) - 1)
    return exp(-wider * ordered[rank - 1]), exp(-wider * ordered[len(ordered) - rank])


def few_networks(networks: int) -> float:
    """How much farther apart the ends of an interval are for so few networks.

    The 95 % quantile of Student's t over that of the normal, times sqrt(1 + 1 / n) for the
    network that is predicted.

    Source: Cornish, Fisher 1938; Abramowitz, Stegun, "Handbook of Mathematical Functions", 26.7.5.
    """
    freedom = max(1, networks - 1)
    first, second, third = _STUDENT
    t = _NORMAL + first / freedom + second / freedom / freedom
    t += third / freedom / freedom / freedom
    return min(_MOST_WIDER, t / _NORMAL * sqrt(1 + 1 / max(1, networks)))


def pair(residual: Array, confidence: float = CONFIDENCE) -> float:
    """The ratio of two predictions on one machine that tells which network is faster.

    From here on the order is right with the confidence, judged by all pairs of networks that
    were held out on the same machine.
    """
    gaps = [
        gap
        for row in residual
        for a, b in combinations(row[~np.isnan(row)], 2)
        for gap in (a - b, b - a)
    ]
    return exp(max(0.0, float(np.quantile(gaps, confidence)))) if gaps else exp(0.0)


def coverage(predicted: Array, log_s: Array, scored: Mask) -> float:
    """Share of rows inside intervals that were made from the other networks' residuals."""
    known = scored & ~np.isnan(predicted)
    residual = predicted - log_s
    inside, rows = 0, 0
    for column in range(predicted.shape[1]):
        others = known.copy()
        others[:, column] = False
        if not others.any():
            continue
        low, high = ends(residual[others], networks=int(others.any(axis=0).sum()))
        mine = np.exp(-residual[known[:, column], column])
        inside += int(((mine >= low) & (mine <= high)).sum())
        rows += len(mine)
    return inside / rows if rows else float("nan")


def widened(earned: Trust, times: float) -> Trust:
    """The same with intervals so many times as wide, as logarithms; never narrower."""
    wider = max(1.0, times)
    return replace(
        earned,
        low_ratio=max(min(earned.low_ratio, earned.low_ratio**wider), 1 / _WIDEST),
        high_ratio=min(max(earned.high_ratio, earned.high_ratio**wider), _WIDEST),
        pair_ratio=min(earned.pair_ratio**wider, _WIDEST),
    )
