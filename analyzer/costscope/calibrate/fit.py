"""Seconds per unit of work, class by class, from measured kernels.

Each class is fitted by itself: non-negative seconds that keep the sum of |predicted /
measured - 1| small, by reweighted least squares. What a class misses is measured on kernels
of networks that were left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costscope.hardware.types import ClassFit
from costscope.timing.terms import Terms

# A profile counts whole microseconds: shorter times are known to about this much.
_RESOLUTION_S = 0.7e-6
_ROUNDS = 8
_FOLDS = 5
_FEWEST = 6
# Pulls seconds of amounts that always come together towards each other, a little.
_RIDGE = 0.02
_TAIL = 0.05
_DIGITS = 5
# What a cold call costs beside its data: code, translations and guesses to be found again. More
# than this is a stray sample of a class with few, taken for coldness.
_COLD_TERMS, _MOST_COLD_S = frozenset({"far_calls", "cold_calls", "fresh_calls"}), 30e-6


@dataclass(frozen=True, slots=True)
class Sample:
    """A kernel as it was measured.

    Attributes:
        terms: its class and amounts.
        seconds: measured.
        network: which network it stood in: networks are held out whole.
        macs: multiply-accumulates.
        traffic_bytes: bytes at its edges.
    """

    terms: Terms
    seconds: float
    network: str
    macs: int
    traffic_bytes: int


def fit(samples: Iterable[Sample]) -> dict[str, ClassFit]:
    """The fits of all classes that were measured often enough."""
    by_class: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_class[sample.terms.name].append(sample)
    fits = (fit_class(name, by_class[name]) for name in sorted(by_class))
    return {each.name: each for each in fits if each is not None}


def fit_class(name: str, samples: Sequence[Sample]) -> ClassFit | None:
    """The fit of one class, with its error on networks held out.

    None if there are too few samples, or if its samples do not tell of each other at all: all
    of one network, say. A class without a known error is as if it had never been sampled.
    """
    ratios = _held_out(samples) if len(samples) >= _FEWEST else []
    if len(ratios) < _FEWEST:
        return None
    low, high = _tails(ratios)
    return ClassFit(
        name=name,
        seconds=_rounded(solve(samples)),
        samples=len(samples),
        error_ratio=_round(_median([abs(1 / ratio - 1) for ratio in ratios])),
        low_ratio=_round(low),
        high_ratio=_round(high),
        seen={
            "macs": _range(sample.macs for sample in samples),
            "bytes": _range(sample.traffic_bytes for sample in samples),
        },
    )


def predicted_s(seconds: Mapping[str, float], amounts: Mapping[str, float]) -> float:
    """The time of a kernel from its amounts."""
    return sum(value * amounts.get(term, 0.0) for term, value in seconds.items())


def solve(samples: Sequence[Sample]) -> dict[str, float]:
    """Non-negative seconds per unit; terms that no sample has, or that explain nothing, are out."""
    terms = {term for s in samples for term, amount in s.terms.amounts.items() if amount}
    found = _solved(samples, sorted(terms))
    if any(found.get(term, 0.0) > _MOST_COLD_S for term in _COLD_TERMS):
        return _solved(samples, sorted(terms - _COLD_TERMS))
    return found


def _solved(samples: Sequence[Sample], terms: Sequence[str]) -> dict[str, float]:
    """The seconds of these terms."""
    import numpy as np
    from scipy.optimize import nnls

    if not terms:
        return {}
    amounts = np.array([[s.terms.amounts.get(term, 0.0) for term in terms] for s in samples])
    measured = np.array([s.seconds for s in samples])
    relative = amounts / (measured + _RESOLUTION_S)[:, None]
    wanted = measured / (measured + _RESOLUTION_S)
    scale = relative.mean(axis=0)
    scaled = relative / scale
    weights = np.ones(len(samples))
    ridge = _RIDGE * np.eye(len(terms))
    found: Any = np.zeros(len(terms))
    for _ in range(_ROUNDS):
        rows = np.vstack([scaled * weights[:, None], ridge * np.sqrt(weights.sum())])
        found, _ = nnls(rows, np.concatenate([wanted * weights, np.zeros(len(terms))]))
        miss = np.abs(scaled @ found - wanted)
        weights = 1 / np.sqrt(np.maximum(miss, 0.02))
    return {t: float(v / s) for t, v, s in zip(terms, found, scale, strict=True) if v > 0}


def _held_out(samples: Sequence[Sample]) -> list[float]:
    """Measured over predicted, each by a fit that has not seen the kernel's network."""
    networks = sorted({sample.network for sample in samples})
    fold_of = {network: index % _FOLDS for index, network in enumerate(networks)}
    ratios = []
    for fold in range(min(_FOLDS, len(networks))):
        seen = [s for s in samples if fold_of[s.network] != fold]
        if len(seen) < _FEWEST // 2:
            continue
        seconds = solve(seen)
        for sample in (s for s in samples if fold_of[s.network] == fold):
            predicted = predicted_s(seconds, sample.terms.amounts)
            if predicted > 0:
                ratios.append(sample.seconds / predicted)
    return ratios


def _tails(ratios: Sequence[float]) -> tuple[float, float]:
    """What 5 % of the ratios are below, and what 5 % are above; at least one of each."""
    ordered = sorted(ratios)
    cut = max(0, int(_TAIL * (len(ordered) + 1)) - 1)
    return min(1.0, ordered[cut]), max(1.0, ordered[-1 - cut])


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _range(values: Iterable[int]) -> tuple[float, float]:
    found = list(values)
    return float(min(found)), float(max(found))


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {term: _round(value) for term, value in seconds.items()}


def _round(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
