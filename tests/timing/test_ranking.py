"""What may be said of two networks on one machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.timing.ranking import Order, order, ranks
from costscope.timing.types import Prediction, TimeModel
from rated_cases import rates


def prediction(latency_s: float | None, **more) -> Prediction:
    """A complete, calibrated prediction that is sure to 20 % either way."""
    fields = {
        "time_model": TimeModel.CALIBRATED,
        "timings": (),
        "latency_s": latency_s,
        "latency_low_s": None if latency_s is None else latency_s / 1.2,
        "latency_high_s": None if latency_s is None else latency_s * 1.2,
        "roofline_s": None,
        "complete": True,
        "calibrated": True,
        "fits": (),
    }
    return Prediction(**{**fields, **more})


@pytest.mark.parametrize(
    ("other_s", "found"),
    [(1.09, Order.UNDECIDED), (1.11, Order.FASTER), (0.92, Order.UNDECIDED), (0.90, Order.SLOWER)],
)
def test_by_the_ratio_that_pairs_of_held_out_networks_earned(other_s: float, found: Order) -> None:
    # Intervals overlap by far: on one machine errors are shared, and 1.1 is enough.
    shared = rates(pair_ratio=1.1)

    assert order(prediction(1.0, rates=shared), prediction(other_s, rates=shared)) is found


@pytest.mark.parametrize(
    ("other_s", "found"),
    [(1.4, Order.UNDECIDED), (1.45, Order.FASTER), (0.7, Order.UNDECIDED), (0.69, Order.SLOWER)],
)
def test_by_intervals_without_such_a_ratio(other_s: float, found: Order) -> None:
    # 1.0 reaches to 1.2, and x / 1.2 is above it from x = 1.44 on.
    assert order(prediction(1.0), prediction(other_s)) is found


def test_a_bound_a_part_or_nothing_decides_nothing() -> None:
    sure = prediction(1.0)

    for other in (
        prediction(100.0, complete=False),
        prediction(100.0, calibrated=False),
        prediction(None),
        prediction(100.0, latency_low_s=None),
    ):
        assert order(sure, other) is Order.UNDECIDED
        assert order(other, sure) is Order.UNDECIDED


def test_ratios_of_two_machines_are_not_mixed() -> None:
    first = prediction(1.0, rates=rates(pair_ratio=1.01))
    second = replace(first, latency_s=1.1, rates=rates(pair_ratio=1.02))

    assert order(first, second) is Order.UNDECIDED


@given(st.lists(st.floats(0.001, 1000.0), min_size=2, max_size=6), st.floats(1.0, 3.0))
def test_places_follow_the_latencies(latencies: list[float], pair: float) -> None:
    found = [prediction(each, rates=rates(pair_ratio=pair)) for each in sorted(latencies)]

    places = ranks(found)

    assert places[0] == 1
    assert list(places) == sorted(places)
    for place, each in zip(places, found, strict=True):
        assert place == 1 + sum(order(other, each) is Order.FASTER for other in found)
