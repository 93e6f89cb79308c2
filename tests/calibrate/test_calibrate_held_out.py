"""Networks by fits that have not seen them; hand-worked where the answer is known."""

from __future__ import annotations

import pytest
from calibrate_cases import many, network, timed

from costscope.calibrate.agreement import agreement
from costscope.calibrate.held_out import error_ratio, fitted_classes, held_out, samples_of, total
from costscope.calibrate.overhead import Overhead
from costscope.calibrate.types import HeldOut

NOTHING = Overhead(0.0, 0.0)


def test_kernels_that_follow_their_terms_are_predicted_well() -> None:
    found = held_out(many(25), NOTHING)

    assert len(found) == 25
    assert max(abs(each.error_ratio) for each in found) < 0.03


def test_a_network_is_not_predicted_by_its_own_kernels() -> None:
    odd = network(2000, [timed(200_000 * i, slower=2.0) for i in range(1, 40)])

    found = {each.network: each for each in held_out([*many(25), odd], NOTHING)}

    assert found["2000"].predicted_s == pytest.approx(odd.latency_s / 2, rel=0.03)
    assert found["2000"].error_ratio == pytest.approx(-0.5, abs=0.02)


def test_the_repeat_of_a_network_is_held_out_with_it() -> None:
    odd = network(2000, [timed(200_000 * i, slower=2.0) for i in range(1, 40)])

    found = [each for each in held_out([*many(25), odd, odd], NOTHING) if each.network == "2000"]

    assert [each.error_ratio for each in found] == pytest.approx([-0.5, -0.5], abs=0.02)


def test_a_network_of_classes_that_only_it_has_is_left_out() -> None:
    alone = network(2000, [timed(100_000, name="odd") for _ in range(9)])

    names = {each.network for each in held_out([*many(10), alone], NOTHING)}

    assert len(names) == 10
    assert "2000" not in names


def test_a_kernel_of_an_unknown_class_may_be_short() -> None:
    long, short = timed(1_000_000), timed(0, name="odd", slower=0.5)
    seconds = {"conv": {"macs": 1e-9, "call": 5e-6}}

    assert total(network(1, [long, short]), seconds, NOTHING) == pytest.approx(1.005e-3)
    assert total(network(1, [short, short]), seconds, NOTHING) is None


def test_a_total_counts_repeats_and_the_inference_once() -> None:
    repeated = network(1, [timed(100_000, repeats=3)])
    seconds = {"conv": {"macs": 1e-9, "call": 5e-6}}

    assert total(repeated, seconds, Overhead(0.0, 2e-5)) == pytest.approx(3 * 105e-6 + 2e-5)


def test_samples_are_of_one_run_without_the_profiler() -> None:
    (sample,) = samples_of([network(7, [timed(100_000, added_s=2e-6, repeats=4)])], 2e-6)

    assert sample.seconds == pytest.approx(105e-6)
    assert (sample.network, sample.macs, sample.traffic_bytes) == ("7", 100_000, 400)


def test_classes_that_take_no_time_are_not_in_the_profile() -> None:
    fits = fitted_classes(many(10), NOTHING)

    assert list(fits) == ["conv"]
    assert all(value > 0 for value in fits["conv"].seconds.values())


def test_the_error_is_of_networks_of_a_millisecond_and_more() -> None:
    found = [
        HeldOut(network="a", measured_s=0.5e-3, predicted_s=1e-3),
        HeldOut(network="b", measured_s=2e-3, predicted_s=2.2e-3),
        HeldOut(network="c", measured_s=4e-3, predicted_s=3e-3),
        HeldOut(network="d", measured_s=1e-3, predicted_s=1.02e-3),
    ]

    assert error_ratio(found) == pytest.approx(0.1)
    assert error_ratio(found[:1]) is None


def test_two_runs_alike_agree_and_a_slower_one_does_not() -> None:
    one, slower = many(12), many(14, slower=1.1)

    same, apart = agreement(one, one), agreement(one, slower)

    assert same is not None
    assert apart is not None
    assert (same.networks, same.median_ratio, same.largest_ratio) == (12, 0.0, 0.0)
    assert apart.networks == 12
    assert apart.median_ratio == pytest.approx(1 - 1 / 1.1, rel=0.02)


def test_runs_without_a_network_in_common_say_nothing() -> None:
    assert agreement(many(3), [network(5, [timed(1000)])]) is None
