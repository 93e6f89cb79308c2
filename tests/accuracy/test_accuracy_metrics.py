"""Figures against sums written out, slow references, and laws."""

from __future__ import annotations

from math import sqrt

import pytest
from accuracy_metrics_slow import slow_kendall, slow_spearman
from hypothesis import given
from hypothesis import strategies as st

from costscope.accuracy.metrics import (
    coverage,
    figures,
    kendall,
    spearman,
    weighted_error_ratio,
    wilson,
)

TIMES = st.integers(1, 12).map(float)
PAIRS = st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=25)


def test_figures_of_four_networks_by_hand():
    found = figures([(10, 11), (20, 19), (40, 40), (100, 150)])  # +10, -5, 0, +50 %

    assert found is not None
    assert found.count == 4
    assert found.mape_ratio == pytest.approx((0.10 + 0.05 + 0.00 + 0.50) / 4)
    assert found.median_ratio == pytest.approx((0.05 + 0.10) / 2)
    assert found.signed_median_ratio == pytest.approx((0.00 + 0.10) / 2)
    assert found.within_5_ratio == 2 / 4
    assert found.within_10_ratio == 3 / 4  # exactly 10 % is within
    assert found.within_20_ratio == 3 / 4
    # errors 0, 5, 10, 50: position 0.9 * 3 = 2.7 lies between 10 and 50
    assert found.p90_ratio == pytest.approx(0.10 + 0.7 * 0.40)
    assert found.spearman == pytest.approx(1.0)
    assert found.kendall == pytest.approx(1.0)


def test_no_pairs_have_no_figures_and_one_pair_has_no_order():
    assert figures([]) is None
    alone = figures([(1.0, 2.0)])
    assert alone is not None
    assert alone.mape_ratio == 1.0
    assert alone.spearman is None
    assert alone.kendall is None


def test_ranks_with_one_swap():
    pairs = [(1, 1), (2, 3), (3, 2), (4, 4)]

    assert kendall(pairs) == pytest.approx((5 - 1) / 6)
    # ranks differ by 1 twice: 1 - 6 * 2 / (4 * (16 - 1))
    assert spearman(pairs) == pytest.approx(1 - 12 / 60)


def test_ties_by_hand():
    # of the 6 pairs: 1 tied in measured, 4 in order, 1 tied in predicted
    pairs = [(1, 1), (1, 2), (2, 3), (3, 3)]

    assert kendall(pairs) == pytest.approx(4 / sqrt((6 - 1) * (6 - 1)))
    # ranks 1.5 1.5 3 4 and 1 2 3.5 3.5, both with mean 2.5
    products = (-1) * (-1.5) + (-1) * (-0.5) + 0.5 * 1 + 1.5 * 1
    squares = (1 + 1 + 0.25 + 2.25) * (2.25 + 0.25 + 1 + 1)
    assert spearman(pairs) == pytest.approx(products / sqrt(squares))


def test_one_side_all_alike_has_no_order():
    assert kendall([(1, 5), (2, 5), (3, 5)]) is None
    assert spearman([(1, 5), (2, 5), (3, 5)]) is None


@given(PAIRS)
def test_ranks_equal_slow_references(pairs):
    for fast, slow in ((kendall, slow_kendall), (spearman, slow_spearman)):
        expected = slow(pairs)
        assert fast(pairs) == (None if expected is None else pytest.approx(expected, abs=1e-12))


@given(PAIRS, st.floats(0.01, 100.0))
def test_the_unit_of_time_does_not_matter(pairs, scale):
    found, scaled = figures(pairs), figures([(m * scale, p * scale) for m, p in pairs])

    assert found is not None
    assert scaled is not None
    assert scaled.mape_ratio == pytest.approx(found.mape_ratio, abs=1e-9)
    assert scaled.within_10_ratio == found.within_10_ratio
    assert scaled.kendall == found.kendall


@given(PAIRS)
def test_shares_grow_with_the_bound_and_errors_with_the_quantile(pairs):
    found = figures(pairs)

    assert found is not None
    assert 0 <= found.within_5_ratio <= found.within_10_ratio <= found.within_20_ratio <= 1
    assert found.median_ratio <= found.p90_ratio + 1e-12
    assert abs(found.signed_median_ratio) <= max(abs(p / m - 1) for m, p in pairs) + 1e-12


@given(st.lists(TIMES, min_size=2, max_size=20, unique=True))
def test_the_right_order_is_one_and_the_opposite_minus_one(times):
    assert kendall([(t, 3 * t) for t in times]) == pytest.approx(1)
    assert spearman([(t, -t) for t in times]) == pytest.approx(-1)
    assert kendall([(t, -t) for t in times]) == pytest.approx(-1)


def test_wilson_by_hand():
    # 9 of 10 with z = 2: (0.9 + 0.2) / 1.4 -+ 2 * sqrt(0.009 + 0.01) / 1.4
    low, high = wilson(9, 10, confidence=0.954499736103642)  # the share within two sigma

    half = 2 * sqrt(0.9 * 0.1 / 10 + 4 / 400) / 1.4
    assert low == pytest.approx(1.1 / 1.4 - half)
    assert high == pytest.approx(1.1 / 1.4 + half)


@given(st.integers(1, 300), st.data())
def test_wilson_holds_the_share_and_stays_a_share(count, data):
    hits = data.draw(st.integers(0, count))

    low, high = wilson(hits, count)

    assert 0 <= low <= hits / count + 1e-12
    assert hits / count - 1e-12 <= high <= 1
    assert wilson(hits * 4, count * 4)[1] - wilson(hits * 4, count * 4)[0] < high - low


def test_coverage_counts():
    found = coverage([True] * 9 + [False])

    assert found is not None
    assert (found.inside, found.count, found.ratio) == (9, 10, 0.9)
    assert (found.low_ratio, found.high_ratio) == wilson(9, 10)
    assert coverage([]) is None


def test_kernel_errors_are_weighted_by_time_and_do_not_cancel():
    assert weighted_error_ratio([(10, 12), (10, 8), (80, 80)]) == pytest.approx(4 / 100)
    assert weighted_error_ratio([]) is None
