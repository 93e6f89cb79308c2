"""Predictions of what a fit has not seen: networks, and machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from costscope.fit.batch import Array, Batch, Mask
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
        measured: choices of networks that are measured on the new machine. In place of one
            that is predicted, or that the batch does not have there, the next of its networks
            is measured, so that there are always as many.
        unseen: whether the predicted network is also left out on all other machines.
        folds: into how many parts the networks are split where they are.
    """
    found = [np.full(batch.log_s.shape, np.nan) for _ in measured]
    chips = np.array([subject.chip for subject in batch.subjects])
    orders = [_order(batch, names) for names in measured]
    for chip in dict.fromkeys(chips):
        here = np.flatnonzero(chips == chip)
        mine = batch.of(here)
        others = batch.without(machines=chips == chip)
        for columns in _parts(len(batch.networks), folds if unseen else 1):
            seen = others
            for column in columns if unseen else ():
                seen = seen.without(network=column)
            prior = population(seen, defaults, settings).loosened(settings)
            for result, first, names in zip(found, orders, measured, strict=True):
                result[np.ix_(here, np.array(columns, dtype=np.intp))] = _predicted(
                    mine, columns, first, len(names), prior
                )
    return found


def _order(batch: Batch, names: Sequence[str]) -> list[int]:
    """Networks in the order that they would be measured in: those asked for, then the others."""
    asked = [batch.networks.index(name) for name in names if name in batch.networks]
    return [*asked, *(at for at in range(len(batch.networks)) if at not in asked)]


def _predicted(
    batch: Batch, columns: Sequence[int], order: Sequence[int], count: int, prior: Population
) -> Array:
    """(D, columns): log seconds after the first networks in order but the predicted one."""
    general = _measured(batch, order, count, without=None)
    theta = posterior_of(replace(batch, fitted=general), prior).theta
    found = np.empty((len(batch.subjects), len(columns)))
    for at, column in enumerate(columns):
        mine = theta
        if general[:, column].any():
            others = _measured(batch, order, count, without=column)
            mine = posterior_of(replace(batch, fitted=others), prior).theta
        found[:, at] = log_seconds(batch.charges[:, [column]], mine)[:, 0]
    return found


def _measured(batch: Batch, order: Sequence[int], count: int, *, without: int | None) -> Mask:
    """(D, N): the first networks of each machine, in order."""
    found = np.zeros_like(batch.fitted)
    for machine, row in enumerate(batch.fitted):
        mine = [at for at in order if row[at] and at != without]
        found[machine, mine[:count]] = True
    return found


def _parts(size: int, parts: int) -> list[list[int]]:
    """Every n-th index: networks that stand together in a table are often relatives."""
    return [list(range(start, size, parts)) for start in range(min(parts, size))]
