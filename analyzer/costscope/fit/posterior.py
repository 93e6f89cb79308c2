"""The rates of machines given a prior: the maximum of a robust posterior.

theta = log(seconds per unit); a network's seconds are sum(charge * exp(theta)). Residuals of
log seconds follow Student's t, so that one odd network does not bend a machine; theta has a
normal prior. Damped Gauss-Newton with the analytic Jacobian, all machines at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costscope.fit.batch import Array, Mask

_LARGEST_STEP = 1.0  # of a logarithm, so that a start far away does not overshoot
_ENOUGH = 1e-5
_LEAST_S = 1e-12
_HARDLY = 0.05  # standard deviation of what lies below the floor


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
    theta = (mean if start is None else start).copy()
    for _ in range(steps):
        gradient, hessian, _, _ = _slopes(
            charges, log_s, used, theta, mean, inverse, noise, freedom, lowest
        )
        step = -np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        largest = np.abs(step).max(axis=1, keepdims=True)
        theta += step * np.minimum(1.0, _LARGEST_STEP / np.maximum(largest, _LEAST_S))
        if np.abs(step).max(initial=0.0) < _ENOUGH:
            break
    _, hessian, residual, weight = _slopes(
        charges, log_s, used, theta, mean, inverse, noise, freedom, lowest
    )
    return Posterior(
        theta=theta,
        covariance=np.linalg.inv(hessian).astype(np.float64),
        residual=residual,
        weight=weight,
    )


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
) -> tuple[Array, Array, Array, Array]:
    """Gradient and Gauss-Newton Hessian of the negative log posterior, residuals, weights."""
    parts = charges * np.exp(theta)[:, None, :]
    total = np.maximum(parts.sum(axis=2), _LEAST_S)
    residual = np.where(used, np.log(total) - log_s, 0.0)
    weight = np.where(used, (freedom + 1) / (freedom + (residual / noise) ** 2) / noise**2, 0.0)
    share = parts / total[:, :, None]
    gradient = np.einsum("dnp,dn->dp", share, weight * residual) + (theta - mean) @ inverse
    hessian = np.einsum("dnp,dn,dnq->dpq", share, weight, share, optimize=True) + inverse
    below = theta < lowest
    gradient = gradient + np.where(below, theta - np.where(below, lowest, 0.0), 0.0) / _HARDLY**2
    hessian = hessian + below[:, :, None] * np.eye(theta.shape[1]) / _HARDLY**2
    return gradient, hessian, residual, weight
