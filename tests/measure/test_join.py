"""Events to kernels: exact by place, by name where a profile and a graph do not agree."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from measured_models import (
    branches,
    loop,
    network,
    perceptron,
    quantized,
    random,
    two_convolutions,
)
from onnx import ModelProto, TensorProto, helper, parser

from costscope.graph import proto
from costscope.measure.events import Event, RunEvents
from costscope.measure.join import join
from costscope.measure.session import LEVELS, Session
from costscope.measure.source import source
from costscope.measure.weights import materialise
from costscope.work import KernelKind

RUNS = 3


def profile(model: ModelProto, feeds, level="all"):
    """The graph that ran, and its profile."""
    given = source(model)
    with Session(given, materialise(given), optimization=level) as session:
        for _ in range(RUNS):
            session.run_s(feeds)
        return proto.read(session.saved), session.end_profile()


def joined(model, feeds, level="all"):
    saved, runs = profile(model, feeds, level)
    return join(saved, runs, name="net"), runs


def made(name, op_type="Relu", seconds=1.0, **more):
    return Event(name, op_type, 0, seconds, **more)


IMAGE = {"x": random(1, 16, 8, 8)}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("model", "feeds"),
    [
        (two_convolutions(), IMAGE),
        (perceptron(), {"x": random(4, 16)}),
        (quantized(), {"x": random(1, 8, 8, 8)}),
        (loop(), {"x": random(1, 8, 8, 8)}),
        (branches(), {"x": random(4), "choose": np.array([True])}),
        (branches(), {"x": random(4), "choose": np.array([False])}),
    ],
    ids=["conv", "mlp", "qdq", "loop", "then", "else"],
)
def test_every_event_has_a_costed_kernel(model, feeds, level):
    found, runs = joined(model, feeds, level)

    assert found.unmatched_s == {}
    assert found.idle == ()
    assert all(kernel.problem is None for kernel in found.kernels)
    assert sum(kernel.repeats for kernel in found.kernels) == len(runs[-1].events)
    # Nothing is lost and nothing counted twice.
    for index, run in enumerate(runs):
        total = sum(times[index] for times in found.samples_s.values())
        assert total == pytest.approx(sum(event.seconds for event in run.events))


def test_kernels_carry_the_cost_of_their_operator():
    found, _ = joined(two_convolutions(), IMAGE, "extended")

    macs = [kernel.work.macs for kernel in found.kernels if kernel.work.macs]
    assert macs == [8 * 8 * 16 * 16 * 9] * 2


def test_a_loop_is_counted_as_often_as_it_ran():
    found, _ = joined(loop(7), {"x": random(1, 8, 8, 8)})

    repeats = {kernel.nodes[0].op_type: kernel.repeats for kernel in found.kernels}
    convolutions = [k for k in found.kernels if k.work.macs]
    assert [kernel.repeats for kernel in convolutions] == [7]
    assert repeats["Loop"] == repeats["Neg"] == 1
    names = [kernel.name for kernel in found.kernels]
    assert names.index("again") > names.index(convolutions[0].name)
    assert convolutions[0].name.startswith("again/")


def test_the_branch_that_ran_is_costed_though_the_other_is_dearer():
    cheap, _ = joined(branches(), {"x": random(4), "choose": np.array([True])})
    dear, _ = joined(branches(), {"x": random(4), "choose": np.array([False])})

    assert [kernel.nodes[0].op_type for kernel in cheap.kernels] == ["Neg", "If"]
    assert [kernel.nodes[0].op_type for kernel in dear.kernels] == ["Exp", "Sqrt", "If"]
    assert cheap.kernels[0].name == "either/then_branch/neg"


def test_nodes_that_a_function_became_are_joined_though_they_have_no_name():
    model = network(
        "(float[1,16,8,8] x) => (float[1,16,8,8] y) { a = HardSwish (x) y = HardSwish (a) }"
    )

    found, runs = joined(model, IMAGE, "extended")

    # Once inlined, their events are called by the runtime's own numbers.
    assert {event.op_type for event in runs[0].events} == {"HardSigmoid", "Mul"}
    operators = [kernel.nodes[0].op_type for kernel in found.kernels]
    assert operators == ["HardSigmoid", "Mul", "HardSigmoid", "Mul"]
    assert found.unmatched_s == {}


def test_functions_of_the_model_are_joined():
    text = """<ir_version: 8, opset_import: ["": 17, "own": 1]>
        net (float[4] x) => (float[4] y) { a = own.twice (x) y = own.twice (a) }
        <domain: "own", opset_import: ["": 17]>
        twice (p) => (q) { r = Neg (p) q = Exp (r) }"""

    found, _ = joined(parser.parse_model(text), {"x": random(4)}, "none")

    assert [k.nodes[0].op_type for k in found.kernels] == ["Neg", "Exp"] * 2
    assert found.unmatched_s == {}


def test_shape_arithmetic_that_the_runtime_runs_has_kernels_without_work():
    model = network(
        """(float[4,8] x) => (float[n] y) {
            s = Shape (x) p = ReduceProd <keepdims=1> (s) y = Reshape (x, p)
        }"""
    )

    found, _ = joined(model, {"x": random(4, 8)}, "none")

    kinds = {kernel.nodes[0].op_type: kernel.kind for kernel in found.kernels}
    assert kinds["Shape"] is KernelKind.VIEW
    assert set(kinds) == {"Shape", "ReduceProd", "Reshape"}
    assert all(kernel.work.macs == 0 for kernel in found.kernels)


def test_shapes_that_depend_on_data_are_those_of_the_run():
    model = network(
        "(float[8] x) => (float[k] z) { i = NonZero (x) g = Transpose (i) z = GatherND (x, g) }"
    )

    found, _ = joined(model, {"x": np.array([1, 0, 2, 0, 3, 0, 0, 0], np.float32)}, "none")

    kernels = {kernel.nodes[0].op_type: kernel for kernel in found.kernels}
    assert all(kernel.problem is None for kernel in found.kernels)
    assert kernels["NonZero"].nodes[0].output.shape == (1, 3)
    assert kernels["GatherND"].nodes[0].output.shape == (3,)


def plain(count: int, names: list[str] | None = None) -> ModelProto:
    """A chain of Relu, unnamed unless names are given."""
    value = helper.make_tensor_value_info
    tensors = ["x", *[f"t{i}" for i in range(1, count)], "y"]
    nodes = [
        helper.make_node("Relu", [a], [b], name=(names or [""] * count)[i])
        for i, (a, b) in enumerate(pairwise(tensors))
    ]
    graph = helper.make_graph(
        nodes, "g", [value("x", TensorProto.FLOAT, [2])], [value("y", TensorProto.FLOAT, [2])]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_unnamed_nodes_are_joined_by_their_place():
    run = RunEvents(1.0, tuple(made(f"Relu_{10 + i}", seconds=float(i)) for i in range(3)))

    found = join(plain(3), [run], name="net")

    assert list(found.samples_s.values()) == [(0.0,), (1.0,), (2.0,)]
    assert [kernel.nodes[0].inputs[0].name for kernel in found.kernels] == ["x", "t1", "t2"]


def test_names_that_say_otherwise_win_over_places():
    run = RunEvents(1.0, (made("b", seconds=2.0), made("a", seconds=1.0)))

    found = join(plain(2, ["a", "b"]), [run], name="net")

    assert found.samples_s == {"b": (2.0,), "a": (1.0,)}


def test_a_name_of_another_operator_is_not_believed():
    run = RunEvents(1.0, (made("a", "Exp"), made("b")))

    found = join(plain(2, ["a", "b"]), [run], name="net")

    assert set(found.unmatched_s) == {"a"}
    assert found.unmatched_ops == {"a": "Exp"}
    assert found.idle == ("a",)


def test_names_that_stand_twice_are_told_apart_by_their_place():
    run = RunEvents(1.0, (made("same", seconds=1.0), made("same", seconds=2.0)))

    found = join(plain(2, ["same", "same"]), [run], name="net")

    assert sorted(found.samples_s.values()) == [(1.0,), (2.0,)]


def test_events_of_another_graph_are_unmatched():
    run = RunEvents(1.0, (made("c1", "Conv"), made("r", "Relu"), made("c2", "Conv")))

    found = join(plain(1), [run], name="net")

    assert [kernel.nodes[0].op_type for kernel in found.kernels] == ["Relu"]
    assert set(found.unmatched_s) == {"c1", "c2"}
    assert found.unmatched_s["c1"] == (1.0,)


def test_runs_stay_apart():
    runs = [RunEvents(1.0, (made("a", seconds=s),)) for s in (1.0, 2.0, 4.0)]

    assert join(plain(1, ["a"]), runs, name="net").samples_s == {"a": (1.0, 2.0, 4.0)}
