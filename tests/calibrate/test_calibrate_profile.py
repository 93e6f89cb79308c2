"""A calibration as a machine: peaks, memories, notes, and the file that says the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calibrate_cases import COMPUTER, fitted, many, network, part, timed

from costscope.calibrate.machine import Caches
from costscope.calibrate.profile import attained, hardware_of
from costscope.calibrate.summary import band_rows, class_rows
from costscope.calibrate.types import Agreement, HeldOut
from costscope.hardware.emit import to_yaml
from costscope.hardware.parse import parse
from costscope.hardware.types import Band, Hardware
from costscope.measure.types import Disturbance
from costscope.work import KernelKind

CACHES = Caches(512 << 10, 32 << 20)
BANDWIDTHS = {"l2": 91.23456e9, "l3": 50e9, "dram": 20e9}


def made(parts=None, **more) -> Hardware:
    fields = {
        "name": "host",
        "identity": COMPUTER,
        "caches": CACHES,
        "bandwidths": BANDWIDTHS,
    }
    return hardware_of(parts or [part()], **{**fields, **more})


def test_the_file_says_the_very_same() -> None:
    hardware = made(
        [
            part(),
            part(
                fitted=fitted(threads=2),
                agreement=Agreement(networks=9, median_ratio=0.012, largest_ratio=0.04),
            ),
        ]
    )

    assert parse(to_yaml(hardware).encode(), name="host", origin="host.yaml") == hardware


def test_the_peak_is_the_best_rate_of_a_kernel_long_enough_to_tell() -> None:
    short = timed(1_000_000, added_s=-1.0e-3)  # 1 MMAC in 5 us: too short to be believed
    best = timed(3_000_000, slower=0.5)  # 3 MMAC in 1.5025 ms
    pool = timed(90_000_000, slower=0.01, kind=KernelKind.POOLING)
    networks = [*many(3), network(1, [short, best, pool])]

    rates = attained(networks, {1: 0.0})

    assert rates == {"float32": pytest.approx(6e6 / 1.5025e-3)}
    assert attained(networks, {1: 2.5e-6})["float32"] == pytest.approx(6e6 / 1.5e-3)


def test_types_that_were_not_sampled_run_as_those_that_were() -> None:
    compute = made().compute

    assert "int8" not in compute
    assert {name: each.runs_as for name, each in compute.items()} == {
        "float32": "float32",
        "float64": "float64",
        "float16": "float32",
        "bfloat16": "float32",
        "int16": "float32",
        "int32": "float32",
        "int64": "float64",
        "bool": "float32",
    }
    assert compute["float16"].peak_flops_per_s == compute["float32"].peak_flops_per_s


def test_int8_has_a_peak_where_int8_networks_ran() -> None:
    quantized = network(5, [timed(10_000_000, slower=0.25, compute_dtype="int8")])

    compute = made([part([*many(5), quantized])]).compute

    assert compute["int8"].peak_flops_per_s > 3 * compute["float32"].peak_flops_per_s
    assert compute["bool"].runs_as == "int8"


def test_no_memory_is_slower_than_a_farther_one() -> None:
    bandwidths = {"l2": 40e9, "l3": 45e9, "dram": 20e9}

    memories = made(bandwidths=bandwidths).memories

    assert [(m.name, m.bandwidth_bytes_per_s) for m in memories] == [
        ("l2", 45e9),
        ("l3", 45e9),
        ("dram", 20e9),
    ]
    assert [m.capacity_bytes for m in memories] == [512 << 10, 32 << 20, None]


def test_a_processor_without_a_third_level_has_two_memories() -> None:
    hardware = made(caches=Caches(1 << 20, 1 << 20), bandwidths={"l2": 9e9, "dram": 3e9})

    assert [m.name for m in hardware.memories] == ["l2", "dram"]


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [("x86_64", "x86_cpu"), ("AMD64", "x86_cpu"), ("aarch64", "arm_cpu"), ("arm64", "arm_cpu")],
)
def test_the_class_follows_the_architecture(architecture, expected) -> None:
    identity = replace(COMPUTER, architecture=architecture)

    assert made(identity=identity).device_class == expected


def test_notes_say_what_was_run_and_how_quiet_it_was() -> None:
    what, noise = made().notes

    assert what == (
        "1 thread: 20 designed networks with 60 kernels (seeds 1000 to 1019; 2 were too large, "
        "1 failed); a profile adds 2 us to a kernel"
    )
    assert "took 1 ms before and 1.01 ms after" in noise
    assert "spread by 2.0%" in noise


def test_a_disturbance_stands_in_the_notes_even_if_it_was_forced() -> None:
    sign = Disturbance(kind="steal", amount=0.05, message="the hypervisor took 5.0% away")

    assert made(disturbances=[sign]).notes[-1] == (
        "the machine was not quiet: the hypervisor took 5.0% away"
    )
    assert "kept because it was asked for" in made(disturbances=[sign], forced=True).notes[-1]


def test_a_repeat_s_agreement_stands_in_the_notes() -> None:
    repeat = Agreement(networks=30, median_ratio=0.0123, largest_ratio=0.041)

    assert "differ by 1.2% (median), at most 4.1%" in made([part(agreement=repeat)]).notes[-1]


def test_rows_of_classes_tell_shares_and_the_rates_of_the_largest() -> None:
    view = timed(0, name="view", nbytes=0)
    networks = [network(n.seed, [*n.kernels, view]) for n in many(20)]
    known = fitted()
    both = {**known.classes, "view": replace(known.classes["conv"], name="view")}

    first, second = class_rows(part(networks, fitted=replace(known, classes=both)))

    assert (first.fit.name, second.fit.name) == ("conv", "view")
    assert first.time_ratio + second.time_ratio == pytest.approx(1.0)
    # The largest kernels reach nearly 1e9 MAC/s: 5 us of a call are little beside milliseconds.
    assert first.macs_per_s == pytest.approx(1e9, rel=0.01)
    assert (second.macs_per_s, second.bytes_per_s) == (None, None)


def test_rows_of_bands_have_the_errors_of_their_networks() -> None:
    bands = (
        Band(above_s=0.0, low_ratio=0.8, high_ratio=1.3, networks=2),
        Band(above_s=1.0, low_ratio=0.9, high_ratio=1.1, networks=1),
        Band(above_s=9.0, low_ratio=0.9, high_ratio=1.1, networks=0),
    )
    held = (
        HeldOut(network="a", measured_s=0.5, predicted_s=0.6),
        HeldOut(network="b", measured_s=0.5, predicted_s=0.5),
        HeldOut(network="c", measured_s=2.0, predicted_s=1.9),
    )

    first, second, empty = band_rows(part(fitted=fitted(bands=bands), held_out=held))

    assert (first.mean_ratio, first.near_ratio) == (pytest.approx(0.1), 0.5)
    assert second.median_ratio == pytest.approx(0.05)
    assert empty.median_ratio is None
