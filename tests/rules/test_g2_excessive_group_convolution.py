"""G2 on the networks that the lectures blame, and on those that obey."""

from __future__ import annotations

from math import sqrt

import pytest
from guideline_graphs import Draft
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze

MACHINES = ("pixel6", "raspberry_pi_4b", "adreno_640", "stm32h743")


def _conv(channels: tuple[int, int], size: int, group: int, kernel: int = 1):
    draft = Draft(channels[0], size)
    return draft.model(draft.conv("x", "c", channels, group=group, kernel=kernel, act="Relu"))


@pytest.mark.parametrize(("groups", "count"), [(2, 23), (3, 24), (4, 31), (8, 31)])
def test_shufflenet_v1_breaks_it_with_every_number_of_groups(groups: int, count: int):
    found = found_by("G2", f"zoo:shufflenet_v1@1.0x-g{groups}")

    # 16 units of two 1x1 convolutions, but for the very first, which takes 24 channels whole.
    assert len(found) == count
    assert {f.evidence["groups"] for f in found} == {groups}
    assert all(f.subject.endswith((".reduce", ".expand")) for f in found)


@pytest.mark.parametrize(
    "model",
    [
        "zoo:shufflenet_v1@1.0x-g1",
        "zoo:shufflenet_v2",
        "zoo:mobilenet_v1",
        "zoo:mobilenet_v2",
        "zoo:resnet@50",
    ],
)
def test_networks_without_groups_but_depthwise_ones_are_left_alone(model: str):
    assert found_by("G2", model) == []


def test_resnext_breaks_it_where_its_maps_are_large():
    found = found_by("G2", "zoo:resnext")

    # 3, 4 and 6 blocks: at 7 x 7 positions weights are most of what is moved.
    assert [f.subject.partition(".")[0] for f in found].count("stage4") == 0
    assert len(found) == 13
    assert {f.evidence["groups"] for f in found} == {32}


def test_the_numbers_by_hand():
    (found,) = found_by("G2", _conv((240, 240), 28, 4))

    # 784 positions: 784 * 480 + 240 * 240 / 4; in one group as many MACs take 120 channels.
    access, other = 784 * 480 + 14_400, 784 * 240 + 14_400
    assert found.evidence["memory_access"] == access
    assert found.evidence["memory_access_growth_ratio"] == pytest.approx(access / other)
    assert found.evidence["ungrouped_memory_access"] == other
    assert found.evidence["macs"] == found.evidence["ungrouped_macs"] == 784 * 240 * 240 // 4
    assert (
        found.evidence["ungrouped_input_channels"],
        found.evidence["ungrouped_output_channels"],
    ) == (120, 120)


@pytest.mark.parametrize(
    ("size", "growth"),
    # 256 channels in 4 groups on P positions: (512 P + 16384) / (256 P + 16384).
    [(6, 1.36), (5, None)],
)
def test_weights_that_outweigh_the_maps_silence_it(size: int, growth: float | None):
    found = found_by("G2", _conv((256, 256), size, 4), None)

    ratios = [f.evidence["memory_access_growth_ratio"] for f in found]
    assert ratios == ([] if growth is None else [pytest.approx(growth, rel=1e-3)])


@pytest.mark.parametrize("hardware", MACHINES)
@pytest.mark.parametrize("kernel", [1, 3])
def test_the_saving_is_what_the_changed_convolution_gives(hardware: str, kernel: int):
    options = {"as_dtype": "int8"} if hardware == "stm32h743" else {}
    model = _conv((192, 96), 14, 8, kernel)
    (found,) = found_by("G2", model, hardware, **options)
    widths = (
        int(found.evidence["ungrouped_input_channels"]),
        int(found.evidence["ungrouped_output_channels"]),
    )

    before = analyze(model, hardware, **options).first
    after = analyze(_conv(widths, 14, 1, kernel), hardware, **options).first

    gained = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(gained)
    assert found.saving_ratio == pytest.approx(gained / before.prediction.latency_s)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes


@pytest.mark.parametrize("groups", [2, 3, 4, 8])
def test_the_widths_it_proposes_do_about_as_many_macs_in_about_the_same_ratio(groups: int):
    for found in found_by("G2", f"zoo:shufflenet_v1@1.0x-g{groups}", None):
        evidence = found.evidence
        assert evidence["ungrouped_macs"] == pytest.approx(evidence["macs"], rel=0.1)
        exact = evidence["input_channels"] / sqrt(groups)
        assert evidence["ungrouped_input_channels"] == pytest.approx(exact, rel=0.25)


def test_a_network_that_breaks_it_does_so_without_a_machine_too():
    found = found_by("G2", "zoo:shufflenet_v1", None)

    assert found
    assert all(f.saving_s is None and (f.saving_bytes or 0) > 0 for f in found)
    assert {f.severity for f in found} == {Severity.WARNING}
