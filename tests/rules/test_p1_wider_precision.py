"""P1: what the whole network takes in a narrower type, and when nobody should be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chains import Conv, chain
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.hardware.catalog import load
from costscope.pipeline import analyze
from costscope.zoo.build import build
from costscope.zoo.quantize import quantized

NETWORK = "zoo:mobilenet_v2"


def deployment(model: Any, hardware: Any, dtype: str | None = None):
    found = analyze(model, hardware, as_dtype=dtype).first
    assert found.prediction is not None
    return found


def machine(float32: float, int8: float):
    """A machine without measurements, of which only the peaks tell the types apart."""
    pixel = load("pixel6")
    memories = tuple(replace(m, bandwidth_bytes_per_s=1e15) for m in pixel.memories)
    compute = {
        name: replace(pixel.compute[name], peak_flops_per_s=peak, runs_as=name)
        for name, peak in (("float32", float32), ("int8", int8))
    }
    return replace(pixel, name="peaks", rates=(), memories=memories, compute=compute)


@pytest.mark.parametrize("hardware", ["pixel6", "pixel4_big", "stm32h743"])
def test_the_saving_is_that_of_the_network_in_int8(hardware: str):
    (found,) = found_by("P1", NETWORK, hardware)

    before, after = (deployment(NETWORK, hardware, dtype) for dtype in (None, "int8"))
    saved_s = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(saved_s, rel=1e-9)
    assert found.saving_ratio == pytest.approx(saved_s / before.prediction.latency_s)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes
    assert found.evidence["weight_after_bytes"] == after.totals.weight_bytes
    assert found.evidence["weight_before_bytes"] == before.totals.weight_bytes
    assert "int8" in found.change


@pytest.mark.parametrize("hardware", ["raspberry_pi_4b", "cortex_a76_2.4ghz"])
@pytest.mark.parametrize("model", ["mobilenet_v1", "mobilenet_v2", "inception_v3"])
def test_under_ncnn_it_is_that_of_the_quantized_file(hardware: str, model: str):
    (found,) = found_by("P1", f"zoo:{model}", hardware)

    # Additions and poolings stay in floats there, between conversions.
    before = deployment(f"zoo:{model}", hardware)
    after = deployment(build(model, dtype="int8"), hardware)
    saved_s = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(saved_s, rel=0.005)
    assert found.evidence["weight_after_bytes"] == pytest.approx(
        after.totals.weight_bytes, rel=0.001
    )


def test_where_the_conversions_take_all_of_it_nothing_is_said():
    before = deployment("zoo:mobilenet_v3_small", "raspberry_pi_4b")
    after = deployment(build("mobilenet_v3_small", dtype="int8"), "raspberry_pi_4b")

    assert after.prediction.latency_s > before.prediction.latency_s
    assert found_by("P1", "zoo:mobilenet_v3_small", "raspberry_pi_4b") == []


def test_a_type_that_was_measured_is_a_warning_and_a_peak_is_a_note():
    (measured,) = found_by("P1", NETWORK, "pixel6")  # measured in int8 alone
    (scaled,) = found_by("P1", NETWORK, "cortex_a76_2.4ghz")  # and this one in float16 alone

    assert measured.severity is Severity.WARNING
    assert measured.evidence["measured_after"] == 1
    assert measured.evidence["measured_before"] == 0
    assert "int8 on measurements of networks on this machine" in measured.message
    assert scaled.severity is Severity.NOTE
    assert scaled.evidence["measured_after"] == 0
    assert "int8 on the arithmetic peak" in scaled.message


def test_an_interval_that_does_not_hold_is_no_measurement_of_such_networks():
    (found,) = found_by("P1", NETWORK, "raspberry_pi_4b")

    after = deployment(NETWORK, "raspberry_pi_4b", "int8")
    assert after.prediction.rates.dtype == "int8"
    assert after.prediction.interval_confidence is None
    assert found.severity is Severity.NOTE
    assert "other kinds of networks" in found.message


@pytest.mark.parametrize("hardware", ["coral_edgetpu", "pixel4_hexagon", "stm32n6"])
def test_a_machine_without_floats_runs_nothing_of_it(hardware: str):
    (found,) = found_by("P1", NETWORK, hardware)

    assert found.severity is Severity.ERROR
    assert found.saving_s is None
    after = deployment(NETWORK, hardware, "int8")
    assert found.evidence["latency_after_s"] == after.prediction.latency_s


@pytest.mark.parametrize(
    ("hardware", "dtype"),
    [
        ("pixel6", "int8"),
        ("coral_edgetpu", "int8"),
        ("adreno_640", None),  # float32 files are computed in float16 there
        ("iphone13_ane", None),
        ("xeon_e5_2690", None),  # int8 runs at the speed of floats
        (None, None),
    ],
)
def test_where_nothing_is_faster_nothing_is_said(hardware: str | None, dtype: str | None):
    assert found_by("P1", NETWORK, hardware, as_dtype=dtype) == []


def test_a_quantized_file_is_left_alone():
    model = quantized(chain([Conv(filters=32, side=3), Conv(filters=32)], classes=10))

    assert found_by("P1", model, "pixel6") == []
    assert found_by("P1", model, "coral_edgetpu") == []


def test_float16_files_are_compared_with_int8_alone():
    (found,) = found_by("P1", NETWORK, "pixel6", as_dtype="fp16")

    before, after = (deployment(NETWORK, "pixel6", dtype) for dtype in ("fp16", "int8"))
    assert "float16" in found.message
    assert found.saving_s == pytest.approx(before.prediction.latency_s - after.prediction.latency_s)


@pytest.mark.parametrize(("ratio", "many"), [(1.05, 0), (2.0, 1)])
def test_less_than_a_tenth_is_not_worth_it(ratio: float, many: int):
    # Compute-bound: the time falls by 1 - 1 / ratio, which is 5 % or a half.
    found = found_by("P1", chain([Conv(filters=64, side=3)]), machine(1e9, ratio * 1e9))

    assert len(found) == many
    assert all(f.saving_ratio == pytest.approx(1 - 1 / ratio, rel=0.01) for f in found)
    assert all(f.severity is Severity.NOTE for f in found)
    assert all("both rest on the arithmetic peak" in f.message for f in found)
