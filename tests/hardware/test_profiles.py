"""The shipped machines: all parse, every number has a source, and the numbers are sane."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from costscope import resources
from costscope.hardware import catalog
from costscope.hardware.types import ASSUMED, Compute, Hardware
from costscope.kernels.runtimes import RUNTIMES

GENERATED = "# Fitted to hardware_profiles/measurements; written by make profiles, not by hand."

# int8 MACs per byte, or float32 where a machine has no int8; by class, generous on purpose:
# a wrong prefix is off by a factor of a thousand, a forgotten MAC = 2 FLOPs by two.
SANE_RIDGE = {
    "arm_cpu": (0.5, 60),
    "x86_cpu": (0.5, 100),
    "mobile_gpu": (3, 150),
    "edge_tpu": (20, 1000),
    "npu": (10, 2000),
    "mcu": (0.1, 5),
}
_CLOCK_TERM = re.compile(
    r"(?:(\d+)(?: cores)? x )?(\d+(?:\.\d+)?) GHz x (\d+(?:\.\d+)?) MAC per cycle"
)


@pytest.fixture(params=catalog.names())
def hardware(request: pytest.FixtureRequest) -> Hardware:
    return catalog.load(request.param)


def test_there_are_as_many_as_promised() -> None:
    assert len(catalog.names()) >= 60


def test_every_number_names_a_source_or_says_why_it_is_assumed(hardware: Hardware) -> None:
    numbers = [(each.source, each.how) for each in hardware.compute.values()]
    numbers += [(each.source, each.how) for each in hardware.memories]
    for source, how in numbers:
        assert source in hardware.sources or source == ASSUMED
        assert how, f"{hardware.name}: a number of {source!r} does not say how it follows"
    for cited in hardware.sources.values():
        assert len(cited.reference) > 20
        assert cited.date


def test_rates_come_from_measurements(hardware: Hardware) -> None:
    for rates in hardware.rates:
        assert rates.source in hardware.sources


def _arithmetic(entry: Compute) -> Fraction | None:
    """Operations a second of 'N cores x G GHz x M MAC per cycle + ...'; None for other texts."""
    terms = _CLOCK_TERM.findall(entry.how)
    if not terms:
        return None
    macs_per_ns = (Fraction(cores or 1) * Fraction(clock) * Fraction(rate)
                   for cores, clock, rate in terms)  # fmt: skip
    return 2 * 10**9 * sum(macs_per_ns, start=Fraction(0))


def test_peaks_are_the_product_that_they_say_they_are(hardware: Hardware) -> None:
    for entry in hardware.compute.values():
        expected = _arithmetic(entry)
        if expected is not None and entry.runs_as == entry.dtype:
            assert entry.peak_flops_per_s == pytest.approx(float(expected), rel=2e-3), entry.how


def test_cores_of_the_arithmetic_are_the_cores_of_the_machine(hardware: Hardware) -> None:
    for entry in hardware.compute.values():
        terms = _CLOCK_TERM.findall(entry.how)
        if terms and hardware.cores is not None:
            assert sum(int(cores or 1) for cores, _, _ in terms) == hardware.cores


def test_ridge_points_are_sane(hardware: Hardware) -> None:
    low, high = SANE_RIDGE[hardware.device_class]
    dtype = "int8" if "int8" in hardware.compute else "float32"
    if dtype not in hardware.compute:
        dtype = next(iter(hardware.compute))
    memory = [m for m in hardware.memories if "activations" in m.holds][-1]

    ridge = hardware.compute[dtype].peak_flops_per_s / 2 / memory.bandwidth_bytes_per_s

    assert low <= ridge <= high


def test_narrower_types_are_not_slower(hardware: Hardware) -> None:
    peaks = {name: entry.peak_flops_per_s for name, entry in hardware.compute.items()}

    for wide, narrow in [("float64", "float32"), ("float32", "float16"), ("float32", "int8")]:
        if wide in peaks and narrow in peaks:
            assert peaks[wide] <= peaks[narrow]


def test_the_runtime_is_one_that_exists(hardware: Hardware) -> None:
    assert hardware.runtime in RUNTIMES


def test_a_microcontroller_has_hard_limits(hardware: Hardware) -> None:
    if hardware.device_class == "mcu":
        assert all(memory.fixed for memory in hardware.memories)


def test_a_fallback_is_another_machine_that_is_shipped(hardware: Hardware) -> None:
    if hardware.fallback is not None:
        assert hardware.fallback.profile in set(catalog.names()) - {hardware.name}


def test_no_name_is_taken_twice() -> None:
    words: list[str] = []
    for name in catalog.names():
        machine = catalog.load(name)
        own = {word.lower().replace("-", "_") for word in (name, *machine.aliases)}
        assert len(own) == 1 + len(machine.aliases)
        words.extend(own)

    assert sorted(words) == sorted(set(words))


def test_every_alias_leads_to_its_machine(hardware: Hardware) -> None:
    for alias in hardware.aliases:
        assert catalog.load(alias).name == hardware.name


def test_files_are_text_that_a_reviewer_can_read(hardware: Hardware) -> None:
    path = resources.folder("hardware_profiles") / f"{hardware.name}.yaml"

    written, _, _ = path.read_text(encoding="utf-8").partition(GENERATED)

    assert max(map(len, written.splitlines())) <= 100
    assert hardware.summary.endswith(".")
