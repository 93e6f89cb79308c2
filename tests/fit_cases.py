"""Machines made by hand for the fits: two classes, latencies that follow from known rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costscope.fit.batch import Array, Batch, Subject
from costscope.fit.population import Settings

CLASSES = ("work", "calls")
NETWORKS = ("wide", "deep", "mixed", "small", "large", "other")
# Seconds at the peak, and calls, of each network.
CHARGES = np.array(
    [[1.0, 2.0], [0.2, 90.0], [0.6, 40.0], [0.05, 10.0], [4.0, 60.0], [0.9, 5.0]], float
)
DEFAULTS = np.array([[0.0, np.log(0.01)], [0.0, 0.0]])


def batch(
    theta: Array,
    covariates: Array | None = None,
    *,
    networks: Sequence[int] | None = None,
    noise: Array | None = None,
    chips: Sequence[str] | None = None,
) -> Batch:
    """Machines of these logarithms of seconds per unit (D, P), with all networks measured."""
    machines = len(theta)
    charges = np.repeat(CHARGES[None], machines, axis=0)
    if networks is not None:
        charges = charges[:, list(networks)]
    log_s = np.log(np.einsum("dnp,dp->dn", charges, np.exp(theta)))
    if noise is not None:
        log_s = log_s + noise
    known = np.ones(log_s.shape, bool)
    chips = chips or [f"chip{index}" for index in range(machines)]
    return Batch(
        subjects=tuple(
            Subject(profile=f"board{index}", runtime="r", chip=chip)
            for index, chip in enumerate(chips)
        ),
        networks=tuple(NETWORKS[: charges.shape[1]]),
        classes=CLASSES,
        covariates=np.column_stack([np.ones(machines), np.zeros(machines)])
        if covariates is None
        else covariates,
        charges=charges,
        log_s=log_s,
        fitted=known,
        scored=known.copy(),
        rounding=np.zeros(log_s.shape),
    )


def machines(count: int, *, seed: int = 5, noise: float = 0.05) -> tuple[Batch, Array]:
    """Machines drawn around known coefficients (Q, P), and those coefficients."""
    random = np.random.default_rng(seed)
    covariates = np.column_stack([np.ones(count), random.uniform(-1, 1, count)])
    coefficients = np.array([[0.4, np.log(0.02)], [-0.5, 0.8]])
    theta = covariates @ coefficients + random.normal(0, 0.2, (count, 2))
    return (
        batch(theta, covariates, noise=random.normal(0, noise, (count, len(CHARGES)))),
        coefficients,
    )


SETTINGS = Settings(rounds=8)
