"""Intervals of the median: by hand, by law, and by counting how often they hold it."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import UsageError
from costscope.measure.statistics import enough, quantile, rank_of, spread, warm

_TIMES_S = st.lists(st.floats(1e-6, 10), min_size=1, max_size=60)


def test_eleven_runs_by_hand():
    found = spread([float(n) for n in (3, 1, 2, 5, 4, 7, 6, 9, 8, 11, 10)], warm_up_runs=4)

    # P(B <= 1) = 12 / 2048, P(B <= 2) = 67 / 2048 = 0.033 > 0.025: from the 2nd to the 10th.
    assert (found.low_s, found.median_s, found.high_s) == (2, 6, 10)
    assert found.confidence == 0.95
    assert (found.p10_s, found.p90_s, found.min_s) == (2, 10, 1)
    assert (found.runs, found.warm_up_runs) == (11, 4)


def test_deciles_stand_between_neighbours():
    found = spread([10.0, 20.0, 30.0], warm_up_runs=0)

    assert found.p10_s == pytest.approx(12)  # place 0.2 of 0..2
    assert found.p90_s == pytest.approx(28)


@pytest.mark.parametrize(("runs", "confidence"), [(1, 0.0), (2, 0.5), (3, 0.75), (5, 0.9375)])
def test_too_few_runs_give_the_whole_range_and_say_how_sure_it_is(runs, confidence):
    samples_s = [1.0 + n for n in range(runs)]

    found = spread(samples_s, warm_up_runs=0)

    assert (found.low_s, found.high_s) == (samples_s[0], samples_s[-1])
    assert found.confidence == confidence
    assert not enough(samples_s, relative_width=1e9)


def test_six_runs_are_the_first_to_reach_95_percent():
    assert spread([1.0, 2, 3, 4, 5, 6], warm_up_runs=0).confidence == 0.95
    assert rank_of(5, 0.95) == 0
    assert rank_of(6, 0.95) == 1


@pytest.mark.parametrize("runs", [7, 20, 57, 101, 500])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_the_rank_is_the_largest_that_is_sure_enough(runs, confidence):
    def missed(rank: int) -> float:
        return 2 * sum(comb(runs, k) for k in range(rank)) / 2**runs

    rank = rank_of(runs, confidence)

    assert missed(rank) <= 1 - confidence + 1e-12
    assert missed(rank + 1) > 1 - confidence


def test_the_approximation_for_many_runs_continues_the_exact_ranks():
    ranks = [rank_of(runs, 0.95) for runs in range(1980, 2021)]

    assert all(0 <= second - first <= 1 for first, second in pairwise(ranks))
    # n/2 - 1.96 * sqrt(n)/2
    assert rank_of(10_000, 0.95) == pytest.approx(5000 - 98, abs=1)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95])
def test_a_confidence_that_is_no_share_is_refused(confidence):
    with pytest.raises(UsageError, match="between 0 and 1"):
        spread([1.0], warm_up_runs=0, confidence=confidence)


def test_no_runs_are_refused():
    with pytest.raises(UsageError, match="at least one run"):
        spread([], warm_up_runs=3)


@given(samples_s=_TIMES_S)
def test_everything_is_in_order(samples_s):
    found = spread(samples_s, warm_up_runs=0)

    assert found.min_s <= found.low_s <= found.median_s <= found.high_s <= max(samples_s)
    assert found.min_s <= found.p10_s <= found.median_s <= found.p90_s <= max(samples_s)


@given(samples_s=_TIMES_S, power=st.integers(-8, 8))
def test_another_unit_changes_nothing_but_the_unit(samples_s, power):
    unit = 2.0**power  # a power of two scales without rounding

    first = spread(samples_s, warm_up_runs=0)
    second = spread([each * unit for each in samples_s], warm_up_runs=0)

    for name in ("median_s", "low_s", "high_s", "p10_s", "p90_s", "min_s"):
        assert getattr(second, name) == pytest.approx(getattr(first, name) * unit, rel=1e-12)
    assert enough(samples_s) == enough([each * unit for each in samples_s])


@given(samples_s=_TIMES_S, seed=st.integers(0, 99))
def test_the_order_of_the_runs_does_not_matter(samples_s, seed):
    shuffled = list(np.random.default_rng(seed).permutation(samples_s))

    assert spread(shuffled, warm_up_runs=0) == spread(samples_s, warm_up_runs=0)


@pytest.mark.parametrize("runs", [6, 15, 40])
@pytest.mark.parametrize(
    ("name", "median"), [("lognormal", 1.0), ("exponential", np.log(2)), ("two levels", 1.0)]
)
def test_intervals_hold_the_true_median_as_often_as_they_say(runs, name, median):
    draw = np.random.default_rng(5)
    times_s = {
        "lognormal": lambda shape: draw.lognormal(0, 0.8, shape),
        "exponential": lambda shape: draw.exponential(1, shape),
        "two levels": lambda shape: np.where(
            draw.random(shape) < 0.3, 3, draw.uniform(0, 1.4, shape)
        ),
    }[name]((3000, runs))

    found = [spread(row, warm_up_runs=0) for row in times_s.tolist()]

    held = np.mean([each.low_s <= median <= each.high_s for each in found])
    # Three standard deviations of 3000 draws are 1.2 %; whole ranks make it surer than asked.
    assert held >= 0.95 - 0.012
    assert held <= 0.995


def test_enough_is_a_matter_of_the_interval_not_of_the_tails():
    quiet = [1.0] * 30

    assert enough(quiet)
    assert enough([*quiet, 5.0, 6.0, 7.0])
    assert not enough([1.0, 1.1] * 15)
    assert enough([1.0, 1.1] * 15, relative_width=0.11)


def test_warm_up_is_over_when_runs_stop_falling():
    falling = [2.0, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.05, 1.02]

    assert not warm(falling)
    assert not warm([1.0] * 9)  # too few to tell
    assert warm([*falling, *[1.0] * 10])
    assert warm([1.0, 1.001, 0.999, 1.002, 1.0, 0.999, 0.998, 1.001, 0.995, 1.0])


def test_a_slower_end_is_no_warm_up():
    assert warm([1.0] * 5 + [1.2] * 5)


def test_quantile_ends_are_the_extremes():
    assert quantile([1.0, 2.0, 7.0], 0) == 1
    assert quantile([1.0, 2.0, 7.0], 1) == 7
    assert quantile([4.0], 0.9) == 4
