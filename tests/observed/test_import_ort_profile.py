"""The profile of onnxruntime."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from observed_cases import ORT, ORT_START, ort_event, ort_run

from costscope.errors import ModelError
from costscope.observed.importers.onnxruntime import is_profile, read
from costscope.observed.types import LayerTime, Observation


def test_medians_of_runs_and_of_nodes():
    whole, profile = read(ORT, "out/net.json")

    assert whole == Observation(
        model="net",
        latency_s=127e-6,  # the runs took 500, 118 and 127 us
        low_s=118e-6,
        high_s=500e-6,
        runtime="onnxruntime",
        dtype="float32",
        origin="out/net.json (3 runs)",
    )
    assert profile.layers == (
        LayerTime(name="a", op="Relu", latency_s=8e-6),
        LayerTime(name="b", op="Gemm", latency_s=110e-6),
    )


def test_as_trace_viewers_save_it():
    assert read(json.dumps({"traceEvents": json.loads(ORT)}), "net.json") == read(ORT, "net.json")


def test_a_profile_without_whole_runs():
    records = [each for each in json.loads(ORT) if each["name"] != "model_run"]

    whole, profile = read(json.dumps(records), "net.json")

    assert whole.latency_s == 122e-6
    assert len(profile.layers) == 2


def test_the_body_of_a_loop_is_time_of_the_loop():
    told = {"provider": "CPUExecutionProvider", "op_name": "Relu"}
    body = [
        event
        for turn in range(2)
        for event in (
            ort_event("inner_kernel_time", 20 + 20 * turn, 8, told),
            ort_event("SequentialExecutor::Execute", 19 + 20 * turn, 10),
        )
    ]
    records = [
        *ORT_START,
        ort_event("before_kernel_time", 12, 4, told),
        *body,
        ort_event("loop_kernel_time", 18, 50, {**told, "op_name": "Loop"}),
        ort_event("SequentialExecutor::Execute", 11, 60),
        ort_event("model_run", 10, 65),
    ]

    _, profile = read(json.dumps(records), "net.json")

    assert [(layer.name, layer.op) for layer in profile.layers] == [
        ("before", "Relu"),
        ("loop", "Loop"),
    ]
    assert profile.layers[1].latency_s == 50e-6


def test_nodes_of_one_name_stay_apart():
    records = json.loads(ORT.replace("b_kernel_time", "a_kernel_time"))

    _, profile = read(json.dumps(records), "net.json")

    assert [layer.latency_s for layer in profile.layers] == [8e-6, 110e-6]


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("Gemm", "QLinearConv", "dtype", "int8"),
        ("Gemm", "MatMulInteger", "dtype", "int8"),
        ('"float"', '"float16"', "dtype", "float16"),
        ("CPUExecutionProvider", "CUDAExecutionProvider", "runtime", "onnxruntime_cuda"),
    ],
)
def test_precision_and_provider_are_those_of_the_nodes(old, new, field, value):
    whole, _ = read(ORT.replace(old, new), "net.json")

    assert getattr(whole, field) == value


def test_runs_without_a_node_are_still_runs():
    (whole,) = read(json.dumps([ort_event("model_run", 10, 65)]), "net.json")

    assert (whole.latency_s, whole.dtype, whole.runtime) == (65e-6, "", "onnxruntime")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(ORT_START), "no model ran"),
        (ORT[:-20], "ends in the middle|not JSON"),
        (ORT.replace('"dur": 500', '"dur": "x"'), "has no time"),
        (ORT.replace('"dur": 500', '"dur": -5'), "has no time"),
        ('{"traceEvents": 5}', "expected the JSON"),
        ("[1]", "expected the JSON"),
        (json.dumps(ort_run(1, 10**13, 1)), "cannot be the latency"),
    ],
)
def test_what_is_no_profile(text, words):
    with pytest.raises(ModelError, match=words):
        read(text, "net.json")


def test_what_onnxruntime_writes_today(tmp_path: Path):
    numpy = pytest.importorskip("numpy")
    runtime = pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Exp", ["x"], ["y"], name="first"),
        helper.make_node("Softmax", ["y"], ["z"], name="second"),
    ]
    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, 64]) for name in "xz"]
    graph = helper.make_graph(nodes, "g", sides[:1], sides[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = runtime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "real")
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for _ in range(3):
        session.run(None, {"x": numpy.ones((64, 64), numpy.float32)})
    text = Path(session.end_profiling()).read_text(encoding="utf-8")

    whole, profile = read(text, "net.json")

    assert is_profile(text)
    assert [(each.name, each.op) for each in profile.layers] == [
        ("first", "Exp"),
        ("second", "Softmax"),
    ]
    assert (whole.dtype, whole.runtime, whole.origin) == (
        "float32",
        "onnxruntime",
        "net.json (3 runs)",
    )
