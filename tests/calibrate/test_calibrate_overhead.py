"""The profiler's share and the time of an inference, recovered from sums that hold them."""

from __future__ import annotations

import pytest
from calibrate_cases import many, network, timed
from hypothesis import given
from hypothesis import strategies as st

from costscope.calibrate.overhead import Overhead, overhead, own_s

RUN_S = 12e-6


def measured(profiler_s: float, run_s: float):
    """Twenty networks of 1 to 40 kernels: the profile adds to each, the latency is without."""
    found = []
    for seed in range(20):
        kernels = [timed(10_000 * (seed + i), added_s=profiler_s) for i in range(1 + 2 * seed)]
        plain_s = sum(each.seconds - profiler_s for each in kernels)
        found.append(network(seed, kernels, plain_s + run_s))
    return found


@given(st.integers(0, 200), st.integers(0, 40))
def test_both_are_recovered(steps: int, micros: int) -> None:
    found = overhead(measured(steps * 0.05e-6, micros * 1e-6))

    assert found.profiler_s == pytest.approx(steps * 0.05e-6, abs=1e-9)
    assert found.run_s == pytest.approx(micros * 1e-6, abs=1e-8)


def test_a_few_disturbed_latencies_do_not_move_them() -> None:
    networks = measured(2e-6, RUN_S)
    spoiled = [
        network(each.seed, each.kernels, each.latency_s * 3) if each.seed in {3, 8, 15} else each
        for each in networks
    ]

    assert overhead(spoiled) == overhead(networks) == Overhead(2e-6, RUN_S)


def test_a_kernel_that_repeats_carries_the_profiler_s_share_each_time() -> None:
    networks = [
        network(
            seed,
            [timed(50_000 + seed, added_s=3e-6, repeats=1 + seed % 4)],
            (50_000 + seed) * 1e-9 * (1 + seed % 4) + 5e-6 * (1 + seed % 4),
        )
        for seed in range(12)
    ]

    assert overhead(networks).profiler_s == pytest.approx(3e-6)


def test_neither_is_ever_negative() -> None:
    slower = [network(n.seed, n.kernels, n.latency_s * 1.5) for n in many(10)]
    faster = [network(n.seed, n.kernels, n.latency_s * 0.7) for n in many(10)]

    for found in map(overhead, (slower, faster)):
        assert min(found.profiler_s, found.run_s) >= 0
    assert overhead(faster).profiler_s > overhead(slower).profiler_s


def test_nothing_takes_less_than_the_floor() -> None:
    assert own_s(1e-6, 3e-6) == pytest.approx(0.2e-6)
    assert own_s(10e-6, 3e-6) == pytest.approx(7e-6)
