"""The rates of machines given a prior: the maximum of a robust posterior.

theta = log(seconds per unit); a network's seconds are sum(charge * exp(theta)). Residuals of
log seconds follow Student's t, so that one odd network does not bend a machine; theta has a
normal prior. Damped Gauss-Newton with the analytic Jacobian, all machines at once, each until
it stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from costscope.fit.batch import Array, Mask

_LARGEST_STEP = 1.0  # of a logarithm, so that a start far away does not overshoot
_BOLDER, _BOLDEST = 1.5, 6.0  # times the last step, times a whole one
_ENOUGH = 1e-5
_LEAST_S = 1e-12
_LEAST_THETA = -1e6  # in place of no floor
_HARDLY = 0.05  # standard deviation of what lies below the floor

_Slopes = Callable[[Array, npt.NDArray[np.intp]], tuple[Array, Array, Array, Array, Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Where the rates of D machines are, and how sure that is.

    Attributes:
        theta: (D, P): logarithm of seconds per unit.
        covariance: (D, P, P).
        residual: (D, N): log of predicted over measured; 0 for rows that were not used.
        weight: (D, N): inverse variance that each row was given.
    """

    theta: Array
    covariance: Array
    residual: Array
    weight: Array


def log_seconds(charges: Array, theta: Array) -> Array:
    """Logarithm of the predicted seconds, (D, N), of charges (D, N, P) and theta (D, P)."""
    total = np.einsum("dnp,dp->dn", charges, np.exp(theta))
    return np.asarray(np.log(np.maximum(total, _LEAST_S)))


def posterior(
    charges: Array,
    log_s: Array,
    used: Mask,
    *,
    mean: Array,
    covariance: Array,
    sigma: float,
    freedom: float,
    rounding: Array | None = None,
    floor: Array | None = None,
    start: Array | None = None,
    steps: int = 40,
) -> Posterior:
    """The most probable rates.

    Args:
        charges: (D, N, P).
        log_s: (D, N).
        used: (D, N): rows to fit.
        mean: (D, P): of the prior.
        covariance: (P, P) of the prior, the same for all machines.
        sigma: scale of a row's residual.
        freedom: degrees of freedom of Student's t.
        rounding: (D, N): standard deviation of a row beside that, as a share; none if None.
        floor: (D, P): what theta may hardly be below: nothing is faster than a published
            peak; -inf where there is no such thing.
        start: (D, P): where to begin; the mean if None.
        steps: at most so many.
    """
    noise: Array = np.broadcast_to(np.array(sigma), log_s.shape)
    if rounding is not None:
        noise = np.sqrt(sigma**2 + rounding**2)
    lowest = np.full_like(mean, -np.inf) if floor is None else floor
    inverse: Array = np.linalg.inv(covariance).astype(np.float64)
    theta = _descended(
        mean if start is None else start,
        lambda found, at: _slopes(
            charges[at],
            log_s[at],
            used[at],
            found,
            mean[at],
            inverse,
            noise[at],
            freedom,
            lowest[at],
        ),
        steps,
    )
    _, _, hessian, residual, weight = _slopes(
        charges, log_s, used, theta, mean, inverse, noise, freedom, lowest
    )
    return Posterior(
        theta=theta,
        covariance=np.linalg.inv(hessian).astype(np.float64),
        residual=residual,
        weight=weight,
    )


def _descended(start: Array, slopes: _Slopes, steps: int) -> Array:
    """Gauss-Newton on all machines that still move.

    Where rows are far off, its steps are too short: each may be bolder than the last, until
    one makes it worse, which is halved.
    """
    theta = start.copy()
    least, step = np.full(len(theta), np.inf), np.zeros_like(theta)
    moving, bold = np.arange(len(theta)), np.ones((len(theta), 1))
    for _ in range(steps):
        if not moving.size:
            break
        found = theta[moving] + step[moving]
        loss, gradient, hessian, _, _ = slopes(found, moving)
        better = loss <= least[moving]
        at = moving[better]
        theta[at], least[at] = found[better], loss[better]
        whole = -np.linalg.solve(hessian[better], gradient[better][:, :, None])[:, :, 0]
        largest = np.abs(whole).max(axis=1, keepdims=True)
        step[at] = whole * np.minimum(bold[at], _LARGEST_STEP / np.maximum(largest, _LEAST_S))
        bold[at] = np.minimum(_BOLDER * bold[at], _BOLDEST)
        step[moving[~better]] /= 2
        bold[moving[~better]] = 1.0
        moving = moving[np.abs(step[moving]).max(axis=1) >= _ENOUGH]
    return theta


def _slopes(
    charges: Array,
    log_s: Array,
    used: Mask,
    theta: Array,
    mean: Array,
    inverse: Array,
    noise: Array,
    freedom: float,
    lowest: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """Negative log posterior, its gradient and Gauss-Newton Hessian, residuals, weights."""
    parts = charges * np.exp(theta)[:, None, :]
    total = np.maximum(parts.sum(axis=2), _LEAST_S)
    residual = np.where(used, np.log(total) - log_s, 0.0)
    weight = np.where(used, (freedom + 1) / (freedom + (residual / noise) ** 2) / noise**2, 0.0)
    share = parts / total[:, :, None]
    pulled = (theta - mean) @ inverse
    weighted = (share * weight[:, :, None]).transpose(0, 2, 1)
    gradient = (weighted @ residual[:, :, None])[:, :, 0] + pulled
    hessian = weighted @ share + inverse
    below = np.where(theta < lowest, theta - np.maximum(lowest, _LEAST_THETA), 0.0) / _HARDLY
    gradient = gradient + below / _HARDLY
    hessian = hessian + (theta < lowest)[:, :, None] * np.eye(theta.shape[1]) / _HARDLY**2
    tails = np.where(used, np.log1p((residual / noise) ** 2 / freedom), 0.0).sum(axis=1)
    away = (pulled * (theta - mean)).sum(axis=1)
    loss = ((freedom + 1) * tails + away + (below**2).sum(axis=1)) / 2
    return loss, gradient, hessian, residual, weight
