"""Predictions of every family without the network, without the chip, and of rules of thumb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from costscope.fit.assemble import assemble, default_coefficients
from costscope.fit.batch import Array, Batch
from costscope.fit.family import FAMILIES, Family
from costscope.fit.held_out import left_out_networks, new_machines
from costscope.fit.networks import Networks
from costscope.fit.population import population, posterior_of
from costscope.fit.posterior import log_seconds
from costscope.fit.rows import Row as Measured
from costscope.hardware.types import Hardware
from device_accuracy_baselines import baselines
from device_accuracy_rows import (
    ARCHITECTURE,
    KNOWN,
    LEARNED,
    NEW,
    STRICT,
    Held,
    Machine,
    Row,
    after,
    architecture,
)

_FEWEST_CHIPS = 4  # that a population of new machines can be judged by
Told = Callable[[str], None]


def held_out(
    rows: Sequence[Measured],
    machines: Mapping[str, Hardware],
    networks: Networks,
    *,
    told: Told,
) -> tuple[dict[str, Batch], tuple[Held, ...]]:
    """Every family that has rows: its batch by name, and its held-out rows."""
    batches, found = {}, []
    for name, family in FAMILIES.items():
        batch = assemble(family, rows, machines, networks)
        if not batch.subjects:
            told(f"{name}: no rows")
            continue
        told(f"{name}: {int(batch.fitted.sum())} rows, {len(batch.subjects)} machines")
        batches[name] = batch
        found.append(_held(family, batch, machines, networks))
    return batches, tuple(found)


def _held(
    family: Family, batch: Batch, machines: Mapping[str, Hardware], networks: Networks
) -> Held:
    defaults = default_coefficients(family)
    log_s = {
        KNOWN: left_out_networks(batch, defaults, family.settings),
        **_architectures(family, batch, defaults),
        **baselines(family, batch, machines, networks),
        **_new(family, batch, defaults),
    }
    return Held(
        name=family.name,
        summary=family.summary,
        ranking=family.ranking,
        suggest=family.suggest,
        left_out=family.left_out,
        rows=rows_of(family, batch, log_s, machines),
    )


def rows_of(
    family: Family, batch: Batch, log_s: Mapping[str, Array], machines: Mapping[str, Hardware]
) -> tuple[Row, ...]:
    """The measured rows of a batch with their predictions, of which nothing may be missing."""
    found = []
    for at, subject in enumerate(batch.subjects):
        machine = Machine(
            subject=subject,
            device_class=machines[subject.profile].device_class,
            structure=family.structure,
        )
        for column in np.flatnonzero(batch.charges[at].any(axis=1)):
            values = {key: each[at, column] for key, each in log_s.items()}
            found.append(
                Row(
                    machine=machine,
                    network=batch.networks[column],
                    scored=bool(batch.scored[at, column]),
                    measured_s=float(np.exp(batch.log_s[at, column])),
                    predicted_s={k: float(np.exp(v)) for k, v in values.items() if np.isfinite(v)},
                )
            )
    return tuple(found)


def siblings(networks: Sequence[str]) -> list[list[int]]:
    """Indices of the variants of each architecture."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(networks):
        found.setdefault(architecture(name), []).append(at)
    return list(found.values())


def _architectures(family: Family, batch: Batch, defaults: Array) -> dict[str, Array]:
    """(D, N): log seconds without any variant of the network; none where each has one."""
    groups = siblings(batch.networks)
    if len(groups) in {1, len(batch.networks)}:
        return {}
    found = np.full(batch.log_s.shape, np.nan)
    for columns in groups:
        rest = batch
        for column in columns:
            rest = rest.without(network=column)
        prior = population(rest, defaults, family.settings)
        theta = posterior_of(rest, prior).theta
        found[:, columns] = log_seconds(batch.charges[:, columns], theta)
    return {ARCHITECTURE: found}


def _new(family: Family, batch: Batch, defaults: Array) -> dict[str, Array]:
    """Log seconds on machines whose chip no fit has seen, after k suggested networks."""
    if not family.suggest or len({each.chip for each in batch.subjects}) < _FEWEST_CHIPS:
        return {}
    tried = [k for k in LEARNED if k <= len(family.suggest)]
    found: dict[str, Array] = {}
    for protocol in (NEW, STRICT):
        predicted = new_machines(
            batch,
            defaults,
            family.settings,
            measured=[family.suggest[:k] for k in tried],
            unseen=protocol == STRICT,
        )
        found |= {after(protocol, k): each for k, each in zip(tried, predicted, strict=True)}
    return found
