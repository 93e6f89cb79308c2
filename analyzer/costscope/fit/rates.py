"""A machine's fitted logarithms as the rates that its profile says."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

import numpy as np

from costscope.fit.batch import Array, Batch
from costscope.fit.family import Family
from costscope.fit.intervals import Trust
from costscope.hardware.types import Rates
from costscope.timing.rates import CALLS, RUNS

_DIGITS = 4
_SEEN_SHARE = 0.1  # of a network's time: a class with less of every network was not observed


def rates_of(
    family: Family,
    batch: Batch,
    machine: int,
    theta: Array,
    *,
    trust: Trust | None = None,
    new: bool = False,
    how: str = "",
) -> Rates:
    """The rates of one machine of a batch.

    Args:
        family: what it was fitted in.
        batch: measurements; those that were used say which classes were observed.
        machine: index of the machine.
        theta: (P,): logarithm of seconds per unit of each class.
        trust: what held-out networks say.
        new: whether that was on machines that no fit had seen.
        how: what a reader must know.
    """
    subject, used = batch.subjects[machine], batch.fitted[machine]
    values = {name: exp(each) for name, each in zip(batch.classes, theta, strict=True)}
    structure = family.classes
    seen = [name for name, one in zip(batch.networks, used, strict=True) if one]
    return Rates(
        runtime=subject.runtime,
        version=subject.version,
        threads=subject.threads,
        dtype=subject.dtype,
        serves=family.served(subject.dtype),
        structure=family.structure,
        compute_ratio={name: rounded(1 / values[name]) for name in structure.compute},
        bandwidth_bytes_per_s={name: rounded(1 / values[name]) for name in structure.memory},
        dispatch_s=rounded(values[CALLS]),
        run_s=rounded(values[RUNS]),
        unobserved=_unobserved(batch, machine, theta),
        networks=len(set(seen)),
        rows=len(seen),
        new=new and trust is not None,
        ranking=family.ranking,
        source=subject.source,
        how=how,
        **_earned(trust),
    )


def _earned(trust: Trust | None) -> Mapping[str, float]:
    if trust is None:
        return {}
    return {
        "error_ratio": rounded(trust.mean_ratio),
        "median_error_ratio": rounded(trust.median_ratio),
        "low_ratio": rounded(trust.low_ratio),
        "high_ratio": rounded(trust.high_ratio),
        "pair_ratio": rounded(trust.pair_ratio),
        "confidence": rounded(trust.confidence),
    }


def _unobserved(batch: Batch, machine: int, theta: Array) -> tuple[str, ...]:
    """Classes that take little of every network that was measured."""
    parts = batch.charges[machine][batch.fitted[machine]] * np.exp(theta)
    totals = parts.sum(axis=1, keepdims=True)
    share = (parts / np.maximum(totals, 1e-30)).max(axis=0, initial=0.0)
    return tuple(
        name for name, most in zip(batch.classes, share, strict=True) if most < _SEEN_SHARE
    )


def rounded(value: float, digits: int = _DIGITS) -> float:
    """A number as profiles write it."""
    return float(f"{value:.{digits}g}")
