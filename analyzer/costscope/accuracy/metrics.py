"""Figures of accuracy from pairs of measured and predicted seconds; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Pairs = Sequence[tuple[float, float]]  # measured and predicted seconds
_Floats = NDArray[np.float64]

_ROUNDING = 1e-9  # 11 against 10 is within ten percent, whatever binary fractions make of it
_FEWEST_RANKED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How far predictions are from measurements; an error is predicted / measured - 1.

    Attributes:
        count: pairs.
        mape_ratio: mean of the absolute errors.
        median_ratio: median of the absolute errors.
        signed_median_ratio: median of the signed errors: above zero predicts too slow.
        within_5_ratio: share of the pairs whose error is at most 5 %.
        within_10_ratio: at most 10 %.
        within_20_ratio: at most 20 %.
        p90_ratio: nine in ten absolute errors are at most this.
        spearman: correlation of the ranks; None where one side is all alike.
        kendall: tau-b: pairs in the right order less those in the wrong one, over all, with
            ties taken out; None where one side is all alike.
    """

    count: int
    mape_ratio: float
    median_ratio: float
    signed_median_ratio: float
    within_5_ratio: float
    within_10_ratio: float
    within_20_ratio: float
    p90_ratio: float
    spearman: float | None
    kendall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the truth lay in the predicted interval.

    Attributes:
        inside: how many did.
        count: how many had an interval.
        ratio: their share.
        low_ratio: lower end of Wilson's 95 % interval of that share.
        high_ratio: upper end.
    """

    inside: int
    count: int
    ratio: float
    low_ratio: float
    high_ratio: float


def figures(pairs: Pairs) -> Figures | None:
    """All figures of some pairs; None without any.

    The 90 % quantile is interpolated between the two errors beside it.
    """
    if not pairs:
        return None
    measured, predicted = _columns(pairs)
    signed = predicted / measured - 1
    errors = np.abs(signed)
    return Figures(
        count=len(pairs),
        mape_ratio=float(errors.mean()),
        median_ratio=float(np.median(errors)),
        signed_median_ratio=float(np.median(signed)),
        within_5_ratio=_within(errors, 0.05),
        within_10_ratio=_within(errors, 0.10),
        within_20_ratio=_within(errors, 0.20),
        p90_ratio=float(np.quantile(errors, 0.9)),
        spearman=spearman(pairs),
        kendall=kendall(pairs),
    )


def spearman(pairs: Pairs) -> float | None:
    """Correlation of the ranks, those of ties averaged; None where one side is all alike."""
    if len(pairs) < _FEWEST_RANKED:
        return None
    first, second = (_ranks(column) for column in _columns(pairs))
    first, second = first - first.mean(), second - second.mean()
    size = sqrt(float(first @ first)) * sqrt(float(second @ second))
    return float(first @ second) / size if size else None


def kendall(pairs: Pairs) -> float | None:
    """Kendall's tau-b; None where one side is all alike.

    (in order - out of order) / sqrt((all - tied on one side) * (all - tied on the other))

    Source: Kendall 1945, "The treatment of ties in ranking problems".
    """
    if len(pairs) < _FEWEST_RANKED:
        return None
    first, second = (_signs(column) for column in _columns(pairs))
    size = sqrt(float((first * first).sum())) * sqrt(float((second * second).sum()))
    return float((first * second).sum()) / size if size else None


def coverage(inside: Sequence[bool]) -> Coverage | None:
    """The share of intervals that held the truth, and how sure that share is."""
    if not inside:
        return None
    low, high = wilson(sum(inside), len(inside))
    return Coverage(
        inside=sum(inside),
        count=len(inside),
        ratio=sum(inside) / len(inside),
        low_ratio=low,
        high_ratio=high,
    )


def wilson(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share of which `hits` of `count` were seen.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical
    inference".
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def weighted_error_ratio(pairs: Pairs) -> float | None:
    """Sum of |predicted - measured| over the sum of measured; None without time."""
    measured_s = sum(measured for measured, _ in pairs)
    off_s = sum(abs(predicted - measured) for measured, predicted in pairs)
    return off_s / measured_s if measured_s else None


def _columns(pairs: Pairs) -> tuple[_Floats, _Floats]:
    table = np.array(pairs, dtype=np.float64)
    return table[:, 0], table[:, 1]


def _within(errors: _Floats, bound: float) -> float:
    return float((errors <= bound + _ROUNDING).mean())


def _ranks(values: _Floats) -> _Floats:
    """Places from 1 on; those of equal values are averaged."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    means: _Floats = last - (sizes - 1) / 2
    return means[group]


def _signs(values: _Floats) -> _Floats:
    """For every two of them, 1, 0 or -1: which one is larger."""
    signs: _Floats = np.sign(values[:, None] - values[None, :])
    return signs
