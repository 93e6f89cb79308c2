"""Every row of one's own, predicted from the other networks; and rows that decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, log

import numpy as np

from costscope.errors import MeasurementError
from costscope.fit.batch import Array, Batch
from costscope.fit.population import Population, posterior_of
from costscope.fit.posterior import log_seconds
from costscope.hardware.types import Hardware
from costscope.observed.types import Observation
from costscope.units import format_latency

_OUTLIER = 3.0  # standard deviations of a prediction that has not seen the network
_LEAST_OFF = 0.26  # logarithm: 30 % off is nothing to name
_LEAST_S = 1e-30
_UNLIKE = 1.1  # median error, as a logarithm, of networks left out: no machine of this kind
_UNIT = 50.0  # times what is expected: no machine like the base
_CONTRADICT = 1.5  # times between two measurements of one network
ENOUGH_TO_JUDGE = 3  # networks


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """One row, predicted from the other networks.

    Attributes:
        observation: the row.
        predicted_s: without it, and without other rows of the same network.
        outlier: whether it lies farther off than it should.
    """

    observation: Observation
    predicted_s: float
    outlier: bool

    @property
    def ratio(self) -> float:
        """Predicted over measured."""
        return self.predicted_s / self.observation.latency_s


def left_out(batch: Batch, rows: Sequence[Observation], prior: Population) -> tuple[Left, ...]:
    """The rows of a batch of one machine, each predicted from the other networks.

    From three networks on the farthest row is an outlier if it is off by more than chance
    allows; then the others are judged again without it, for it may have made them look odd.
    """
    odd: set[int] = set()
    while True:
        predicted, deviation = _predicted(batch, odd, prior)
        off = np.abs(predicted - batch.log_s[0])
        off[list(odd)] = 0.0
        rest = {name for at, name in enumerate(batch.networks) if at not in odd}
        worst = int(np.argmax(off / deviation))
        chance = max(_LEAST_OFF, _OUTLIER * float(deviation[worst]))
        if len(rest) < ENOUGH_TO_JUDGE or off[worst] <= chance:
            break
        odd.add(worst)
    return tuple(
        Left(observation=row, predicted_s=exp(each), outlier=at in odd)
        for at, (row, each) in enumerate(zip(rows, predicted, strict=True))
    )


def _predicted(batch: Batch, odd: set[int], prior: Population) -> tuple[Array, Array]:
    """(N,): log seconds of each row from the other networks, and its standard deviation."""
    models, which = np.unique(np.array(batch.networks), return_inverse=True)
    used = batch.fitted & ~np.isin(np.arange(len(which)), list(odd))
    copies = replace(
        batch.of([0] * len(models)), fitted=used & (np.arange(len(models))[:, None] != which)
    )
    known = posterior_of(copies, prior)
    theta, own = known.theta[which], batch.charges[0]
    parts = own * np.exp(theta)
    share = parts / np.maximum(parts.sum(axis=1, keepdims=True), _LEAST_S)
    variance = np.einsum("np,npq,nq->n", share, known.covariance[which], share)
    return log_seconds(own[:, None], theta)[:, 0], np.sqrt(prior.sigma**2 + variance)


def scale_of(batch: Batch, prior: Population) -> float:
    """How many times as long the networks take as the prior expects, in the median."""
    expected = log_seconds(batch.charges, prior.mean(batch.covariates))
    return exp(float(np.median((batch.log_s - expected)[batch.fitted])))


def refuse_scale(scale: float, rows: Sequence[Observation], base: Hardware) -> None:
    """Refuse rows that are a mistake of the unit, or of a machine of quite another size.

    Raises:
        MeasurementError: the networks take 50 times as long as on the base, or a 50th.
    """
    if 1 / _UNIT <= scale <= _UNIT:
        return
    times = f"{scale:.3g} times" if scale > 1 else f"1/{1 / scale:.3g} of"
    first = rows[0]
    raise MeasurementError(
        f"{first.origin}: {first.model} and the others take {times} what is expected of "
        f"{base.name} ({format_latency(first.latency_s)} here); is the unit right? If so, take "
        "another --base"
    )


def refuse_contradiction(rows: Sequence[Observation]) -> None:
    """Refuse one network measured twice with different results where nothing can judge them.

    Raises:
        MeasurementError: too few networks, and two rows of one are far apart.
    """
    if len({row.model for row in rows}) >= ENOUGH_TO_JUDGE:
        return
    ordered = sorted(rows, key=lambda row: (row.model, row.latency_s))
    for fast, slow in pairwise(ordered):
        if fast.model == slow.model and slow.latency_s > _CONTRADICT * fast.latency_s:
            raise MeasurementError(
                f"{fast.model} takes {format_latency(fast.latency_s)} in {fast.origin} and "
                f"{format_latency(slow.latency_s)} in {slow.origin}: remove the wrong one, or "
                f"measure {ENOUGH_TO_JUDGE} networks, which tell"
            )


def refuse_unlike(left: Sequence[Left], base: Hardware) -> None:
    """Refuse rows that contradict each other, or that no machine of the kind could give.

    Raises:
        MeasurementError: half of the networks are far from what the others say.
    """
    errors = sorted(abs(log(each.ratio)) for each in left)
    if len({each.observation.model for each in left}) < ENOUGH_TO_JUDGE:
        return
    median = errors[len(errors) // 2]
    if median > _UNLIKE:
        raise MeasurementError(
            f"{left[0].observation.origin}: the measurements do not fit a {base.device_class} "
            f"like {base.name}: half of them are {exp(median):.1f} times or more off what the "
            "others say; check threads, element type and names, or take another --base"
        )
