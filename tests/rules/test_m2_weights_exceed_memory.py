"""M2: flash as a limit, and the on-chip memory of an Edge TPU that weights spill from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.hardware.catalog import load
from costscope.pipeline import analyze

MIB = 1024 * 1024


def test_weights_that_do_not_fit_into_flash_are_an_error():
    (found,) = found_by("M2", "zoo:mobilenet_v2", "stm32h743", as_dtype="int8")

    assert found.severity is Severity.ERROR
    assert found.saving_s is None
    assert found.evidence["capacity_bytes"] == 2 * MIB
    total = analyze("zoo:mobilenet_v2", "stm32h743", as_dtype="int8").totals.weight_bytes
    assert found.evidence["over_bytes"] == total - 2 * MIB
    # The classifier is the largest: 1280 x 1000 weights of 8 bits.
    assert "classifier" in found.nodes
    assert "classifier 1.22 MiB" in found.message


def test_8_bits_are_told_with_their_size_where_weights_are_wider():
    (found,) = found_by("M2", "zoo:mobilenet_v2", "stm32h743")

    narrow = analyze("zoo:mobilenet_v2", "stm32h743", as_dtype="int8").totals.weight_bytes
    assert found.evidence["int8_bytes"] == narrow


@pytest.mark.parametrize("network", ["mcunet@in4", "mlperf_tiny_kws"])
def test_networks_made_for_microcontrollers_fit(network: str):
    assert found_by("M2", f"zoo:{network}", "stm32h743", as_dtype="int8") == []


def test_what_spills_saves_what_a_larger_memory_would():
    (found,) = found_by("M2", "zoo:resnet", "coral_edgetpu", as_dtype="int8")

    assert found.severity is Severity.WARNING
    machine = load("coral_edgetpu")
    near, *others = machine.memories
    roomy = replace(machine, memories=(replace(near, capacity_bytes=64 * MIB), *others))
    before, after = (
        analyze("zoo:resnet", each, as_dtype="int8").first.prediction for each in (machine, roomy)
    )
    assert before is not None
    assert after is not None
    assert found.saving_s == pytest.approx((before.latency_s or 0) - (after.latency_s or 0))
    assert found.saving_s > 0


def test_mobilenet_v2_fits_into_the_edge_tpu():
    assert found_by("M2", "zoo:mobilenet_v2", "coral_edgetpu", as_dtype="int8") == []


@pytest.mark.parametrize("machine", ["pixel6", "raspberry_pi_4b", None])
def test_machines_without_such_a_limit_are_left_alone(machine: str | None):
    assert found_by("M2", "zoo:vgg", machine) == []
