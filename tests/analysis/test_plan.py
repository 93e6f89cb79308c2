"""Whose kernels are predicted: those of the graph that a runtime makes, or ours."""

from __future__ import annotations

import json
import pickle

import jsonschema
import pytest
from onnx import ModelProto, helper

from costscope import pipeline
from costscope.errors import ModelError, UsageError
from costscope.graph.types import Graph
from costscope.shapes import Bindings
from costscope.views import VIEWS
from costscope.views.json_view import schema_text
from fitted_cases import BANDS, class_fit, fitted, machine, plain_terms
from networks import mobilenet_v2
from rated_cases import machine as phone


@pytest.fixture(autouse=True)
def terms(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_terms(monkeypatch)


def chain(*ops: str) -> ModelProto:
    """Operators of one input in a row, on 1x2x2x2 floats."""
    names = ["x", *(f"v{i}" for i in range(len(ops) - 1)), "y"]
    nodes = [
        helper.make_node(op, [names[i]], [names[i + 1]], name=f"{op}_{i}")
        for i, op in enumerate(ops)
    ]
    tensors = [helper.make_tensor_value_info(name, 1, [1, 2, 2, 2]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "chain", tensors[:1], tensors[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def desk(**more):
    """One second a call of an elementwise kernel."""
    calls = class_fit("elementwise", seconds={"call": 1.0})
    return machine(fitted(calls, **more))


class Recorder:
    """An optimizer that leaves one Relu of every model, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, Bindings, str]] = []

    def __call__(self, model: object, bindings: Bindings, level: str) -> Graph:
        self.asked.append((model, bindings, level))
        return pipeline.load(chain("Relu"))


def test_the_runtime_s_own_graph_is_predicted_and_ours_is_counted() -> None:
    optimizer, model = Recorder(), chain("Relu", "Tanh", "Sigmoid")

    analysis = pipeline.analyze(
        model,
        desk(),
        input_shapes={"x": [1, 2, 2, 2]},
        optimizer=optimizer,
        optimizer_name="onnxruntime 1.31.1",
    )

    first = analysis.first
    assert [kernel.op_types for kernel in first.kernels] == [("Relu",)]
    assert first.prediction is not None
    assert first.prediction.latency_s == 1.0
    assert first.executed == first.runs_as == "onnxruntime 1.31.1 at level all"
    assert first.graph is not None
    assert len(first.graph.nodes) == 1
    assert len(analysis.graph.nodes) == 3
    alone = pipeline.analyze(model).first
    assert first.totals == alone.totals
    assert first.schedule.peak == alone.schedule.peak
    assert optimizer.asked == [(model, Bindings({}, {"x": (1, 2, 2, 2)}, None), "all")]
    assert analysis.assumptions == (
        (
            "kernels and times are of the graph that onnxruntime 1.31.1 at level all makes; "
            "totals are of the model's own"
        ),
    )
    assert pickle.loads(pickle.dumps(analysis)) == analysis


def test_the_level_is_handed_on() -> None:
    optimizer = Recorder()

    analysis = pipeline.analyze(chain("Relu"), desk(), optimization="basic", optimizer=optimizer)

    assert optimizer.asked[0][2] == "basic"
    assert analysis.first.executed == "onnxruntime at level basic"


def test_the_optimizer_is_asked_once_and_only_for_machines_that_were_measured() -> None:
    optimizer = Recorder()

    both = pipeline.analyze(chain("Relu", "Tanh"), [desk(), "pixel6", desk()], optimizer=optimizer)
    pipeline.analyze(chain("Relu", "Tanh"), "pixel6", optimizer=optimizer)
    pipeline.analyze(chain("Relu", "Tanh"), desk(), runtime="tflite", optimizer=optimizer)
    pipeline.analyze(chain("Relu", "Tanh"), optimizer=optimizer)

    assert len(optimizer.asked) == 1
    assert [len(each.kernels) for each in both.deployments] == [1, 2, 1]
    assert [bool(each.executed) for each in both.deployments] == [True, False, True]


def test_machines_of_one_runtime_keep_their_own_kernels_in_every_view() -> None:
    # the same runtime, but only one of the two was measured kernel by kernel
    other = machine(name="sheet", fitted=(), identity=None)
    analysis = pipeline.analyze(chain("Relu", "Tanh"), [desk(), other], optimizer=Recorder())

    found = json.loads(VIEWS.get("json").render(analysis))

    assert [(k["order"], k["runtime"]) for k in found["kernels"]] == [
        (1, "onnxruntime at level all"),
        (1, "onnxruntime"),
        (2, "onnxruntime"),
    ]
    assert [list(k["timing"]) for k in found["kernels"]] == [["desk"], ["sheet"], ["sheet"]]
    assert found["totals"]["executed"] == {"desk": "onnxruntime at level all", "sheet": None}
    for view in ("csv", "table", "markdown"):
        assert "onnxruntime at level all" in VIEWS.get(view).render(analysis)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "its own optimizer was not asked"),
        ({"optimizer": Recorder(), "as_dtype": "fp16"}, "the file is in another precision"),
    ],
)
def test_our_fusion_stands_in_and_says_why(more, why) -> None:
    analysis = pipeline.analyze(chain("Relu", "Tanh"), desk(), **more)

    assert len(analysis.first.kernels) == 2
    assert analysis.first.executed == ""
    assert analysis.first.graph is None
    assert analysis.assumptions[-1] == (
        f"kernels are fused by costscope as onnxruntime's extended level, not its level all: {why}"
    )


def test_a_resolved_graph_has_no_file_to_optimize() -> None:
    analysis = pipeline.analyze(pipeline.load(chain("Relu")), desk(), optimizer=Recorder())

    assert "its optimizer needs the model's file" in analysis.assumptions[-1]


def test_a_model_that_the_runtime_refuses_is_fused_by_us() -> None:
    def refuse(_model: object, _bindings: Bindings, _level: str) -> Graph:
        raise ModelError("no kernel for Foo")

    analysis = pipeline.analyze(chain("Relu"), desk(), optimizer=refuse)

    assert "its optimizer refuses the model (no kernel for Foo)" in analysis.assumptions[-1]
    assert analysis.first.prediction.latency_s == 1.0


def test_our_fusion_is_the_extended_level_and_no_other() -> None:
    extended = pipeline.analyze(chain("Relu"), desk(), optimization="extended")

    assert extended.assumptions[-1].startswith(
        "kernels are fused by costscope as onnxruntime's extended level: "
    )
    for level in ("basic", "none"):
        with pytest.raises(UsageError, match=f"optimization {level}: costscope fuses as"):
            pipeline.analyze(chain("Relu"), desk(), optimization=level)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"optimization": "fast"}, "unknown optimization level 'fast'; choose one of none, basic,"),
        ({"optimization": "all"}, "optimization all: only machines measured by"),
        ({"threads": 2}, "threads 2: no machine named here was measured with several"),
    ],
)
def test_what_no_machine_can_tell_is_refused(more, said) -> None:
    with pytest.raises(UsageError, match=said):
        pipeline.analyze(chain("Relu"), phone(rates=()), **more)


def test_threads_count_for_the_machines_that_tell_them_apart() -> None:
    two = class_fit("elementwise", seconds={"call": 0.5})
    on = machine(*desk().fitted, fitted(two, threads=2))

    both = pipeline.analyze(chain("Relu"), [on, phone(rates=())], threads=2)

    assert [each.prediction.threads for each in both.deployments] == [2, None]
    assert both.first.prediction.latency_s == 0.5


def test_uncosted_operators_are_those_of_the_model() -> None:
    model = chain("Relu", "Tanh")
    model.graph.node[1].domain = "acme"
    model.opset_import.add(domain="acme", version=1)

    analysis = pipeline.analyze(model, desk(), optimizer=Recorder())

    assert [each.name for each in analysis.uncosted] == ["Tanh_1"]


def test_a_whole_network_follows_the_schema_and_its_shares_add_up() -> None:
    kinds = {kernel.kind for kernel in pipeline.analyze(mobilenet_v2()).first.kernels}
    seconds = {"macs": 1e-11, "read_bytes": 1e-10, "call": 1e-6}
    on = machine(
        fitted(*(class_fit(str(kind), seconds=seconds) for kind in kinds), bands=BANDS, run_s=1e-5)
    )

    analysis = pipeline.analyze(
        mobilenet_v2(), on, optimizer=lambda model, bindings, _: pipeline.load(model, bindings)
    )
    found = json.loads(VIEWS.get("json").render(analysis))

    jsonschema.validate(found, json.loads(schema_text()))
    totals = found["totals"]
    times = [kernel["timing"]["latency_s"] for kernel in found["kernels"]]
    assert sum(times) + totals["run_s"] == pytest.approx(totals["latency_s"])
    assert sum(kernel["params"] for kernel in found["kernels"]) >= totals["params"]
    assert totals["interval_confidence"] == 0.9
    assert found["hardware"]["fitted"]["threads"] == totals["threads"] == 1
    assert found["hardware"]["identity"]["cpu"] == "Example 9000"
    assert {operator["kernel"] for operator in found["operators"]} == {None}
