"""Intervals by hand, and how often they hold what was never seen."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.fit.intervals import (
    ALL,
    by_group,
    coverage,
    ends,
    few_networks,
    pair,
    trust,
    widened,
)


def test_ends_by_hand() -> None:
    # Of 58 residuals the ranks are ceil(0.95 * 59) = 57 and its mirror, 2.
    residuals = np.arange(1, 59) / 100
    shuffled = np.random.default_rng(1).permutation(residuals)

    low, high = ends(shuffled)

    assert low == pytest.approx(exp(-0.57))  # predicted too slow: measured over predicted is low
    assert high == pytest.approx(exp(-0.02))


def test_of_few_residuals_the_extremes_are_the_ends() -> None:
    assert ends(np.array([0.1, -0.2, 0.0])) == (pytest.approx(exp(-0.1)), pytest.approx(exp(0.2)))


@pytest.mark.parametrize("count", [19, 50, 200])
def test_ends_hold_a_new_residual_as_often_as_they_claim(count: int) -> None:
    random = np.random.default_rng(7)
    hits, tries = 0, 4000
    for _ in range(tries):
        drawn = random.standard_t(3, count + 1)
        low, high = ends(drawn[:-1])
        hits += low <= exp(-drawn[-1]) <= high
    assert 0.885 <= hits / tries <= 0.9 + 2 / (count + 1) + 0.015


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=60))
def test_ends_are_in_order_and_among_the_residuals(residuals: list[float]) -> None:
    low, high = ends(np.array(residuals))

    assert low <= high
    assert min(residuals) - 1e-9 <= -log(high) <= -log(low) <= max(residuals) + 1e-9


def test_pair_by_hand() -> None:
    # Two networks on one machine, 0.3 apart: gaps of 0.3 and -0.3, nine tenths of the way up.
    residual = np.array([[0.1, 0.4, np.nan]])

    assert pair(residual) == pytest.approx(exp(-0.3 + 0.9 * 0.6))


def test_pair_of_single_networks_tells_nothing_apart_wrongly() -> None:
    assert pair(np.array([[0.5, np.nan], [np.nan, 0.2]])) == 1.0


def test_a_bias_that_all_networks_of_a_machine_share_does_not_matter_for_their_order() -> None:
    assert pair(np.array([[0.5, 0.5, 0.5], [-2.0, -2.0, -2.0]])) == pytest.approx(1.0)


@pytest.mark.parametrize("sigma", [0.05, 0.3])
def test_pairs_farther_apart_than_the_ratio_are_in_order_as_often_as_claimed(sigma: float) -> None:
    random = np.random.default_rng(3)
    needed = log(pair(random.normal(0, sigma, (40, 8))))
    gaps = random.normal(0, sigma, (50_000, 2))
    # A pair predicted just `needed` apart: in order unless the residuals differ by more.
    right = (needed - (gaps[:, 0] - gaps[:, 1])) > 0

    assert right.mean() == pytest.approx(0.9, abs=0.03)


def test_trust_by_hand() -> None:
    predicted = np.log([[1.1, 0.8, 5.0], [1.0, np.nan, 2.0]])
    scored = np.array([[True, True, False], [True, True, False]])

    found = trust(predicted, np.zeros((2, 3)), scored)

    assert found is not None
    assert (found.rows, found.networks) == (3, 2)
    assert found.mean_ratio == pytest.approx((0.1 + 0.2 + 0.0) / 3)
    assert found.median_ratio == pytest.approx(0.1)
    # Three rows of two networks: a third of the way to the ends of two networks, three times
    # as far as those of many.
    assert found.low_ratio == pytest.approx(1.1 ** -(1 + 2 / 3))
    assert found.high_ratio == pytest.approx(0.8 ** -(1 + 2 / 3))


def test_without_rows_there_is_no_trust() -> None:
    nothing = np.zeros((2, 3), bool)

    assert trust(np.zeros((2, 3)), np.zeros((2, 3)), nothing) is None
    assert by_group(np.zeros((2, 3)), np.zeros((2, 3)), nothing, ["a", "b"]) == {}


def test_small_groups_share_the_interval_of_all() -> None:
    random = np.random.default_rng(2)
    predicted = random.normal(0, 0.1, (12, 10))
    groups = ["many"] * 9 + ["few"] * 3

    found = by_group(predicted, np.zeros((12, 10)), np.ones((12, 10), bool), groups)

    assert set(found) == {ALL, "many"}
    assert found["many"].rows == 90
    assert found[ALL].rows == 120


def test_coverage_is_judged_by_other_networks() -> None:
    """One network far from all others is outside, though its own residuals are alike."""
    residual = np.random.default_rng(4).normal(0, 0.05, (30, 10))
    residual[:, 3] += 2.0

    found = coverage(residual, np.zeros_like(residual), np.ones(residual.shape, bool))

    assert found <= 0.9


@pytest.mark.parametrize(("networks", "share"), [(4, 0.82), (8, 0.89), (25, 0.9)])
def test_few_networks_that_are_off_alike_everywhere_are_covered(
    networks: int, share: float
) -> None:
    """Each network is off the same way on all machines, so that they are the sample.

    Three networks, which are all that is left of four, cannot tell quite enough.
    """
    random = np.random.default_rng(5)
    shape = (40, networks)
    found = [
        coverage(
            random.normal(0, 0.1, (1, networks)) + random.normal(0, 0.03, shape),
            np.zeros(shape),
            np.ones(shape, bool),
        )
        for _ in range(200)
    ]

    assert np.mean(found) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("networks", "quantile"), [(4, 2.353), (6, 2.015), (11, 1.812), (31, 1.697)]
)
def test_the_correction_for_few_networks_is_students(networks: int, quantile: float) -> None:
    expected = quantile / 1.645 * (1 + 1 / networks) ** 0.5

    assert few_networks(networks) == pytest.approx(expected, rel=0.003)


def test_coverage_of_nothing_is_no_number() -> None:
    assert np.isnan(coverage(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1), bool)))


def test_widened() -> None:
    earned = trust(np.log([[1.2, 0.9, 1.0]]), np.zeros((1, 3)), np.ones((1, 3), bool))
    assert earned is not None

    wide = widened(earned, 2.0)

    assert wide.low_ratio == pytest.approx(earned.low_ratio**2)
    assert wide.high_ratio == pytest.approx(earned.high_ratio**2)
    assert wide.pair_ratio == pytest.approx(earned.pair_ratio**2)
    assert widened(earned, 0.5) == earned
    biased = replace(earned, low_ratio=1.1, high_ratio=1.4)
    assert widened(biased, 2.0).low_ratio == 1.1
    assert widened(biased, 100.0).high_ratio == 1000.0
