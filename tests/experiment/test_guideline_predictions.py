"""Tables 1 and 2 of the paper, predicted for what its machines are: the order that was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import guideline_columns
from costscope.experiment import published
from costscope.experiment.network import network
from costscope.pipeline import analyze

MACHINES = {machine.name: machine for machine in guideline_columns.MACHINES}
PREDICTING = ["nexus_6p_big", "cortex_a57_2.0ghz", "gtx_1080_ti, additive", "jetson_agx_orin_gpu"]


def _kernels(guideline: str, setting: str):
    rows = published.rows(guideline, "gpu")
    row = next(each for each in rows if (each.setting, each.scale) == (setting, 1))
    kernels = analyze(network(row, seed=None)).first.kernels
    assert len({kernel.memory_access for kernel in kernels}) == 1
    return kernels


@pytest.mark.parametrize(
    ("setting", "access", "ratio"),
    # 56 x 56 positions: 3136 (c1 + c2) + c1 c2 over 2 sqrt(3136 B) + B / 3136.
    [
        ("1:1", 819_200, "1.0000"),
        ("1:2", 862_920, "1.0595"),
        ("1:6", 1_157_728, "1.4203"),
        ("1:12", 1_483_200, "1.8593"),
    ],
)
def test_memory_access_of_table_1_over_its_bound(setting: str, access: int, ratio: str):
    for kernel in _kernels("g1", setting):
        assert kernel.memory_access == access
        assert f"{kernel.memory_access / kernel.memory_access_bound:.4f}" == ratio


@pytest.mark.parametrize(
    ("setting", "access", "ratio"),
    # 3136 * 2 c + c^2 / g over the same for 128 channels in one group.
    [
        ("g=1", 819_200, "1.000"),
        ("g=2", 1_145_160, "1.398"),
        ("g=4", 1_622_016, "1.980"),
        ("g=8", 2_274_120, "2.776"),
    ],
)
def test_memory_access_of_table_2_over_that_of_one_group(setting: str, access: int, ratio: str):
    first = _kernels("g2", "g=1")[0].memory_access

    for kernel in _kernels("g2", setting):
        assert kernel.memory_access == access
        assert f"{kernel.memory_access / first:.3f}" == ratio


@pytest.mark.parametrize("name", PREDICTING)
@pytest.mark.parametrize("guideline", guideline_columns.GUIDELINES)
def test_the_predicted_order_is_the_measured_one_in_every_column(guideline: str, name: str):
    found = list(guideline_columns.orders(guideline, MACHINES[name]))

    assert [order.scale for order in found] == [1, 2, 4]
    for order in found:
        assert order.equal(order.per_mac), (order.scale, order.per_mac)
        assert order.tau(order.per_mac) == pytest.approx(1.0)


@pytest.mark.parametrize("guideline", guideline_columns.GUIDELINES)
@pytest.mark.parametrize("platform", ["cpu", "gpu"])
def test_memory_access_alone_gives_the_measured_order(guideline: str, platform: str):
    machine = guideline_columns.Machine(platform=platform, hardware="", why="")

    for order in guideline_columns.orders(guideline, machine):
        assert order.equal(order.per_mac)
        assert order.equal(order.built)


@pytest.mark.parametrize("name", PREDICTING)
def test_channels_rounded_anew_at_every_width_give_the_measured_order_as_built(name: str):
    for order in guideline_columns.orders("g1", MACHINES[name]):
        assert order.rounded is not None
        assert order.equal(order.rounded), (order.scale, order.rounded)


def test_an_order_with_a_tie_or_a_swap_is_not_equal():
    order = next(guideline_columns.orders("g2", MACHINES["nexus_6p_big"]))

    assert order.equal((4.0, 3.0, 2.0, 1.0))
    assert not order.equal((4.0, 3.0, 3.0, 1.0))
    assert not order.equal((4.0, 2.0, 3.0, 1.0))
    assert order.tau((4.0, 2.0, 3.0, 1.0)) == pytest.approx(2 / 3)


def test_the_roofline_ties_what_is_bound_by_computing():
    (_, _, wide) = guideline_columns.orders("g2", MACHINES["gtx_1080_ti, roofline"])

    assert len(set(wide.per_mac)) == 1
    assert not wide.equal(wide.per_mac)


@pytest.mark.parametrize(
    ("network_name", "broken"),
    [
        ("shufflenet_v1@1.0x-g3", {"G1", "G2"}),
        ("mobilenet_v2", {"G1", "G4"}),
        ("nasnet", {"G3"}),
        ("shufflenet_v2", set()),
    ],
)
def test_rules_find_what_the_lectures_blame(network_name: str, broken: set[str]):
    for hardware, dtype in guideline_columns.WHERE:
        counts = guideline_columns.counts(network_name, hardware, dtype)
        found = {code for code, count in zip(guideline_columns.CODES, counts, strict=True) if count}

        assert found >= broken
        assert broken or not found


def test_the_nearest_networks_that_obey_are_left_alone():
    for name, code in (("shufflenet_v1@1.0x-g1", "G2"), ("resnet@50", "G3"), ("resnet@50", "G4")):
        for hardware, dtype in guideline_columns.WHERE[1:3]:
            counts = guideline_columns.counts(name, hardware, dtype)
            assert dict(zip(guideline_columns.CODES, counts, strict=True))[code] == 0
