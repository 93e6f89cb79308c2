"""Numbers of a measurement as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.measure.types import Spread
from costscope.views.measurement import words


def spread(scale: float = 1e-3, *, runs: int = 57) -> Spread:
    return Spread(
        median_s=12.314 * scale, low_s=12.281 * scale, high_s=12.353 * scale, confidence=0.95,
        p10_s=12.2 * scale, p90_s=12.6 * scale, min_s=12.1 * scale, runs=runs, warm_up_runs=5,
    )  # fmt: skip


def test_a_spread_is_told_in_the_unit_of_its_median() -> None:
    assert words.median(spread()) == "12.31 ms"
    assert words.runs(spread()) == (
        "median of 57 runs, 95 % CI 12.28-12.35; p10-p90 12.2-12.6; min 12.1"
    )
    assert words.runs(spread(1e-6, runs=1)).startswith("median of 1 run, 95 % CI 12.28-12.35;")
    assert words.median(spread(1e-6)) == "12.31 us"
    assert words.confidence(spread(1e-5)) == "122.8-123.5 us"


def test_the_ends_of_an_interval_share_the_unit_of_the_upper() -> None:
    assert words.interval(10.9e-3, 14e-3) == "10.9-14.0 ms"
    assert words.interval(0.9e-3, 1.1e-3) == "0.90-1.10 ms"
    assert words.interval(0, 1.234) == "0.00-1.23 s"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.048, "+4.8 %"),
        (-0.123, "-12.3 %"),
        (0, "0.0 %"),
        (-0.0001, "0.0 %"),
        (9.99, "+999.0 %"),
        (12.34, "+1234 %"),
    ],
)
def test_an_error_has_its_sign(ratio: float, text: str) -> None:
    assert words.signed(ratio) == text


def test_a_difference_of_times_has_its_sign() -> None:
    assert words.signed_latency(120e-6) == "+120 us"
    assert words.signed_latency(-1.5e-3) == "-1.50 ms"
    assert words.signed_latency(0) == "0 s"


def test_round_times_stay_round() -> None:
    assert [words.tick(value) for value in (1e-6, 2e-5, 5e-4, 1e-3, 1.0)] == [
        "1 us", "20 us", "500 us", "1 ms", "1 s",
    ]  # fmt: skip


@given(st.floats(1e-8, 100))
def test_a_median_can_be_read_back(seconds: float) -> None:
    at = Spread(
        median_s=seconds, low_s=seconds, high_s=seconds, confidence=0.9, p10_s=seconds,
        p90_s=seconds, min_s=seconds, runs=3, warm_up_runs=0,
    )  # fmt: skip

    number, unit = words.median(at).split(" ")

    scale = {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
    assert float(number) * scale == pytest.approx(seconds, rel=6e-4)
