"""A machine of one's own from a few measured networks, with the shipped machines as the prior."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from costscope.errors import CostscopeError, MeasurementError, ProfileError, UsageError
from costscope.fit.assemble import charged, covariates_of
from costscope.fit.batch import Array, Batch
from costscope.fit.family import Family
from costscope.fit.intervals import Trust, widened
from costscope.fit.left_out import (
    ENOUGH_TO_JUDGE,
    Left,
    left_out,
    refuse_contradiction,
    refuse_scale,
    refuse_unlike,
    scale_of,
)
from costscope.fit.networks import Networks
from costscope.fit.population import posterior_of
from costscope.fit.prior import Prior, load
from costscope.fit.rates import rates_of
from costscope.fit.subjects import (
    Choice,
    Settled,
    of_one_device,
    settled,
)
from costscope.hardware.types import Hardware, Rates
from costscope.observed.types import Observation

_MOST_ERROR = 10.0
_LEAST_ERROR = 0.01
_OTHER_WIDER = 2.0  # intervals of another runtime, as logarithms


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFit:
    """A runtime with threads and an element type, fitted to one's own rows.

    Attributes:
        family: whose machines are the prior.
        exact: whether the family is of this runtime and type; if not, its prior was loosened.
        runtime: as the rows call it; the rates have the nearest one that is known.
        rates: what was fitted.
        left: every row, predicted from the other networks.
        scale_ratio: how many times as long the networks take as expected of the base.
    """

    family: Family
    exact: bool
    runtime: str
    rates: Rates
    left: tuple[Left, ...]
    scale_ratio: float


def fit_device(
    observations: Sequence[Observation],
    base: Hardware,
    *,
    networks: Networks | None = None,
    threads: int | None = None,
    dtype: str | None = None,
    runtime: str | None = None,
    device: str = "",
) -> tuple[DeviceFit, ...]:
    """The rates of a machine like `base` from latencies measured on it.

    Args:
        observations: one network each; those of one runtime, number of threads and element
            type are fitted together. A network may come more than once.
        base: a machine of the same kind: its data sheet says what to expect.
        networks: where networks are found; the shipped tables, the zoo and files if None.
        threads: for rows that do not say; 1 if None.
        dtype: for rows that do not say; that of the base's own rates if None.
        runtime: for rows that do not say; the base's own if None.
        device: whose rows to take, where they are of several.

    Raises:
        UsageError: no rows, rows of several machines, or of a kind that no family describes.
        MeasurementError: too few rows to identify the machine, rows that contradict each
            other or every machine of the kind, or a wrong unit.
        CostscopeError: a network that is not found or not valid; the message names the row.
    """
    if not observations:
        raise UsageError("no measurements: give at least one network with its latency")
    choice = Choice(runtime=runtime, threads=threads, dtype=dtype)
    found = networks or Networks()
    groups: dict[Hashable, tuple[Settled, list[Observation]]] = {}
    for row in of_one_device(tuple(observations), device):
        group = settled(row, base, choice)
        groups.setdefault(group.key, (group, []))[1].append(row)
    _refuse_same([group for group, _ in groups.values()])
    return tuple(_fit(group, rows, base, found) for group, rows in groups.values())


def _refuse_same(groups: Sequence[Settled]) -> None:
    """Refuse two runtimes, or versions of one, that a profile would call by one name."""
    called: dict[tuple[str, int | None, str], str] = {}
    for group in groups:
        subject = group.subject
        told = f"{group.runtime} {subject.version}".strip()
        other = called.setdefault((subject.runtime, subject.threads, subject.dtype), told)
        if other != told:
            raise UsageError(
                f"rows of {other} and of {told} would both be {subject.runtime} in the profile; "
                "put them into files of their own and fit each"
            )


def _fit(
    group: Settled, rows: Sequence[Observation], base: Hardware, networks: Networks
) -> DeviceFit:
    family = group.family
    _check(group, rows, base)
    prior = _prior(family)
    batch = _batch(group, rows, base, networks)
    spread = 1.0 if group.exact else family.other_spread
    loose = prior.population.loosened(family.settings, spread=spread)
    scale = scale_of(batch, loose)
    refuse_scale(scale, rows, base)
    refuse_contradiction(rows)
    theta = posterior_of(batch, loose).theta[0]
    left = left_out(batch, rows, loose)
    refuse_unlike(left, base)
    rates = rates_of(
        family, batch, 0, theta, trust=_trust(prior, group, left), new=True, how=_how(group)
    )
    return DeviceFit(
        family=family,
        exact=group.exact,
        runtime=group.runtime,
        rates=rates,
        left=left,
        scale_ratio=scale,
    )


def _check(group: Settled, rows: Sequence[Observation], base: Hardware) -> None:
    family, dtype = group.family, group.subject.dtype
    if dtype not in base.compute:
        known = ", ".join(base.compute)
        raise UsageError(
            f"{rows[0].origin}: {base.name} has no {dtype} arithmetic, only {known}; "
            "say another --dtype, or take another --base"
        )
    models = {row.model for row in rows}
    if len(models) < family.least_new:
        one = "1 measured network" if len(models) == 1 else f"{len(models)} measured networks"
        raise MeasurementError(
            f"{rows[0].origin}: {one} cannot identify a machine of the class "
            f"{base.device_class} ({group.runtime}, {dtype}); measure {family.least_new} or more "
            "(`costscope fit suggest` names them)"
        )


def _prior(family: Family) -> Prior:
    """The shipped prior, which must be of the family as it is."""
    prior = load(family.name)
    if (prior.classes, prior.covariates) != (family.classes.classes, family.covariates):
        raise ProfileError(
            f"the prior of {family.name} is of other classes than its structure; write it anew "
            "with `make profiles`"
        )
    return prior


def _batch(
    group: Settled, rows: Sequence[Observation], base: Hardware, networks: Networks
) -> Batch:
    family, hardware = group.family, base.with_threads(group.subject.threads)
    charges = np.array([[_charged(row, group, hardware, networks) for row in rows]])
    known = np.ones((1, len(rows)), bool)
    return Batch(
        subjects=(group.subject,),
        networks=tuple(row.model for row in rows),
        classes=family.classes.classes,
        covariates=covariates_of(family, [group.subject], {base.name: base}),
        charges=charges,
        log_s=np.log([[row.latency_s for row in rows]]),
        fitted=known,
        scored=known,
        rounding=np.zeros(known.shape),
        floor=None,  # the base's peak is not this machine's: it may well be faster
    )


def _charged(row: Observation, group: Settled, hardware: Hardware, networks: Networks) -> Array:
    """What a row's network asks of the machine; a mistake in it names the row."""
    try:
        return charged(group.family, row.model, group.subject, hardware, networks)
    except CostscopeError as error:
        raise type(error)(f"{row.origin}: {error}") from None
    except KeyError as error:
        raise UsageError(
            f"{row.origin}: {hardware.name} has no {error.args[0]} arithmetic, which "
            f"{row.model} computes in; say --dtype, or take another --base"
        ) from None


def _how(group: Settled) -> str:
    """What a reader of the profile must know of the runtime."""
    told = []
    if not group.known:
        told.append(
            f"measured with {group.runtime}, which nobody described: taken to fuse as "
            f"{group.subject.runtime} does"
        )
    if not group.exact:
        told.append(
            f"no {group.runtime} in {group.subject.dtype} is among the published measurements: "
            f"{group.family.summary} are the prior"
        )
    return "; ".join(told)


def _trust(prior: Prior, group: Settled, left: Sequence[Left]) -> Trust | None:
    """The interval that new machines earned after so many networks, with one's own errors.

    Where one's own networks, left out in turn, are farther off than those were, the interval
    is wider by as much; and of another runtime it is wider in any case.
    """
    networks = len({each.observation.model for each in left})
    earned = prior.after(networks, group.subject.group)
    if earned is None:
        return None
    wider = 1.0 if group.exact else _OTHER_WIDER
    if networks < ENOUGH_TO_JUDGE:
        return widened(earned, wider)
    errors = [abs(each.ratio - 1) for each in left]
    own = float(np.median([abs(log(each.ratio)) for each in left]))
    return replace(
        widened(earned, max(wider, own / max(earned.median_ratio, _LEAST_ERROR))),
        mean_ratio=min(float(np.mean(errors)), _MOST_ERROR),
        median_ratio=min(float(np.median(errors)), _MOST_ERROR),
    )
