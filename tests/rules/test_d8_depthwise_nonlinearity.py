"""D8 on MobileNetV1 and on the form that survives 8-bit quantization."""

from __future__ import annotations

import pytest
from rule_cases import found_by
from small_models import model, op, scalar, weights

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.zoo.build import build


def test_the_13_separable_convolutions_of_mobilenet_v1():
    (found,) = found_by("D8", "zoo:mobilenet_v1", as_dtype="int8")

    assert found.evidence["sites"] == 13
    assert found.evidence["activations"] == 13
    assert found.evidence["batch_norms"] == 0  # folded
    assert found.severity is Severity.NOTE


def test_batch_norms_count_where_they_are_not_folded():
    (found,) = found_by("D8", build("mobilenet_v1", deploy=False), as_dtype="int8")

    assert found.evidence["sites"] == 13
    assert found.evidence["batch_norms"] == 13


def test_the_17_inverted_residuals_of_mobilenet_v2():
    (found,) = found_by("D8", "zoo:mobilenet_v2", as_dtype="int8")

    assert found.evidence["sites"] == 17


def test_a_file_that_is_quantized_says_so_itself():
    (found,) = found_by("D8", build("mobilenet_v1", dtype="int8"))

    assert found.evidence["sites"] == 13


@pytest.mark.parametrize("variant", ["quant-friendly", "quant-friendly-relu6"])
def test_the_quantization_friendly_form_is_left_alone(variant: str):
    assert found_by("D8", f"zoo:mobilenet_v1@{variant}", as_dtype="int8") == []


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_other_types_are_left_alone(dtype: str):
    assert found_by("D8", "zoo:mobilenet_v1", as_dtype=dtype) == []


@pytest.mark.parametrize("machine", ["pixel6", "pixel4_hexagon"])
def test_hardly_any_time_is_saved_where_activations_are_fused(machine: str):
    names = ("zoo:mobilenet_v1", "zoo:mobilenet_v1@quant-friendly-relu6")
    before, after = (analyze(name, machine, as_dtype="int8").first for name in names)
    assert before.prediction is not None
    assert after.prediction is not None

    (found,) = found_by("D8", names[0], machine, as_dtype="int8")

    expected = (before.prediction.latency_s or 0) - (after.prediction.latency_s or 0)
    assert found.saving_s == pytest.approx(expected, abs=1e-12)
    assert before.totals.work.macs == after.totals.work.macs


def test_without_fusion_the_saving_is_the_traffic_of_the_activations():
    names = ("zoo:mobilenet_v1", "zoo:mobilenet_v1@quant-friendly-relu6")
    before, after = (analyze(name, as_dtype="int8", runtime="none").first for name in names)

    (found,) = found_by("D8", names[0], None, as_dtype="int8", runtime="none")

    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes
    assert found.saving_bytes > 0


@pytest.mark.parametrize(("groups", "window", "sites"), [(8, 1, 1), (8, 3, 0), (1, 1, 0)])
def test_what_stands_on_both_sides(groups: int, window: int, sites: int):
    pads = [window // 2] * 4
    network = model(
        [
            op("Conv", "x first", "depthwise", group=groups, pads=[1, 1, 1, 1]),
            op("Clip", "depthwise zero six", "clipped"),
            op("Conv", "clipped second", "y", pads=pads),
        ],
        [1, 8, 6, 6],
        {
            "first": weights(8, 8 // groups, 3, 3),
            "second": weights(16, 8, window, window),
            "zero": scalar(0),
            "six": scalar(6),
        },
    )

    assert len(found_by("D8", network, as_dtype="int8")) == sites
