"""The shipped machines: all parse, every number has a source, and the numbers are sane.

The figures below are copied from data sheets and papers, not from the profiles.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from costscope import resources
from costscope.hardware import catalog
from costscope.hardware.types import ASSUMED, Hardware
from costscope.kernels.runtimes import RUNTIMES
from costscope.work import CONVOLUTIONS, KernelKind

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

# int8 MACs per byte, or float32 where a machine has no int8; by class, generous on purpose:
# a wrong prefix is off by a factor of a thousand, a forgotten MAC = 2 FLOPs by two.
SANE_RIDGE = {
    "arm_cpu": (1, 60),
    "x86_cpu": (1, 100),
    "mobile_gpu": (5, 150),
    "edge_tpu": (20, 1000),
    "npu": (20, 1000),
    "mcu": (0.1, 5),
}


@pytest.fixture(params=catalog.names())
def hardware(request: pytest.FixtureRequest) -> Hardware:
    return catalog.load(request.param)


def _ridge_macs_per_byte(hardware: Hardware, dtype: str) -> float:
    memory = [m for m in hardware.memories if "activations" in m.holds][-1]
    return hardware.compute[dtype].peak_flops_per_s / 2 / memory.bandwidth_bytes_per_s


def test_every_number_names_a_source_or_says_why_it_is_assumed(hardware: Hardware) -> None:
    entries = [
        *hardware.compute.values(),
        *hardware.memories,
        *hardware.calibrations.values(),
    ]

    for entry in entries:
        assert entry.source in hardware.sources or entry.source == ASSUMED
        assert entry.how, f"{hardware.name}: {entry} does not say how it follows"
    for source in hardware.sources.values():
        assert len(source.reference) > 20
        assert source.date


def test_peaks_are_never_assumed(hardware: Hardware) -> None:
    assert not any(path.startswith("compute.") for path in hardware.assumed())


def test_ridge_points_are_sane(hardware: Hardware) -> None:
    low, high = SANE_RIDGE[hardware.device_class]

    assert low <= _ridge_macs_per_byte(hardware, "int8") <= high


def test_narrower_types_are_not_slower(hardware: Hardware) -> None:
    peaks = {name: entry.peak_flops_per_s for name, entry in hardware.compute.items()}

    for wide, narrow in [("float64", "float32"), ("float32", "float16"), ("float32", "int8")]:
        if wide in peaks and narrow in peaks:
            assert peaks[wide] <= peaks[narrow]


def test_the_runtime_is_one_that_exists(hardware: Hardware) -> None:
    assert hardware.runtime in RUNTIMES
    assert set(hardware.calibrations) <= set(RUNTIMES)


def test_a_microcontroller_has_hard_limits(hardware: Hardware) -> None:
    if hardware.device_class == "mcu":
        assert all(memory.fixed for memory in hardware.memories)


def test_no_name_is_taken_twice() -> None:
    words: list[str] = []
    for name in catalog.names():
        machine = catalog.load(name)
        own = {word.lower().replace("-", "_") for word in (name, *machine.aliases)}
        assert len(own) == 1 + len(machine.aliases)
        words.extend(own)

    assert len(words) == len(set(words))


def test_every_alias_leads_to_its_machine(hardware: Hardware) -> None:
    for alias in hardware.aliases:
        assert catalog.load(alias).name == hardware.name


def test_files_are_text_that_a_reviewer_can_read(hardware: Hardware) -> None:
    path = resources.folder("hardware_profiles") / f"{hardware.name}.yaml"

    lines = path.read_text(encoding="utf-8").splitlines()

    assert max(map(len, lines)) <= 100
    assert hardware.summary.endswith(".")
    assert hardware.notes


# name, type, operations a second: cycles x lanes x 2, or as the data sheet lists it
PUBLISHED_PEAKS = [
    ("pixel6", "float32", 2.8e9 * 16 * 2),
    ("pixel6", "float16", 2.8e9 * 32 * 2),
    ("pixel6", "int8", 2.8e9 * 64 * 2),
    ("pixel4", "float32", 2.84e9 * 8 * 2),
    ("pixel4", "int8", 2.84e9 * 32 * 2),
    ("raspberry_pi_4b", "float32", 47.883e9),
    ("raspberry_pi_4b", "float16", 47.883e9),  # computed as float32
    ("raspberry_pi_4b", "int8", 4 * 1.5e9 * 8 * 2),
    ("raspberry_pi_4b_1core", "float32", 11.958e9),
    ("raspberry_pi_5", "int8", 3.07e11 * 2),
    ("adreno_640", "float32", 384 * 585e6 * 4),
    ("adreno_640", "float16", 384 * 585e6 * 8),
    ("coral_edgetpu", "int8", 4e12),
    ("stm32h743", "int8", 480e6 * 2 * 2),
    ("stm32h743", "float32", 480e6 * 1 * 2),
    ("stm32f746", "int8", 216e6 * 2 * 2),
]


@pytest.mark.parametrize(("name", "dtype", "peak"), PUBLISHED_PEAKS)
def test_published_peaks(name: str, dtype: str, peak: float) -> None:
    assert catalog.load(name).compute[dtype].peak_flops_per_s == pytest.approx(peak, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "memory", "capacity", "bandwidth"),
    [
        ("pixel6", "dram", None, 51.2e9),
        ("raspberry_pi_4b", "dram", None, 5527.3e6),
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
        ("raspberry_pi_4b", "Raspberry Pi 4 (BCM2711)", "cpu"),
        ("raspberry_pi_4b_1core", "Raspberry Pi 4 (BCM2711)", "cpu-core"),
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
