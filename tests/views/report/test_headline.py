"""What is said of a latency, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from view_cases import Net, machine, small, tpu

from costscope import pipeline
from costscope.analysis.types import Analysis
from costscope.views.report.headline import headline, in_short, interval, latency
from costscope.views.report.types import Tone
from costscope.work import KernelKind

Case = Callable[[str], Analysis]


def test_a_bound_is_marked_and_says_that_nobody_has_measured(case: Case) -> None:
    fact = headline(case("uncalibrated").first)

    assert fact.value == ">= 10.3 us"
    assert fact.note == (
        "roofline bound: no run is faster; phone is not calibrated for tflite, so expect more."
    )
    assert fact.tone is Tone.WARNING


def test_an_expectation_has_its_interval_and_its_roof(case: Case) -> None:
    fact = headline(case("calibrated").first)

    # 2 us of dispatch, 20.7 us of moving and 8.8 us of computing; the roof is 10.3 us.
    assert fact.value == "31.5 us (25.2-39.3)"
    assert fact.note == (
        "fitted to 7 networks measured with onnxruntime in float32; 90 % interval; error on "
        "networks held out: median 12.5 %, mean 25 %. "
        "The roofline bound is 10.3 us: 32.8 % of the roof."
    )
    assert fact.tone is Tone.GOOD


def test_an_error_that_nobody_measured_is_said(case: Case) -> None:
    fact = headline(case("calibrated, error unknown").first)

    assert "how far off it may be was not measured" in fact.note
    assert "interval" not in fact.note
    assert fact.value == "31.5 us"


def test_a_bound_of_a_calibrated_machine_says_how_to_get_more(case: Case) -> None:
    fact = headline(case("roofline of a calibrated machine").first)

    assert fact.value.startswith(">= ")
    assert "board is calibrated for onnxruntime: leave out --time-model" in fact.note


def test_the_additive_model_says_what_it_does(case: Case) -> None:
    fact = headline(case("additive").first)

    assert not fact.value.startswith(">=")
    assert "computing and moving take turns" in fact.note
    assert "roofline bound 10.3 us" in fact.note


def test_no_prediction_says_why_and_what_to_try(case: Case) -> None:
    fact = headline(case("no arithmetic").first)

    assert fact.value == "no prediction"
    assert fact.note == "tpu has no float32 arithmetic (2 kernels). Try --as-dtype int8."
    assert fact.tone is Tone.BAD


def test_the_advice_works() -> None:
    deployment = pipeline.analyze(small(), tpu(), as_dtype="int8").first

    assert headline(deployment).value.startswith(">= ")


def test_where_a_kind_is_missing_no_precision_is_advised() -> None:
    kinds = frozenset({KernelKind.DENSE_CONV, KernelKind.ELEMENTWISE})
    fact = headline(pipeline.analyze(small(), machine(kinds=kinds)).first)

    assert fact.value == ">= 3.68 us"
    assert "Not included: 1 of 2 kernels" in fact.note
    assert "phone does not run pointwise_conv kernels" in fact.note
    assert "--as-dtype" not in fact.note


def test_only_free_kernels_known_is_no_prediction(case: Case) -> None:
    analysis = case("no arithmetic")
    prediction = analysis.first.prediction
    assert prediction is not None
    free = replace(prediction, latency_s=0.0)

    assert latency(free) == "no prediction"
    assert in_short(replace(analysis.first, prediction=free)) == "no prediction"


def test_what_cannot_be_placed_is_said_first(case: Case) -> None:
    fact = headline(case("does not fit").first)

    assert fact.note.startswith("if it fitted, which it does not:")
    assert fact.tone is Tone.BAD


def test_a_partial_sum_is_a_lower_bound_even_if_calibrated(case: Case) -> None:
    deployment = case("uncosted").first
    assert deployment.prediction is not None

    assert latency(deployment.prediction).startswith(">= ")
    assert interval(deployment.prediction) == ""
    assert "Not included: 1 of 2 kernels" in headline(deployment).note


@pytest.mark.parametrize("name", ["no machine", "empty, no machine"])
def test_without_a_machine_it_says_how_to_name_one(name: str, case: Case) -> None:
    fact = headline(case(name).first)

    assert fact.value == "-"
    assert "--hw NAME" in fact.note


def test_nothing_that_takes_time_takes_none(case: Case) -> None:
    assert headline(case("empty").first).value == "0 s"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("uncalibrated", ">= 10.3 us, roofline bound, not calibrated: expect more"),
        ("calibrated", ("31.5 us (25.2-39.3), 90 % interval, calibrated; roofline bound 10.3 us")),
        ("additive", "14.7 us, additive model, not calibrated: expect more"),
        ("roofline of a calibrated machine", ">= 10.3 us, roofline bound: expect more"),
        ("no arithmetic", "no prediction"),
        ("no machine", "no machine"),
    ],
)
def test_the_head_of_a_picture_is_a_line(name: str, short: str, case: Case) -> None:
    assert in_short(case(name).first) == short


def test_advice_stands_beside_a_partial_sum_too() -> None:
    net = Net()
    floats = net.conv("image", "conv", 8, 3)
    whole = net.add("Cast", ["image"], "cast", to=6)  # to int32
    whole = net.add("Add", [whole, whole], "add")
    mixed = machine(peaks={"int32": 1e9, "int8": 4e12})

    fact = headline(pipeline.analyze(net.model([floats, whole]), mixed).first)

    assert fact.value.startswith(">= ")
    assert "phone has no float32 arithmetic" in fact.note
    assert fact.note.endswith("Try --as-dtype int8.")
