"""The population that machines of a family are drawn from: empirical Bayes.

theta_d ~ N(x_d B, S): the mean follows what a data sheet says of the machine, S is how far
machines of the same data sheet differ. B, S and the noise of a row are estimated from all
machines together, in turns with each machine's own rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from costscope.fit.batch import Array, Batch
from costscope.fit.posterior import Posterior, posterior

_MEAN_SPREAD = 1.0
_LEAST_SIGMA, _MOST_SIGMA = 0.03, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a family is fitted; logarithms of seconds per unit.

    Attributes:
        freedom: degrees of freedom of a row's residual.
        rounds: turns between machines and population; 0 keeps the defaults as the prior.
        spread: standard deviation of each class between machines; where it is learned, what
            that begins with.
        learn: whether the covariance is learned, which takes many machines.
        mean_spread: how far the mean of all machines may lie from the defaults, by class;
            for families that do not learn the covariance.
        scale: of a factor common to all classes of a machine, on top of `spread`.
        sigma: noise of a row before it is estimated.
        ridge: weight of the defaults against the machines, in machines per machine.
        least_variance: added to the variance of every class.
        new_scale: of a factor common to all classes of a machine that is new: what its data
            sheet says may be off, and without this its first rows would look like outliers.
        new_noise: how much noisier a row of a new machine is taken to be: with few rows the
            prior, which is a mean of many, deserves more weight.
    """

    freedom: float = 4.0
    rounds: int = 5
    spread: float = 0.7
    learn: bool = True
    mean_spread: Mapping[str, float] = field(default_factory=dict)
    scale: float = 0.0
    sigma: float = 0.12
    ridge: float = 0.01
    least_variance: float = 0.01
    new_scale: float = 1.5
    new_noise: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A prior: (Q, P) coefficients, (P, P) covariance, noise of a row."""

    coefficients: Array
    covariance: Array
    sigma: float
    freedom: float

    def mean(self, covariates: Array) -> Array:
        """(D, P): the rates to expect of machines with these covariates (D, Q)."""
        return np.asarray(covariates @ self.coefficients)

    def loosened(self, settings: Settings, *, spread: float = 1.0) -> Population:
        """The prior for a machine that is new, `spread` times as far from the others."""
        return replace(
            self,
            covariance=self.covariance * spread**2 + settings.new_scale**2,
            sigma=self.sigma * settings.new_noise,
        )


def default_population(defaults: Array, settings: Settings) -> Population:
    """The prior before any machine is looked at; defaults are (Q, P)."""
    size = defaults.shape[1]
    covariance = np.eye(size) * settings.spread**2 + settings.scale**2
    return Population(
        coefficients=defaults, covariance=covariance, sigma=settings.sigma, freedom=settings.freedom
    )


def population(batch: Batch, defaults: Array, settings: Settings) -> Population:
    """The population behind a batch; the defaults where a family has too little to say."""
    found = default_population(defaults, settings)
    known = batch.of(np.flatnonzero(batch.fitted.any(axis=1)))
    theta: Array | None = None
    for _ in range(settings.rounds if known.subjects else 0):
        each = posterior_of(known, found, start=theta)
        theta = each.theta
        found = _estimate(known, each, defaults, settings, last=found.sigma)
    return found


def posterior_of(batch: Batch, prior: Population, *, start: Array | None = None) -> Posterior:
    """Every machine's own rates, from the rows that may be fitted."""
    return posterior(
        batch.charges,
        batch.log_s,
        batch.fitted,
        rounding=batch.rounding,
        floor=batch.floor,
        mean=prior.mean(batch.covariates),
        covariance=prior.covariance,
        sigma=prior.sigma,
        freedom=prior.freedom,
        start=start,
    )


def _estimate(
    batch: Batch, each: Posterior, defaults: Array, settings: Settings, *, last: float
) -> Population:
    covariates, machines = batch.covariates, len(batch.subjects)
    away = each.theta - covariates @ defaults
    squares = covariates.T @ covariates
    coefficients = defaults.copy()
    for at, ridge in enumerate(_ridges(batch, settings)):
        penalty = np.eye(len(squares)) * ridge
        coefficients[:, at] += np.linalg.solve(squares + penalty, covariates.T @ away[:, at])
    rest = each.theta - covariates @ coefficients
    spread = np.einsum("dp,dq->pq", rest, rest) + each.covariance.sum(axis=0)
    covariance = default_population(defaults, settings).covariance
    if settings.learn:
        covariance = spread / machines + settings.least_variance * np.eye(rest.shape[1])
    return Population(
        coefficients=coefficients,
        covariance=covariance,
        sigma=_noise(batch, each, last),
        freedom=settings.freedom,
    )


def _ridges(batch: Batch, settings: Settings) -> list[float]:
    """The weight of each class's defaults, in machines."""
    if settings.learn:
        return [settings.ridge * len(batch.subjects)] * len(batch.classes)
    wide = [settings.mean_spread.get(name, _MEAN_SPREAD) for name in batch.classes]
    return [(settings.spread / each) ** 2 for each in wide]


def _noise(batch: Batch, each: Posterior, last: float) -> float:
    """Scale of a row's residual: rows that fit badly count less, as in the fit."""
    rows = int(batch.fitted.sum())
    if rows == 0:
        return last
    squares = each.weight * each.residual**2  # the weights hold 1 / last^2
    return float(np.clip(np.sqrt(squares.sum() / rows) * last, _LEAST_SIGMA, _MOST_SIGMA))
