"""The most probable rates: by hand, against a general minimizer, and with rows that are odd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.fit.posterior import Posterior, log_seconds, posterior
from fit_cases import CHARGES, batch

MEAN = np.array([[0.2, np.log(0.015)]])
COVARIANCE = np.array([[0.3, 0.1], [0.1, 0.5]])


def fitted(log_s, charges=CHARGES[None], used=None, **more) -> Posterior:
    fields = {"mean": MEAN, "covariance": COVARIANCE, "sigma": 0.1, "freedom": 4.0}
    log_s = np.atleast_2d(log_s)
    used = np.ones(log_s.shape, bool) if used is None else used
    return posterior(charges, log_s, used, **{**fields, **more})


def negative_log(theta, log_s, sigma=0.1, freedom=4.0) -> float:
    """The same in the words of the textbook: Student's t of residuals, a normal prior."""
    residual = np.log(CHARGES @ np.exp(theta)) - log_s
    away = theta - MEAN[0]
    rows = (freedom + 1) / 2 * np.log1p((residual / sigma) ** 2 / freedom)
    return float(rows.sum() + away @ np.linalg.inv(COVARIANCE) @ away / 2)


def test_one_class_and_one_row_by_hand() -> None:
    # Almost normal rows: precisions add up, 1 / 0.1^2 of the row and 1 / 0.2^2 of the prior.
    found = posterior(
        np.array([[[2.0]]]),
        np.array([[np.log(2.0) + 0.5]]),
        np.array([[True]]),
        mean=np.array([[0.0]]),
        covariance=np.array([[0.04]]),
        sigma=0.1,
        freedom=1e9,
    )

    assert found.theta[0, 0] == pytest.approx(0.5 * 100 / 125)
    assert found.covariance[0, 0, 0] == pytest.approx(1 / 125)
    assert found.residual[0, 0] == pytest.approx(0.4 - 0.5)
    assert found.weight[0, 0] == pytest.approx(100)


def test_rounding_adds_to_the_noise_of_its_row() -> None:
    found = posterior(
        np.array([[[2.0]]]),
        np.array([[np.log(2.0) + 0.5]]),
        np.array([[True]]),
        mean=np.array([[0.0]]),
        covariance=np.array([[0.04]]),
        sigma=0.06,
        freedom=1e9,
        rounding=np.array([[0.08]]),  # with 0.06 that is 0.1
    )

    assert found.theta[0, 0] == pytest.approx(0.4)


def test_below_the_floor_theta_is_held_back_by_hand() -> None:
    # The row wants -1 with a precision of 100, the floor 0 with one of 1 / 0.05^2 = 400.
    found = posterior(
        np.array([[[1.0]]]),
        np.array([[-1.0]]),
        np.array([[True]]),
        mean=np.array([[0.0]]),
        covariance=np.array([[1e6]]),
        sigma=0.1,
        freedom=1e9,
        floor=np.array([[0.0]]),
    )

    assert found.theta[0, 0] == pytest.approx(-0.2, abs=1e-4)
    assert found.covariance[0, 0, 0] == pytest.approx(1 / 500, rel=1e-3)


def test_above_the_floor_it_does_not_matter() -> None:
    log_s = batch(np.array([[0.3, -4.0]])).log_s

    held = fitted(log_s, floor=np.array([[-2.0, -np.inf]]))

    assert held.theta == pytest.approx(fitted(log_s).theta)
    assert held.covariance == pytest.approx(fitted(log_s).covariance)


@given(
    theta=st.tuples(st.floats(-2, 2), st.floats(-7, -2)),
    noise=st.lists(st.floats(-0.3, 0.3), min_size=6, max_size=6),
)
def test_is_where_a_general_minimizer_ends(theta: tuple[float, float], noise: list[float]) -> None:
    minimize = pytest.importorskip("scipy.optimize").minimize
    log_s = np.log(CHARGES @ np.exp(np.array(theta))) + np.array(noise)

    found = fitted(log_s, steps=2000).theta[0]
    best = minimize(negative_log, found, args=(log_s,), method="BFGS", options={"gtol": 1e-9})

    assert negative_log(found, log_s) <= best.fun + 1e-6
    assert found == pytest.approx(best.x, abs=2e-3)


def test_it_ends_in_few_steps() -> None:
    random = np.random.default_rng(8)
    theta = np.column_stack([random.uniform(-2, 2, 200), random.uniform(-7, -2, 200)])
    several = batch(theta, noise=random.uniform(-0.3, 0.3, (200, 6)))
    mean = np.repeat(MEAN, 200, axis=0)

    few, many = (
        posterior(
            several.charges, several.log_s, several.fitted,
            mean=mean, covariance=COVARIANCE, sigma=0.1, freedom=4.0, steps=steps,
        ).theta
        for steps in (40, 3000)
    )  # fmt: skip

    assert few == pytest.approx(many, abs=0.01)


def test_a_start_far_away_ends_in_the_same_place() -> None:
    log_s = batch(np.array([[0.3, -4.0]])).log_s

    far = fitted(log_s, start=np.array([[30.0, -40.0]]), steps=500)

    assert far.theta == pytest.approx(fitted(log_s, steps=500).theta, abs=1e-3)


def test_without_rows_it_is_the_prior() -> None:
    found = fitted(np.zeros(6), used=np.zeros((1, 6), bool))

    assert found.theta == pytest.approx(MEAN)
    assert found.covariance[0] == pytest.approx(COVARIANCE)
    assert not found.weight.any()


def test_machines_do_not_touch_each_other() -> None:
    several = batch(np.array([[0.1, -4.0], [1.0, -5.0], [-0.6, -3.5]]))
    mean = np.repeat(MEAN, 3, axis=0)

    together = posterior(
        several.charges, several.log_s, several.fitted,
        mean=mean, covariance=COVARIANCE, sigma=0.1, freedom=4.0,
    )  # fmt: skip

    for index in range(3):
        alone = fitted(several.log_s[index])
        assert together.theta[index] == pytest.approx(alone.theta[0], abs=1e-4)


def test_one_odd_row_counts_for_little() -> None:
    clean = batch(np.array([[0.3, -4.0]])).log_s
    odd = clean.copy()
    odd[0, 2] += np.log(5)

    bent = fitted(odd)

    assert bent.weight[0, 2] < 0.03 * bent.weight[0, 0]
    assert bent.theta == pytest.approx(fitted(clean).theta, abs=0.1)


def test_the_scale_of_all_rows_moves_with_the_machine() -> None:
    """A machine 20 times slower is found though the prior expects another."""
    loose = COVARIANCE + 1.5**2
    clean = batch(np.array([[0.3, -4.0]])).log_s

    slow = fitted(clean + np.log(20), covariance=loose).theta - np.log(20)

    assert slow == pytest.approx(fitted(clean, covariance=loose).theta, abs=0.1)


def test_log_seconds_by_hand() -> None:
    charges = np.array([[[1.0, 2.0]], [[0.0, 0.0]]])
    theta = np.log(np.array([[3.0, 4.0], [1.0, 1.0]]))

    found = log_seconds(charges, theta)

    assert found[0, 0] == pytest.approx(np.log(11.0))
    assert np.isfinite(found[1, 0])  # a network that asks nothing takes no time, but some
