"""All shipped profiles from the measured tables: every family fitted, every machine's rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from costscope.fit.assemble import assemble, covariates_of, default_coefficients
from costscope.fit.batch import Array, Batch, Subject
from costscope.fit.family import FAMILIES, Family
from costscope.fit.held_out import left_out_networks, new_machines
from costscope.fit.intervals import ALL, Trust, by_group, trust
from costscope.fit.networks import Networks
from costscope.fit.population import population, posterior_of
from costscope.fit.prior import Prior
from costscope.fit.rates import rates_of
from costscope.fit.rows import Row
from costscope.hardware.types import Hardware, Rates

_LEARNED = (0, 1, 2, 3, 5)  # networks measured on a new machine
_UNMEASURED = "nobody measured this machine: what its family of machines has in common"

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What a family's tables give.

    Attributes:
        family: what was fitted.
        batch: its rows.
        predicted: (D, N): log seconds of networks held out everywhere.
        prior: what new machines start from.
        rates: by profile.
        guesses: rates of machines that nobody measured, by profile.
    """

    family: Family
    batch: Batch
    predicted: Array
    prior: Prior
    rates: Mapping[str, tuple[Rates, ...]]
    guesses: Mapping[str, tuple[Rates, ...]]


def fit_all(
    rows: Sequence[Row], machines: Mapping[str, Hardware], *, told: Told | None = None
) -> tuple[Fitted, ...]:
    """Every family that has rows, fitted."""
    networks = Networks()
    found = []
    for name, family in FAMILIES.items():
        if told is not None:
            told(name)
        batch = assemble(family, rows, machines, networks)
        if batch.subjects:
            found.append(fit_family(family, batch, machines))
    return tuple(found)


def fit_family(family: Family, batch: Batch, machines: Mapping[str, Hardware]) -> Fitted:
    """One family: its population, its machines' rates, and how good they are."""
    defaults = default_coefficients(family)
    prior = population(batch, defaults, family.settings)
    theta = posterior_of(batch, prior).theta
    predicted = left_out_networks(batch, defaults, family.settings)
    groups = [subject.group for subject in batch.subjects]
    known = by_group(predicted, batch.log_s, batch.scored, groups)
    prior_file = Prior(
        family=family.name,
        classes=batch.classes,
        covariates=family.covariates,
        population=prior,
        known=known,
        new=_new(family, batch, defaults),
    )
    rates: dict[str, tuple[Rates, ...]] = {}
    for at, subject in enumerate(batch.subjects):
        if batch.fitted[at].sum() < family.least_networks:
            continue
        one = rates_of(
            family, batch, at, theta[at], trust=_machine_trust(batch, predicted, at, known)
        )
        rates[subject.profile] = (*rates.get(subject.profile, ()), one)
    return Fitted(
        family=family,
        batch=batch,
        predicted=predicted,
        prior=prior_file,
        rates=rates,
        guesses=_unmeasured(family, machines, batch, prior_file),
    )


def _machine_trust(
    batch: Batch, predicted: Array, machine: int, known: Mapping[str, Trust]
) -> Trust | None:
    """Errors of the machine's own held-out networks, with the interval of all of its type."""
    family = known.get(batch.subjects[machine].group, known.get(ALL))
    only = np.zeros_like(batch.scored)
    only[machine] = batch.scored[machine]
    mine = trust(predicted, batch.log_s, only)
    if family is None or mine is None:
        return None
    return replace(family, mean_ratio=mine.mean_ratio, median_ratio=mine.median_ratio)


def _new(family: Family, batch: Batch, defaults: Array) -> dict[int, dict[str, Trust]]:
    """Trust on machines that no fit has seen, by how many networks were measured there."""
    if not family.suggest or len({s.chip for s in batch.subjects}) < 4:  # noqa: PLR2004
        return {}
    tried = [k for k in _LEARNED if k <= len(family.suggest)]
    predictions = new_machines(
        batch,
        defaults,
        family.settings,
        measured=[family.suggest[:k] for k in tried],
        unseen=True,
    )
    groups = [subject.group for subject in batch.subjects]
    return {
        k: by_group(each, batch.log_s, batch.scored, groups)
        for k, each in zip(tried, predictions, strict=True)
    }


def _unmeasured(
    family: Family, machines: Mapping[str, Hardware], batch: Batch, prior: Prior
) -> dict[str, tuple[Rates, ...]]:
    """Rates of machines of the family's kind that nobody measured: the population's mean."""
    runtimes = {subject.runtime for subject in batch.subjects}
    if 0 not in prior.new:
        return {}
    found: dict[str, tuple[Rates, ...]] = {}
    for name, hardware in machines.items():
        if hardware.device_class not in family.device_classes or hardware.runtime not in runtimes:
            continue
        each = tuple(
            _population_rates(family, subject, machines, batch, prior)
            for subject in _guesses(family, hardware)
        )
        if each:
            found[name] = each
    return found


def _population_rates(
    family: Family,
    subject: Subject,
    machines: Mapping[str, Hardware],
    batch: Batch,
    prior: Prior,
) -> Rates:
    """What machines like this one have in common."""
    theta = prior.population.mean(covariates_of(family, [subject], machines))[0]
    empty = replace(
        batch.of([0]), subjects=(subject,), fitted=np.zeros((1, len(batch.networks)), bool)
    )
    earned = prior.after(0, subject.group)
    return rates_of(family, empty, 0, theta, trust=earned, new=True, how=_UNMEASURED)


def _guesses(family: Family, hardware: Hardware) -> list[Subject]:
    """How an unmeasured machine would be used: with one core, and with all of them."""
    half = hardware.compute.get("float16")
    is_half = half is not None and half.runs_as == "float16" and "float16" in family.dtypes
    dtype = "float16" if is_half else "float32"
    if dtype not in family.dtypes or dtype not in hardware.compute:
        return []
    first = next(iter(hardware.sources), "")
    one = Subject(
        profile=hardware.name,
        runtime=hardware.runtime,
        dtype=dtype,
        chip=hardware.chip,
        source=family.tables[0] if family.tables[0] in hardware.sources else first,
    )
    if family.threads is None:
        return [one]
    counts = sorted({1, hardware.cores or 1})
    return [replace(one, threads=n) for n in counts if family.takes_threads(n)]


def by_profile(fits: Sequence[Fitted], machines: Mapping[str, Hardware]) -> dict[str, list[Rates]]:
    """All rates of each profile: its own runtime first, then by runtime, type and threads."""
    found: dict[str, list[Rates]] = {}
    for fit in fits:
        for name, each in fit.rates.items():
            found.setdefault(name, []).extend(each)
    for fit in fits:
        for name, each in fit.guesses.items():
            found.setdefault(name, list(each))
    for name, several in found.items():
        own = machines[name].runtime
        several.sort(
            key=lambda r: (r.runtime != own, r.runtime, r.dtype != "float32", r.threads or 0)
        )
    return found
