"""Predictions of what a fit has not seen: networks, and machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from costscope.fit.batch import Array, Batch
from costscope.fit.population import Population, Settings, population, posterior_of
from costscope.fit.posterior import log_seconds


def left_out_networks(batch: Batch, defaults: Array, settings: Settings) -> Array:
    """(D, N): log seconds of every network, fitted without it on any machine and in the prior."""
    found = np.full(batch.log_s.shape, np.nan)
    for column in range(len(batch.networks)):
        rest = batch.without(network=column)
        prior = population(rest, defaults, settings)
        theta = posterior_of(rest, prior).theta
        found[:, column] = log_seconds(batch.charges[:, [column]], theta)[:, 0]
    return found


def new_machines(
    batch: Batch,
    defaults: Array,
    settings: Settings,
    *,
    measured: Sequence[Sequence[str]],
    unseen: bool,
    folds: int = 6,
) -> list[Array]:
    """For each choice of networks (D, N): log seconds on machines whose chip no fit has seen.

    Args:
        batch: the family.
        defaults: (Q, P).
        settings: of the fit.
        measured: choices of networks that are measured on the new machine, as far as the
            batch has them there; a network that is predicted is never among them.
        unseen: whether the predicted network is also left out on all other machines.
        folds: into how many parts the networks are split where they are.
    """
    found = [np.full(batch.log_s.shape, np.nan) for _ in measured]
    chips = np.array([subject.chip for subject in batch.subjects])
    wanted = [[batch.networks.index(n) for n in each if n in batch.networks] for each in measured]
    for chip in dict.fromkeys(chips):
        here = np.flatnonzero(chips == chip)
        mine = batch.of(here)
        others = batch.without(machines=chips == chip)
        for columns in _parts(len(batch.networks), folds if unseen else 1):
            seen = others
            for column in columns if unseen else ():
                seen = seen.without(network=column)
            prior = population(seen, defaults, settings).loosened(settings)
            for result, known in zip(found, wanted, strict=True):
                result[np.ix_(here, np.array(columns, dtype=np.intp))] = _predicted(
                    mine, columns, known, prior
                )
    return found


def _predicted(
    batch: Batch, columns: Sequence[int], known: Sequence[int], prior: Population
) -> Array:
    """(D, columns): log seconds after the known networks but the predicted one."""
    general = _after(batch, known, prior)
    found = np.empty((len(batch.subjects), len(columns)))
    for at, column in enumerate(columns):
        theta = general
        if column in known:
            theta = _after(batch, [k for k in known if k != column], prior)
        found[:, at] = log_seconds(batch.charges[:, [column]], theta)[:, 0]
    return found


def _after(batch: Batch, columns: Sequence[int], prior: Population) -> Array:
    """Rates after some of the networks were measured."""
    fitted = np.zeros_like(batch.fitted)
    fitted[:, columns] = batch.fitted[:, columns]
    return posterior_of(replace(batch, fitted=fitted), prior).theta


def _parts(size: int, parts: int) -> list[list[int]]:
    """Every n-th index: networks that stand together in a table are often relatives."""
    return [list(range(start, size, parts)) for start in range(min(parts, size))]
