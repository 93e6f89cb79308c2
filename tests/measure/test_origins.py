"""Optimised kernels back to the operators of the file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from measured_models import network, perceptron, quantized, random, two_convolutions
from onnx import numpy_helper, parser

from costscope.dtypes import FLOAT32
from costscope.graph import proto
from costscope.graph.types import Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import runtime_named
from costscope.kernels.traffic import kernel_of
from costscope.measure.join import join
from costscope.measure.optimized import bound
from costscope.measure.origins import Origin, origins
from costscope.measure.origins.original import Original
from costscope.measure.session import Session
from costscope.measure.source import source
from costscope.measure.weights import materialise


def found(model: Any, feeds: dict[str, Any], level: str) -> dict[str, tuple[str, Origin]]:
    """Operator and origin of each kernel that onnxruntime runs, by name."""
    given, graph = bound(source(model), None)
    with Session(given, materialise(given), optimization=level) as session:
        session.run_s(feeds)
        kernels = join(proto.read(session.saved), session.end_profile(), name="net").kernels
    by_name = origins(kernels, graph)
    return {k.name: (k.nodes[0].op_type, by_name[k.name]) for k in kernels}


def of_operator(result: dict[str, tuple[str, Origin]], op_type: str) -> list[Origin]:
    return [origin for operator, origin in result.values() if operator == op_type]


IMAGE = {"x": random(1, 16, 8, 8)}


def test_without_optimization_every_kernel_is_its_own_origin():
    result = found(two_convolutions(), IMAGE, "none")

    assert {name: origin.nodes for name, (_, origin) in result.items()} == {
        name: (name,) for name in ("Conv_1", "Relu_1", "Conv_2", "Add_1")
    }


def test_fused_operators_are_named_together():
    result = found(two_convolutions(), IMAGE, "extended")

    assert [origin.nodes for origin in of_operator(result, "FusedConv")] == [("Conv_1", "Relu_1")]
    assert [origin.nodes for origin in of_operator(result, "Conv")] == [("Conv_2",)]
    assert [origin.nodes for origin in of_operator(result, "Add")] == [("Add_1",)]


def test_blocked_kernels_and_their_layout_work_are_told_apart():
    result = found(two_convolutions(), IMAGE, "all")

    traced = [origin.nodes for _, origin in result.values() if not origin.layout]
    layout = [operator for operator, origin in result.values() if origin.layout]
    assert sorted(traced) == [("Conv_1", "Relu_1"), ("Conv_2", "Add_1")]
    assert set(layout) <= {"ReorderInput", "ReorderOutput"}
    assert layout


def test_a_gelu_and_a_product_with_bias_are_found_between_others():
    result = found(perceptron(), {"x": random(4, 16)}, "extended")

    named = {node for _, origin in result.values() for node in origin.nodes}
    assert of_operator(result, "Gemm")[0].nodes[:2] == ("MatMul_1", "Add_1")
    assert {"Div_1", "Erf_1", "Add_2", "Mul_1"} < named
    (gelu,) = of_operator(result, "Gelu")
    assert {"Erf_1", "Mul_1"} <= set(gelu.nodes)


def test_quantized_kernels_name_what_was_rounded_into_them():
    result = found(quantized(), {"x": random(1, 8, 8, 8)}, "extended")

    (origin,) = of_operator(result, "QLinearConv")
    assert {"Conv_1", "Relu_1", "QuantizeLinear_2"} <= set(origin.nodes)
    (entry,) = of_operator(result, "QuantizeLinear")
    assert entry.nodes == ("QuantizeLinear_1",)
    (leaving,) = of_operator(result, "DequantizeLinear")
    assert "DequantizeLinear_3" in leaving.nodes
    assert not leaving.layout


def test_parts_of_one_operator_share_it():
    model = network(
        "(float[1,16,8,8] x) => (float[1,16,8,8] y) { a = Neg (x) b = HardSwish (a) y = Exp (b) }"
    )

    result = found(model, IMAGE, "extended")

    assert of_operator(result, "HardSigmoid")[0].nodes == ("HardSwish_1",)
    assert of_operator(result, "Mul")[0].nodes == ("HardSwish_1",)
    assert of_operator(result, "Exp")[0].nodes == ("Exp_1",)


def test_functions_are_traced_by_operator_and_order():
    text = (
        '<ir_version: 8, opset_import: ["": 17, "own": 1]>'
        "net (float[1,16,8,8] x) => (float[1,16,8,8] y) "
        "{ a = own.block (x, w) y = own.block (a, v) }"
        '<domain: "own", opset_import: ["": 17]> block (p, k) => (q) '
        "{ r = Conv <pads=[1,1,1,1]> (p, k) q = Relu (r) }"
    )
    model = parser.parse_model(text)
    for name in ("w", "v"):
        model.graph.initializer.append(numpy_helper.from_array(random(16, 16, 3, 3), name))

    result = found(model, IMAGE, "extended")

    assert [origin.nodes for origin in of_operator(result, "FusedConv")] == [
        ("block_1/Conv_0", "block_1/Relu_1"),
        ("block_2/Conv_0", "block_2/Relu_1"),
    ]


# What follows needs no runtime: kernels written down as some version may name them.


def kernel(op_type: str, name: str, inputs: list[str], outputs: list[str], **attributes: Any):
    tensors = [Tensor(each, (1, 16, 8, 8), FLOAT32) for each in (*inputs, *outputs)]
    made = Node(name, op_type, "", 17, tuple(tensors[: len(inputs)]),
                tuple(tensors[len(inputs) :]), attributes)  # fmt: skip
    return kernel_of(Cell(op_type, (made,), made.inputs, made.outputs, attributes, 0))


def graph_of(text: str, **weights: np.ndarray):
    return bound(source(network(text, **weights)), None)[1]


CHAIN = graph_of(
    "(float[1,16,8,8] x) => (float[1,16,8,8] y) { a = Exp (x) b = Neg (a) y = Abs (b) }"
)


def test_casts_that_the_runtime_put_in_are_layout_work():
    kernels = [
        kernel("Cast", "InsertedPrecisionFreeCast_x", ["x"], ["InsertedPrecisionFreeCast_x"]),
        kernel("Exp", "Exp_1", ["InsertedPrecisionFreeCast_x"], ["InsertedPrecisionFreeCast_a"]),
        kernel("Cast", "InsertedPrecisionFreeCast_a", ["InsertedPrecisionFreeCast_a"], ["a"]),
    ]  # fmt: skip

    result = origins(kernels, CHAIN)

    assert [result[each.name].layout for each in kernels] == [True, False, True]
    assert result["Exp_1"].nodes == ("Exp_1",)


def test_a_reshape_that_hands_on_a_result_leaves_it_to_its_maker():
    kernels = [
        kernel("Exp", "strange", ["x"], ["flat"]),
        kernel("Reshape", "gemm_output_reshape", ["flat"], ["a"]),
    ]

    result = origins(kernels, CHAIN)

    assert result["strange"].nodes == ("Exp_1",)
    assert result["gemm_output_reshape"] == Origin((), layout=True)


def test_the_region_between_known_kernels_is_a_last_clue():
    kernels = [
        kernel("Exp", "Exp_1", ["x"], ["a"]),
        kernel("Fancy", "unheard_of", ["a"], ["token"]),
        kernel("Abs", "Abs_1", ["token"], ["y"]),
    ]

    assert origins(kernels, CHAIN)["unheard_of"].nodes == ("Neg_1",)


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("Neg_1", "Neg_1"),
        ("b_nchwc", "Neg_1"),
        ("b_bn_nchwc", "Neg_1"),
        ("Neg_1/SomeFusion/", "Neg_1"),
        ("InsertedPrecisionFreeCast_b", "Neg_1"),
        ("bb", None),
        ("Neg_12", None),
        ("ReorderInput_token_3", None),
    ],
)
def test_names_are_known_behind_what_the_runtime_adds(name, node):
    assert Original(CHAIN).called(name) == node


def test_an_unknown_original_leaves_only_layout_work_to_tell():
    kernels = [kernel("ReorderInput", "r", ["x"], ["z"]), kernel("Exp", "e", ["z"], ["q"])]

    assert origins(kernels, None) == {"r": Origin(layout=True), "e": Origin()}


def test_our_own_fusion_is_no_graph_that_ran():
    kernels, _ = fuse(CHAIN, runtime_named("none"))

    assert all(origins(kernels, CHAIN)[k.name].nodes == (k.name,) for k in kernels)


def test_results_of_the_network_are_never_swallowed():
    graph = graph_of("(float[4] x) => (float[4] a, float[4] y) { a = Exp (x) y = Neg (a) }")
    lonely = kernel("Neg", "Neg_1", ["x"], ["y"])

    assert origins([lonely], graph)["Neg_1"].nodes == ("Neg_1",)
