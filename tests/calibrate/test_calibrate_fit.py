"""The fit of a class recovers what made the samples, and is never negative."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.calibrate.fit import Sample, fit, fit_class, predicted_s, solve
from costscope.timing.terms import Terms

TRUE = {"macs": 1e-9, "read_bytes": 5e-10, "call": 8e-6}


def samples(count: int = 200, *, seed: int = 0, noise: float = 0.0, true=TRUE, name: str = "conv"):
    """Kernels of random sizes whose times follow `true`, but for the noise."""
    draw = random.Random(seed)
    found = []
    for index in range(count):
        amounts = {
            "macs": 10 ** draw.uniform(4, 8),
            "read_bytes": 10 ** draw.uniform(3, 7),
            "call": 1.0,
        }
        seconds = predicted_s(true, amounts) * draw.lognormvariate(0, noise)
        macs = int(amounts["macs"])
        found.append(Sample(Terms(name, amounts), seconds, f"{index // 5}", macs, macs))
    return found


def test_seconds_are_recovered_from_samples_without_noise() -> None:
    assert solve(samples()) == pytest.approx(TRUE, rel=0.02)


def test_seconds_are_recovered_from_noisy_samples() -> None:
    assert solve(samples(1000, noise=0.1)) == pytest.approx(TRUE, rel=0.1)


def test_one_in_ten_samples_may_be_wildly_off() -> None:
    found = samples(400)
    spoiled = [
        Sample(s.terms, s.seconds * (20 if i % 10 == 0 else 1), s.network, s.macs, s.traffic_bytes)
        for i, s in enumerate(found)
    ]

    assert solve(spoiled) == pytest.approx(TRUE, rel=0.1)


def test_what_explains_nothing_is_not_in_the_fit() -> None:
    useless = [
        Sample(
            Terms("conv", {**s.terms.amounts, "nothing": 0.0}),
            s.seconds,
            s.network,
            s.macs,
            s.traffic_bytes,
        )
        for s in samples()
    ]

    assert set(solve(useless)) == set(TRUE)


@given(st.lists(st.floats(1e-7, 1e-2), min_size=3, max_size=30), st.integers(0, 9))
def test_no_second_is_ever_negative(seconds: list[float], seed: int) -> None:
    draw = random.Random(seed)
    found = [
        Sample(Terms("c", {"a": draw.random(), "b": draw.random(), "call": 1.0}), s, "n", 1, 1)
        for s in seconds
    ]

    assert all(value > 0 for value in solve(found).values())


@given(st.floats(1.0, 100.0))
def test_a_machine_that_is_slower_throughout_has_larger_seconds(factor: float) -> None:
    long = {term: 1000 * seconds for term, seconds in TRUE.items()}
    slow = {term: factor * seconds for term, seconds in long.items()}

    once, more = solve(samples(60, true=long)), solve(samples(60, true=slow))

    assert more == pytest.approx({t: factor * s for t, s in once.items()}, rel=1e-3)


def test_the_error_is_of_networks_that_were_held_out() -> None:
    exact, noisy = fit_class("conv", samples()), fit_class("conv", samples(noise=0.2))

    assert exact.error_ratio < 0.01
    assert 0.08 < noisy.error_ratio < 0.2  # the median of a log-normal of 0.2 is 0.135 away
    assert noisy.low_ratio < 0.8
    assert noisy.high_ratio > 1.25


def test_a_class_whose_networks_differ_is_not_called_exact() -> None:
    """Each network alone could be fitted exactly: only one held out shows that none is alike."""
    slower = [
        Sample(s.terms, s.seconds * (1 + int(s.network) % 3), s.network, s.macs, s.traffic_bytes)
        for s in samples(60)
    ]

    assert fit_class("conv", slower).error_ratio > 0.15


def test_the_range_seen_is_that_of_the_samples() -> None:
    found = samples()

    fitted = fit_class("conv", found)

    macs = [each.macs for each in found]
    assert fitted.seen["macs"] == (min(macs), max(macs))
    assert fitted.samples == 200


def test_classes_are_fitted_apart_and_rare_ones_not_at_all() -> None:
    slow = {term: 3 * seconds for term, seconds in TRUE.items()}

    fits = fit([*samples(50), *samples(50, true=slow, name="slow"), *samples(5, name="rare")])

    assert list(fits) == ["conv", "slow"]
    assert fits["slow"].seconds["macs"] == pytest.approx(3 * fits["conv"].seconds["macs"], rel=0.02)


def test_the_order_of_samples_does_not_matter() -> None:
    found = samples(80, noise=0.1)
    turned = found[::-1]

    assert solve(turned) == pytest.approx(solve(found), rel=1e-6)


def test_a_class_that_one_network_alone_has_is_not_fitted() -> None:
    alone = [Sample(s.terms, s.seconds, "only", s.macs, s.traffic_bytes) for s in samples(30)]

    assert fit_class("conv", alone) is None
    assert fit(alone) == {}


def test_a_stray_sample_is_not_taken_for_coldness() -> None:
    found = [
        Sample(
            Terms("gru", {"macs": m, "call": 1.0, "cold_calls": float(m == 7e6)}), 1e-9 * m, n, 1, 1
        )
        for n, m in zip("abcdef", (1e6, 2e6, 3e6, 4e6, 5e6, 7e6), strict=True)
    ]
    stray = [*found[:-1], replace(found[-1], seconds=50e-3)]

    assert "cold_calls" not in solve(stray)
