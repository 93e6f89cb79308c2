"""M1: the published peaks of MCUNetV2's Table 3 against the memories that they were meant for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.hardware.catalog import load
from costscope.hardware.types import Hardware

KIB = 1024


def holding(kib: int) -> Any:
    """A network that holds so many KiB at once in 8 bits: a map and the half as large next one."""
    net = Drawn(1, 4, kib // 3, KIB // 2)
    net.op("AveragePool", ["x"], "pool", kernel_shape=[1, 2], strides=[1, 2])
    return net.model()


def with_sram(kib: int) -> Hardware:
    """An STM32H743 with another SRAM: 256 KiB are those of an STM32F412."""
    machine = load("stm32h743")
    memories = tuple(
        replace(each, capacity_bytes=kib * KIB) if each.name == "sram" else each
        for each in machine.memories
    )
    return replace(machine, memories=memories)


# What MCUNetV2 prints for Pascal VOC: SRAM of the machine, peak, whether it fits (Lin et al.
# 2021, arXiv 2110.15352, Table 3); rounded down to a multiple of 3, or up where it fails.
PRINTED = [(512, 519, False), (512, 465, True), (512, 438, True), (256, 246, True)]


@pytest.mark.parametrize(("sram", "peak", "fits"), PRINTED)
def test_published_peaks_on_the_machines_they_were_published_for(sram: int, peak: int, fits: bool):
    found = found_by("M1", holding(peak), with_sram(sram), as_dtype="int8")

    assert (found == []) is fits
    for each in found:
        assert each.severity is Severity.ERROR
        assert each.evidence["needed_bytes"] == peak * KIB
        assert each.evidence["over_bytes"] == (peak - sram) * KIB
        assert each.subject == "pool"
        assert each.nodes == ("pool",)
        assert each.saving_s is None


@pytest.mark.parametrize(("kib", "fits"), [(507, True), (510, True), (513, False)])
def test_the_limit_is_the_capacity(kib: int, fits: bool):
    found = found_by("M1", holding(kib), with_sram(510), as_dtype="int8")

    assert (found == []) is fits


def test_mobilenet_v2_in_8_bits_would_need_1470_kib():
    # 96 channels of 112 x 112 enter the widest layer, 96 of 56 x 56 leave it.
    (found,) = found_by("M1", "zoo:mobilenet_v2", "stm32h743")

    assert found.evidence["int8_bytes"] == 1470 * KIB
    assert found.evidence["needed_bytes"] == 4 * 1470 * KIB
    assert "8-bit" in found.change


def test_patches_are_for_the_first_layers_only():
    (found,) = found_by("M1", "zoo:mobilenet_v2", "stm32h743", as_dtype="int8")

    assert "patch by patch up to stage3.block1.depthwise" in found.change
    assert "int8_bytes" not in found.evidence


def test_mcunet_runs_on_the_machine_that_it_was_searched_for():
    assert found_by("M1", "zoo:mcunet@in4", "stm32h743", as_dtype="int8") == []


def test_a_memory_that_spills_is_a_warning():
    (found,) = found_by("M1", "zoo:mobilenet_v2", "imx93_npu", as_dtype="int8")

    assert found.severity is Severity.WARNING
    assert found.evidence["capacity_bytes"] == 384 * KIB


@pytest.mark.parametrize("machine", ["pixel6", "adreno_640", None])
def test_caches_are_no_limit(machine: str | None):
    assert found_by("M1", "zoo:resnet", machine) == []
