"""Rules of thumb: fitted on the others alone, and right where the world is as simple as they."""

from __future__ import annotations

from dataclasses import replace

import pytest
from accuracy_cases import network

import costscope
from costscope.accuracy.baselines import (
    RIDGES,
    macs_times_constant,
    roof_flops,
    two_number_roofline,
)


def nets(*amounts):
    return [
        replace(network(f"n{i}", seconds, seconds), macs=macs)
        for i, (seconds, macs) in enumerate(amounts)
    ]


def test_macs_times_the_median_of_the_others():
    # seconds per MAC: 1, 2, 4; each is told with the median of the other two
    found = macs_times_constant(nets((10, 10), (40, 20), (120, 30)))

    assert found == [(10, 10 * 3.0), (40, 20 * 2.5), (120, 30 * 1.5)]


def test_a_network_does_not_tell_its_own_constant():
    first = macs_times_constant(nets((10, 10), (40, 20), (120, 30)))
    changed = macs_times_constant(nets((999, 10), (40, 20), (120, 30)))

    assert changed[0][1] == first[0][1]
    assert changed[1][1] != first[1][1]


def test_one_network_has_no_others():
    assert macs_times_constant(nets((10, 10))) == []
    assert two_number_roofline(nets((10, 10))) == []
    assert macs_times_constant([]) == []
    assert two_number_roofline([]) == []


def test_roof_flops_by_hand(mobilenet_v2):
    kernels = costscope.analyze(mobilenet_v2).first.kernels
    operations = [max(2 * k.work.macs, k.work.vector_ops + k.work.special_ops) for k in kernels]

    found = roof_flops(kernels)

    for ridge, amount in zip(RIDGES, found, strict=True):
        expected = sum(
            max(flops, k.traffic.total_bytes * ridge) * k.repeats
            for flops, k in zip(operations, kernels, strict=True)
        )
        assert amount == pytest.approx(expected)
    assert list(found) == sorted(found)
    assert roof_flops([]) == (0.0,) * len(RIDGES)


def test_a_world_that_is_a_roofline_is_told_exactly():
    peak, ridge = 1e11, 3  # the index of the ridge point that the world has
    worlds = []
    for i in range(8):
        operations, moved = 1e8 * (i + 1) ** 2, 1e7 * (8 - i)
        roof = tuple(max(operations, moved * r) + 0.3 * min(operations, moved * r) for r in RIDGES)
        seconds = roof[ridge] / peak
        worlds.append(replace(network(f"n{i}", seconds, 1.0), roof_flops=roof))

    for measured, told in two_number_roofline(worlds):
        assert told == pytest.approx(measured)


def test_a_roofline_is_fitted_on_the_others_alone():
    some = [replace(network(f"n{i}", 1.0 + i, 1.0), roof_flops=(1.0 + i,) * 12) for i in range(5)]
    odd = [replace(some[0], measured=network("odd", 50.0, 1.0).measured), *some[1:]]

    assert two_number_roofline(odd)[0] == (50.0, pytest.approx(1.0))
    # and the median of the others shrugs off one odd network
    assert all(told == pytest.approx(measured) for measured, told in two_number_roofline(odd)[1:])
