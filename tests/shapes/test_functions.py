"""Functions of the model stand open: their bodies are costed where they are called."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import ModelProto, parser

from costscope.errors import ModelError
from costscope.graph.types import Graph
from costscope.shapes import resolve


def parse(body: str, *functions: str, inputs: str = "float[2,3] x") -> ModelProto:
    opsets = 'opset_import: ["" : 18, "f" : 1]'
    heads = [f'<domain: "f", {opsets}> {function}' for function in functions]
    model: Any = parser.parse_model(
        f"<ir_version: 9, {opsets}> g ({inputs}) => (float[] y) {{ {body} }} " + " ".join(heads)
    )
    return model


def ops(graph: Graph) -> list[str]:
    return [node.op_type for node in graph.nodes]


def test_a_call_becomes_its_body() -> None:
    graph = resolve(
        parse(
            "[a] m = f.Twice(x) [b] y = f.Twice(m)", "Twice (p) => (q) { r = Relu(p) q = Neg(r) }"
        )
    )

    assert ops(graph) == ["Relu", "Neg", "Relu", "Neg"]
    assert [node.name for node in graph.nodes] == ["a/Relu_0", "a/Neg_1", "b/Relu_0", "b/Neg_1"]
    assert graph.outputs[0].shape == (2, 3)


def test_tensors_in_bodies_have_names_of_their_own() -> None:
    # The main graph already has a tensor that is called like the one inside the call.
    graph = resolve(
        parse(
            "[a] m = f.Once(x) [b] n = Relu(m) [c] y = Add(n, n)",
            "Once (p) => (q) { r = Relu(p) q = Neg(r) }",
        )
    )
    model = parse("[a] m = f.Once(x) [b] y = Neg(m)", "Once (p) => (q) { r = Relu(p) q = Neg(r) }")
    model.graph.node[1].output[0] = "a/r"
    model.graph.output[0].name = "a/r"
    clashing = resolve(model)

    for found in (graph, clashing):
        names = [tensor.name for node in found.nodes for tensor in node.outputs]
        assert len(set(names)) == len(names)
    assert clashing.outputs[0].name == "a/r"


def test_shape_arithmetic_goes_through_calls() -> None:
    graph = resolve(
        parse(
            "s = Shape(x) t = f.Half(s) y = Expand(one, t)",
            "Half (p) => (q) { two = Constant <value_int = 2> () q = Mul(p, two) }",
            inputs="float[2,3] x, float[1,1] one",
        )
    )

    assert ops(graph) == ["Expand"]
    assert graph.outputs[0].shape == (4, 6)


def test_attributes_come_from_the_caller_or_from_the_default() -> None:
    function = (
        "Move <axis: int = 0, keep> (p) => (q) "
        "{ q = ReduceSum <axes_unused: int = @axis, keepdims: int = @keep> (p) }"
    )
    softmax = "Soft <axis: int = 0> (p) => (q) { q = Softmax <axis: int = @axis> (p) }"

    given = resolve(parse("y = f.Soft <axis = 1> (x)", softmax))
    default = resolve(parse("y = f.Soft (x)", softmax))
    left_out = resolve(parse("y = f.Move (x)", function))
    passed = resolve(parse("y = f.Move <keep = 0> (x)", function))

    assert given.nodes[0].attributes == {"axis": 1}
    assert default.nodes[0].attributes == {"axis": 0}
    assert left_out.outputs[0].shape == (1, 1)  # ONNX's own default keeps the axes
    assert passed.outputs[0].shape == ()


def test_attributes_reach_graphs_inside_the_body() -> None:
    graph = resolve(
        parse(
            "y = f.Maybe <axis = 1> (c, x)",
            "Maybe <axis> (c, p) => (q) { q = If (c) <"
            "then_branch = t () => (float[] a) { a = Softmax <axis: int = @axis> (p) },"
            "else_branch = e () => (float[] b) { b = Softmax <axis: int = @axis> (p) }> }",
            inputs="bool c, float[2,3] x",
        )
    )

    branches = graph.nodes[0].branches
    assert [branch.graph.nodes[0].attributes for branch in branches] == [{"axis": 1}] * 2


@pytest.mark.parametrize("call", ["f.Bound(x)", 'f.Bound(x, "")', 'f.Bound(x, "", top)'])
def test_omitted_inputs_are_omitted_in_the_body(call: str) -> None:
    call = call.replace('""', "")
    model = parse(
        f"y = {call}",
        "Bound (p, low, high) => (q) { q = Clip(p, low, high) }",
        inputs="float[2,3] x, float top",
    )
    model.graph.input[1].type.tensor_type.shape.SetInParent()

    (node,) = resolve(model).nodes

    assert node.op_type == "Clip"
    assert node.input(1) is None
    assert (node.input(2) is None) == ("top" not in call)


def test_an_omitted_input_in_a_graph_inside_the_body() -> None:
    graph = resolve(
        parse(
            "y = f.Maybe (c, x)",
            "Maybe (c, p, low) => (q) { q = If (c) <"
            "then_branch = t () => (float[] a) { a = Clip(p, low) },"
            "else_branch = e () => (float[] b) { b = Neg(p) }> }",
            inputs="bool c, float[2,3] x",
        )
    )

    assert graph.nodes[0].branches[0].graph.nodes[0].input(1) is None


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        (["A (p) => (q) { q = f.A(p) }"], "function 'A' calls itself"),
        (["A (p) => (q) { q = f.B(p) }", "B (p) => (q) { q = f.A(p) }"], "calls itself"),
        (["A (p) => (q) { r = Relu(p) }"], "function 'A' does not produce 'q'"),
        (["A () => (q) { q = Relu(x) }"], "gives 1 inputs to function 'A', which takes 0"),
        (["A (p) => (q) { q = Add(p, x) }"], "'x' is read but nothing produces it"),
    ],
)
def test_wrong_functions_are_refused(functions: list[str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(parse("y = f.A(x)", *functions))


def test_more_outputs_than_the_function_has() -> None:
    with pytest.raises(ModelError, match="asks for 2 outputs of function 'A', which has 1"):
        resolve(parse("y, z = f.A(x)", "A (p) => (q) { q = Relu(p) }"))


def test_a_small_file_that_unfolds_into_billions_is_refused() -> None:
    functions = [f"F{i} (p) => (q) {{ r = f.F{i + 1}(p) q = f.F{i + 1}(r) }}" for i in range(40)]

    with pytest.raises(ModelError, match="functions expand to more than 200,000 nodes"):
        resolve(parse("y = f.F0(x)", *functions, "F40 (p) => (q) { q = Relu(p) }"))


def test_functions_too_deep_in_each_other_are_refused() -> None:
    functions = [f"F{i} (p) => (q) {{ q = f.F{i + 1}(p) }}" for i in range(500)]

    with pytest.raises(ModelError, match="nested more than 64 deep"):
        resolve(parse("y = f.F0(x)", *functions, "F500 (p) => (q) { q = Relu(p) }"))


def test_a_function_has_opsets_of_its_own() -> None:
    # Squeeze takes its axes as an attribute before opset 13, as an input from then on.
    model = parse(
        "y = f.Old(x)", "Old (p) => (q) { q = Squeeze <axes = [0]> (p) }", inputs="float[1,3] x"
    )
    model.functions[0].opset_import[0].version = 11
    assert resolve(model).nodes[0].version == 11

    model.functions[0].opset_import[0].version = 999
    with pytest.raises(ModelError, match="opset 999 is newer"):
        resolve(model)


def test_constants_in_two_calls_are_two_constants() -> None:
    graph = resolve(
        parse(
            "[a] m = f.Plus(x) [b] y = f.Plus(m)",
            "Plus (p) => (q) { w = Constant <value = float[3] {1, 2, 3}> () q = Add(p, w) }",
        )
    )

    assert set(graph.constants) == {"a/w", "b/w"}
    assert [node.inputs[1].sources for node in graph.nodes if node.inputs[1]] == [
        ("a/w",),
        ("b/w",),
    ]


def test_overloads_are_told_apart() -> None:
    model = parse("y = f.A(x)", "A (p) => (q) { q = Relu(p) }", "B (p) => (q) { q = Neg(p) }")
    model.functions[1].name, model.functions[1].overload = "A", "other"
    model.graph.node[0].overload = "other"

    assert ops(resolve(model)) == ["Neg"]


def test_a_function_may_stand_in_for_an_operator_of_the_standard() -> None:
    model = parse("y = Selu(x)", "Selu (p) => (q) { q = Relu(p) }")
    model.functions[0].domain = "ai.onnx"

    assert ops(resolve(model)) == ["Relu"]
