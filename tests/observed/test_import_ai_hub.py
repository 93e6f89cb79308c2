"""perf.yaml of Qualcomm AI Hub Models, in both layouts."""

from __future__ import annotations

import pytest
from observed_cases import AI_HUB, AI_HUB_OLD

from costscope.errors import ModelError
from costscope.observed.importers.ai_hub import read
from costscope.observed.types import Observation

ORIGIN = "nets/mobilenet_v2/perf.yaml"


def test_the_newer_layout():
    npu, cpu, mixed = read(AI_HUB, ORIGIN)

    assert npu == Observation(
        model="MobileNet-v2",
        latency_s=0.000594,
        runtime="tflite",
        dtype="float16",
        device="Samsung Galaxy S24 (NPU)",
        origin=f"{ORIGIN}: float of MobileNet-v2 on Samsung Galaxy S24 in tflite",
    )
    assert (cpu.runtime, cpu.dtype) == ("onnxruntime", "float32")
    assert cpu.device == "Samsung Galaxy S24 (CPU)"
    assert (mixed.runtime, mixed.dtype, mixed.latency_s) == ("qnn_dlc", "w8a16", 0.0004)


def test_the_older_layout_counts_microseconds():
    first, second = read(AI_HUB_OLD, ORIGIN)

    assert first == Observation(
        model="MobileNet-v2-Quantized",
        latency_s=0.00024,
        runtime="tflite",
        dtype="int8",
        device="Samsung Galaxy S23 Ultra (NPU)",
        origin=f"{ORIGIN}: MobileNet-v2-Quantized on Samsung Galaxy S23 Ultra in "
        "torchscript_onnx_tflite",
    )
    assert (second.runtime, second.latency_s) == ("onnxruntime", 0.000549)


def test_jobs_that_did_not_pass_have_no_latency():
    with pytest.raises(ModelError, match="no job that passed"):
        read(AI_HUB.replace("Passed", "Failed"), ORIGIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AI_HUB.replace("0.594", "0"), "cannot be the latency"),
        (AI_HUB.replace("0.594", "59400000000"), "cannot be the latency"),
        (AI_HUB.replace("precisions:", "precisions: [\n"), "not a YAML perf.yaml"),
        (AI_HUB.replace("job_id: j1", "job_id: &a j1"), "anchors"),
        (AI_HUB + "precisions: 5\n", "given twice"),
        ("performance_metrics: 5\n", "no job that passed"),
        ("- performance_metrics:\n", "no job that passed"),
        ("precisions: [1]\nmodels: {performance_metrics: 2}\n", "no job that passed"),
        ("models:\n- 5\n- {name: a, performance_metrics: [1, {qnn: 2}]}\n", "no job"),
        ("performance_metrics:\n" + "# filler\n" * 50000, "larger than"),
    ],
)
def test_what_is_no_perf_yaml(text, words):
    with pytest.raises(ModelError, match=words) as raised:
        read(text, ORIGIN)

    assert str(raised.value).startswith(ORIGIN)
