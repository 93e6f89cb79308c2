"""G1 on the networks that the lectures blame, and on those that obey."""

from __future__ import annotations

import pytest
from rule_cases import found_by

from costscope.analysis.types import Severity


def test_every_expand_and_project_layer_of_mobilenet_v2_is_found():
    found = found_by("G1", "zoo:mobilenet_v2")

    pairs = [f for f in found if f.subject.endswith((".expand", ".project"))]
    # 17 blocks; the first has t = 1: no expand layer, and a project layer of 32 to 16.
    assert len(pairs) == 2 * 16
    assert not any(f.subject.startswith("stage1.") for f in found)


def test_the_numbers_are_those_of_the_paper():
    found = found_by("G1", "zoo:mobilenet_v2")
    (first,) = [f for f in found if f.subject == "stage2.block1.expand"]

    # 112 x 112 positions: 12544 (16 + 96) + 16 * 96; at least 2 * 12544 sqrt(16 * 96) + 16 * 96.
    assert first.evidence["memory_access"] == 12544 * 112 + 1536
    assert first.evidence["memory_access_bound"] == pytest.approx(2 * 12544 * 1536**0.5 + 1536)
    assert first.evidence["channel_ratio"] == 6
    assert first.evidence["balanced_channels"] == 40


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
def test_shufflenet_v1_breaks_it_in_its_bottlenecks(groups: int):
    found = found_by("G1", f"zoo:shufflenet_v1@1.0x-g{groups}")

    assert {round(f.evidence["channel_ratio"]) for f in found} >= {4}


@pytest.mark.parametrize("model", ["zoo:shufflenet_v2", "zoo:mobilenet_v1"])
def test_networks_of_equal_width_are_left_alone(model: str):
    assert found_by("G1", model) == []


def test_without_a_machine_bytes_are_told_but_no_time():
    found = found_by("G1", "zoo:mobilenet_v2", None)

    assert all(f.saving_s is None and f.saving_ratio is None for f in found)
    assert all(f.severity is Severity.WARNING for f in found)
    assert any((f.saving_bytes or 0) > 0 for f in found)


def test_where_a_machine_cannot_run_the_kernel_no_time_is_told():
    # An Edge TPU has no floats: its poolings have a time, its convolutions none.
    found = found_by("G1", "zoo:googlenet", "coral_edgetpu")

    assert found
    assert all(f.saving_s is None for f in found)
    assert all((f.saving_bytes or 0) != 0 for f in found)
