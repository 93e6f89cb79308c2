"""Intervals from ranks: hand-worked, and their coverage in simulation."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.calibrate.bands import bands, ends
from costscope.calibrate.types import HeldOut

RATIOS = st.lists(st.floats(0.2, 5.0), min_size=1, max_size=80)


def held(predicted_s: float, ratio: float = 1.0) -> HeldOut:
    return HeldOut(network="n", measured_s=predicted_s * ratio, predicted_s=predicted_s)


@pytest.mark.parametrize(
    ("count", "rank"),
    [
        (10, 10),  # (10 + 1) * 0.95 = 10.45: there is no 11th
        (19, 19),  # 20 * 0.95 = 19
        (38, 38),  # 39 * 0.95 = 37.05
        (39, 38),  # 40 * 0.95 = 38
        (99, 95),  # 100 * 0.95 = 95
    ],
)
def test_the_upper_end_has_the_rank_that_split_conformal_says(count: int, rank: int) -> None:
    ratios = [1 + i / 1000 for i in range(1, count + 1)]

    low, high = ends([*ratios], 0.9)

    assert high == pytest.approx(1 + rank / 1000, abs=1e-4)
    assert low == 1.0  # every ratio is above 1, and the interval holds 1


@given(RATIOS)
def test_an_interval_holds_one_and_grows_with_the_share(ratios: list[float]) -> None:
    intervals = [ends(ratios, share) for share in (0.5, 0.8, 0.9, 0.99)]

    assert all(low <= 1 <= high for low, high in intervals)
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in pairwise(intervals))


@given(RATIOS)
def test_turning_ratios_over_turns_the_interval_over(ratios: list[float]) -> None:
    low, high = ends(ratios)
    turned = ends([1 / ratio for ratio in ratios])

    assert (1 / turned[1], 1 / turned[0]) == pytest.approx((low, high), rel=1e-3)


@pytest.mark.parametrize("count", [25, 60])
def test_a_new_ratio_is_inside_as_often_as_is_said(count: int) -> None:
    draw = random.Random(count)
    inside = 0
    for _ in range(2000):
        *known, new = (draw.lognormvariate(0.02, 0.1) for _ in range(count + 1))
        low, high = ends(known, 0.9)
        inside += low <= new <= high

    assert 0.88 <= inside / 2000 <= 0.97  # at least 0.9, but for the chance of 2000 draws


def test_bands_have_twenty_networks_each() -> None:
    found = [held(s) for s in (0.1e-3,) * 25 + (1e-3,) * 30 + (5e-3,) * 20 + (20e-3,) * 22]

    assert [(each.above_s, each.networks) for each in bands(found)] == [
        (0.0, 25),
        (0.5e-3, 30),
        (2e-3, 20),
        (10e-3, 22),
    ]


def test_a_band_with_too_few_joins_the_next_and_the_last_the_one_before() -> None:
    found = [held(s) for s in (0.1e-3,) * 5 + (1e-3,) * 30 + (5e-3,) * 19 + (20e-3,) * 2]
    found += [held(20e-3)] * 3

    assert [(each.above_s, each.networks) for each in bands(found)] == [(0.0, 35), (2e-3, 24)]


def test_a_handful_of_networks_is_one_band() -> None:
    (band,) = bands([held(1e-3, 0.8), held(20e-3, 1.5), held(0.1e-3)])

    assert (band.above_s, band.networks) == (0.0, 3)
    assert (band.low_ratio, band.high_ratio) == pytest.approx((0.8, 1.5))
    assert bands([]) == ()


def test_each_band_has_the_errors_of_its_own_networks() -> None:
    found = [held(0.1e-3, 2.0)] * 20 + [held(5e-3, 0.9)] * 20

    near, far = bands(found)

    assert (near.low_ratio, near.high_ratio) == (1.0, 2.0)
    assert (far.low_ratio, far.high_ratio) == (0.9, 1.0)
