"""Figures of the shipped machines against data sheets and papers, not copied from the profiles."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from costscope.hardware import catalog
from costscope.work import CONVOLUTIONS, KernelKind

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

# name, type, operations a second: cycles x lanes x 2, or as the data sheet lists it
PUBLISHED_PEAKS = [
    ("pixel6", "float32", 2.8e9 * 16 * 2),
    ("pixel6", "float16", 2.8e9 * 32 * 2),
    ("pixel6", "int8", 2.8e9 * 64 * 2),
    ("pixel4", "float32", 2.84e9 * 8 * 2),
    ("pixel4", "int8", 2.84e9 * 32 * 2),
    ("raspberry_pi_4b", "float32", 47.883e9 * 1.8 / 1.5),
    ("raspberry_pi_4b", "float16", 47.883e9 * 1.8 / 1.5),  # computed as float32
    ("raspberry_pi_4b", "int8", 4 * 1.8e9 * 8 * 2),
    ("raspberry_pi_5", "int8", 3.07e11 * 2),
    ("adreno_640", "float32", 384 * 585e6 * 4),
    ("adreno_640", "float16", 384 * 585e6 * 8),
    ("coral_edgetpu", "int8", 4e12),
    ("stm32h743", "int8", 480e6 * 2 * 2),
    ("stm32h743", "float32", 480e6 * 1 * 2),
    ("stm32f746", "int8", 216e6 * 2 * 2),
    ("jetson_nano_gpu", "float16", 472e9),
    ("apple_m1_gpu", "float32", 2.617e12),
    ("banana_pi_m2_zero", "float32", 4 * 1.2e9 * 1 * 2),
]


@pytest.mark.parametrize(("name", "dtype", "peak"), PUBLISHED_PEAKS)
def test_published_peaks(name: str, dtype: str, peak: float) -> None:
    assert catalog.load(name).compute[dtype].peak_flops_per_s == pytest.approx(peak, rel=1e-3)


# name, type, what cpufp or vfpbench measured on such a chip, at the clock of the profile
MEASURED_PEAKS = [
    ("rock_5b_big", "float32", 150.15e9),
    ("rock_5b_big", "float16", 300.97e9),
    ("rock_5b_big", "int8", 602.2e9),
    ("orange_pi_5_little", "float32", 58.26e9),
    ("orange_pi_5_little", "int8", 233.08e9),
    ("orange_pi_4_big", "float32", 28.698e9),
    ("orange_pi_4_little", "float32", 45.03e9 * 1.5 / 1.4),
    ("iphone_5s", "float32", 40.871e9),
    ("zynq_7020", "float32", 2 * 0.766e9 * 4),
]


@pytest.mark.parametrize(("name", "dtype", "peak"), MEASURED_PEAKS)
def test_peaks_are_what_benchmarks_reach(name: str, dtype: str, peak: float) -> None:
    assert catalog.load(name).compute[dtype].peak_flops_per_s == pytest.approx(peak, rel=0.03)


@pytest.mark.parametrize(
    ("name", "memory", "capacity", "bandwidth"),
    [
        ("pixel6", "dram", None, 51.2e9),
        ("raspberry_pi_4b", "dram", None, 5527.3e6),
        ("rock_5b_big", "dram", None, 2 * 10830e6),
        ("adreno_640", "system_cache", 2 << 20, 40e9),
        ("coral_edgetpu", "sram", 8 << 20, 25.6e9),
        ("coral_edgetpu", "host", None, 5e9 * 8 / 10 / 8),
        ("stm32h743", "sram", 512 << 10, 240e6 * 8),
        ("stm32h743", "flash", 2 << 20, 240e6 / 5 * 32),
        ("stm32f746", "sram", 320 << 10, 216e6 * 4),
        ("stm32f746", "flash", 1 << 20, 216e6 * 8),
    ],
)
def test_published_memories(name: str, memory: str, capacity: int | None, bandwidth: float) -> None:
    found = {each.name: each for each in catalog.load(name).memories}[memory]

    assert found.capacity_bytes == capacity
    assert found.bandwidth_bytes_per_s == pytest.approx(bandwidth, rel=1e-3)


def test_what_the_edge_tpu_runs() -> None:
    coral = catalog.load("coral_edgetpu")

    assert set(coral.compute) == {"int8"}
    assert coral.kinds is not None
    assert CONVOLUTIONS - coral.kinds == {KernelKind.GROUPED_CONV}
    assert KernelKind.ATTENTION not in coral.kinds


def test_weights_beyond_the_edge_tpu_memory_come_from_the_host() -> None:
    coral = catalog.load("coral_edgetpu")

    assert coral.memory_for("weights", 8 << 20).name == "sram"
    assert coral.memory_for("weights", (8 << 20) + 1).name == "host"


def test_the_published_ridge_point_of_the_pixel6_is_told() -> None:
    assert any("31.2 MACs per byte" in note for note in catalog.load("pixel6").notes)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data beside the checkout")
@pytest.mark.parametrize(
    ("name", "device", "unit"),
    [
        ("raspberry_pi_5", "Raspberry Pi 5 (BCM2712)", "cpu"),
        ("pixel4", "Pixel 4 (Snapdragon 855)", "cpu-core"),
        ("adreno_640", "Snapdragon 855", "gpu"),
        ("coral_edgetpu", "Coral Edge TPU", "npu"),
        ("stm32h743", "STM32H743", "mcu"),
        ("stm32f746", "STM32F746", "mcu"),
    ],
)
def test_peaks_agree_with_the_collected_specifications(name: str, device: str, unit: str) -> None:
    with (SHARED / "hardware_specs.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if (r["device"], r["unit"]) == (device, unit)]
    compute = catalog.load(name).compute
    columns = {"float32": "fp32", "float16": "fp16", "int8": "int8"}

    compared = 0
    for dtype, column in columns.items():
        macs_per_s = rows[0][f"peak_macs_per_s_{column}"]
        if macs_per_s:
            assert compute[dtype].peak_flops_per_s == pytest.approx(2 * float(macs_per_s), rel=2e-3)
            compared += 1

    assert len(rows) == 1
    assert compared
