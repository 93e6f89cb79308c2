"""Memory held step by step: by hand, and against a slow reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

import costscope

KIB = 1024


def schedule_of(nodes, inputs, outputs, constants=(), runtime="none"):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_empty_tensor_value_info(n) for n in outputs],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return costscope.analyze(model, runtime=runtime).first.schedule


def node(op_type, inputs, output, **attributes):
    return helper.make_node(op_type, inputs, [output], name=output, **attributes)


def held(schedule):
    return [step.held_bytes for step in schedule.steps]


def test_input_and_output_of_a_kernel_are_held_together():
    schedule = schedule_of([node("Sin", ["x"], "y")], {"x": [1024]}, ["y"])

    assert schedule.peak.nbytes == 2 * 4 * KIB
    assert schedule.peak.kernel == "y"
    assert {buffer.name for buffer in schedule.peak.tensors} == {"x", "y"}


def test_a_chain_holds_two_tensors_at_a_time():
    nodes = [node("Sin", ["x"], "a"), node("Cos", ["a"], "b"), node("Tan", ["b"], "y")]

    assert held(schedule_of(nodes, {"x": [256]}, ["y"])) == [2 * KIB, 2 * KIB, 2 * KIB]


def test_a_shortcut_is_held_until_it_is_added():
    nodes = [
        node("Sin", ["x"], "a"),
        node("Cos", ["a"], "b"),
        node("Tan", ["b"], "c"),
        node("Add", ["a", "c"], "y"),
    ]

    # x a | a b | a b c | a c y
    assert held(schedule_of(nodes, {"x": [256]}, ["y"])) == [2 * KIB, 2 * KIB, 3 * KIB, 3 * KIB]


def test_an_output_of_the_graph_is_held_to_the_end():
    nodes = [node("Sin", ["x"], "a"), node("Cos", ["a"], "b"), node("Tan", ["b"], "y")]

    assert held(schedule_of(nodes, {"x": [256]}, ["a", "y"]))[-1] == 3 * KIB


def test_a_view_lies_in_its_inputs_buffer():
    nodes = [node("Sin", ["x"], "a"), node("Flatten", ["a"], "v"), node("Cos", ["v"], "y")]

    schedule = schedule_of(nodes, {"x": [4, 8, 8]}, ["y"])

    assert held(schedule) == [2 * KIB, KIB, 2 * KIB]


def test_what_a_view_shows_lives_as_long_as_the_view():
    nodes = [
        node("Sin", ["x"], "a"),
        node("Flatten", ["a"], "v"),
        node("Cos", ["x"], "b"),
        node("Flatten", ["b"], "w"),
        node("Add", ["v", "w"], "y"),
    ]

    # x a | x v | x v b | v w | v w y
    assert held(schedule_of(nodes, {"x": [4, 8, 8]}, ["y"])) == [
        2 * KIB,
        2 * KIB,
        3 * KIB,
        2 * KIB,
        3 * KIB,
    ]


def test_in_place_needs_one_buffer_but_never_the_callers():
    nodes = [node("Sin", ["x"], "a"), node("Cos", ["a"], "b"), node("Tan", ["b"], "y")]

    # The caller keeps x, so the first result needs a buffer of its own.
    assert held(schedule_of(nodes, {"x": [256]}, ["y"], runtime="onnxruntime")) == [
        2 * KIB,
        KIB,
        KIB,
    ]


def test_in_place_leaves_alone_what_is_still_read():
    nodes = [
        node("Sin", ["x"], "a"),
        node("Cos", ["a"], "b"),
        node("Add", ["a", "b"], "y"),
    ]

    assert held(schedule_of(nodes, {"x": [256]}, ["y"], runtime="onnxruntime"))[1] == 2 * KIB


def test_weights_are_no_activations():
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[256, 256])

    schedule = schedule_of([node("MatMul", ["x", "w"], "y")], {"x": [1, 256]}, ["y"], [weight])

    assert schedule.peak.nbytes == 2 * KIB


@st.composite
def graphs(draw):
    """A random order of operators that read one or two earlier tensors of random sizes."""
    names = ["x"]
    nodes = []
    for index in range(draw(st.integers(1, 12))):
        read = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        nodes.append(node("Concat", read, f"t{index}", axis=0))
        names.append(f"t{index}")
    outputs = draw(st.lists(st.sampled_from(names[1:]), min_size=1, max_size=3, unique=True))
    return nodes, outputs


def slow_reference(nodes, outputs):
    """At each step: what exists already or comes into being, and is still needed."""
    sizes = {"x": 1}
    for each in nodes:
        sizes[each.output[0]] = sum(sizes[name] for name in each.input)
    result = []
    for step in range(len(nodes)):
        alive = 0
        for name, size in sizes.items():
            made = -1 if name == "x" else int(name[1:])
            later = [i for i, each in enumerate(nodes) if name in each.input and i >= step]
            needed = bool(later) or name in outputs or made == step
            alive += 4 * size if made <= step and needed else 0
        result.append(alive)
    return result


@given(graphs())
def test_liveness_equals_a_slow_reference(graph):
    nodes, outputs = graph

    schedule = schedule_of(nodes, {"x": [1]}, outputs)

    assert held(schedule) == slow_reference(nodes, outputs)
    assert schedule.peak.nbytes == max(held(schedule))


# Not onnxruntime: it runs equal operators once, early, and holds the result for the last reader.
@given(graphs(), st.sampled_from(["tflite", "tflm", "ncnn", "tinyengine"]))
def test_sharing_buffers_never_needs_more(graph, runtime):
    nodes, outputs = graph

    plain = schedule_of(nodes, {"x": [1]}, outputs).peak.nbytes
    shared = schedule_of(nodes, {"x": [1]}, outputs, runtime=runtime).peak.nbytes

    assert shared <= plain


@pytest.mark.parametrize("runtime", ["onnxruntime", "none"])
def test_the_peak_lists_the_buffers_that_make_it(runtime, mobilenet_v2):
    schedule = costscope.analyze(mobilenet_v2, runtime=runtime).first.schedule

    assert sum(buffer.nbytes for buffer in schedule.peak.tensors) == schedule.peak.nbytes
    assert schedule.peak.nbytes == max(step.held_bytes for step in schedule.steps)
