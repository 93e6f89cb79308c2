"""Quantization of the standard: formulas, element types, and weights that stay as stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from costscope.dtypes import FLOAT32, INT4, INT8, UINT8, DType, named
from costscope.errors import ShapeError
from costscope.graph.types import Storage
from costscope.ops import Slot, slot_of
from costscope.shapes import resolve
from costscope.work import KernelKind, Work
from single_node import RUNNABLE, Of, floats, kind, model, node_of, results, work

SCALE = np.array(0.5, np.float32)
POINT = np.array(3, np.uint8)
ELEMENTS = 2 * 3 * 4


def dtype_of(*arguments: Any, **keywords: Any) -> DType:
    return node_of(*arguments, **keywords).output.dtype


@pytest.mark.parametrize(
    ("op_type", "data"),
    [("QuantizeLinear", (2, 3, 4)), ("DequantizeLinear", Of(TensorProto.UINT8, (2, 3, 4)))],
)
def test_a_product_and_for_a_zero_point_a_sum(op_type: str, data: Any) -> None:
    assert work(op_type, data, SCALE) == Work(vector_ops=ELEMENTS)
    assert work(op_type, data, SCALE, POINT) == Work(vector_ops=2 * ELEMENTS)
    assert kind(op_type, data, SCALE) is KernelKind.QUANTIZATION


def test_dynamic_quantization_looks_for_the_range_first() -> None:
    # minimum, maximum, divide, add
    assert work("DynamicQuantizeLinear", (2, 3, 4), outputs=3) == Work(vector_ops=4 * ELEMENTS)


@pytest.mark.parametrize("slot", [1, 2])
@pytest.mark.parametrize("op_type", ["QuantizeLinear", "DequantizeLinear"])
def test_scales_and_zero_points_are_no_weights(op_type: str, slot: int) -> None:
    assert slot_of(("", op_type), slot) is Slot.QUANTIZATION
    assert slot_of(("", op_type), 0) is Slot.WEIGHT


@pytest.mark.parametrize(
    ("point", "attributes", "expected"),
    [
        (None, {}, "uint8"),
        (np.array(0, np.int8), {}, "int8"),
        (np.array(0, np.int16), {}, "int16"),
        (None, {"output_dtype": TensorProto.INT4}, "int4"),
        (None, {"output_dtype": TensorProto.FLOAT8E4M3FN}, "float8e4m3fn"),
        (np.array(0, np.int8), {"output_dtype": TensorProto.INT8}, "int8"),
    ],
)
def test_quantized_type(point: Any, attributes: dict[str, Any], expected: str) -> None:
    assert dtype_of("QuantizeLinear", (2, 3), SCALE, point, **attributes) == named(expected)


def test_two_quantized_types_contradict_each_other() -> None:
    with pytest.raises(ShapeError, match="zero point is uint8 but its output_dtype is int8"):
        node_of("QuantizeLinear", (2, 3), SCALE, POINT, output_dtype=TensorProto.INT8)


@pytest.mark.parametrize(
    ("scale", "attributes", "expected"),
    [
        (np.array(1, np.float32), {}, "float32"),
        (np.array(1, np.float16), {}, "float16"),
        (np.array(1, np.float32), {"output_dtype": TensorProto.FLOAT16}, "float16"),
    ],
)
def test_dequantized_type(scale: Any, attributes: dict[str, Any], expected: str) -> None:
    data = Of(TensorProto.INT8, (2, 3))

    assert dtype_of("DequantizeLinear", data, scale, **attributes) == named(expected)


def test_what_is_looked_up_in_a_dequantized_table_is_real() -> None:
    table = TensorProto(name="w", data_type=TensorProto.INT8, dims=[100, 4])
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale"], ["real"]),
        helper.make_node("Gather", ["real", "x"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.INT64, [3])],
        [helper.make_empty_tensor_value_info("y")],
        [table, helper.make_tensor("scale", TensorProto.FLOAT, [], [0.1])],
    )

    (node,) = resolve(helper.make_model(graph)).nodes

    assert node.output.dtype == FLOAT32


@pytest.mark.parametrize(
    ("stored", "dtype"),
    [(TensorProto.INT8, INT8), (TensorProto.UINT8, UINT8), (TensorProto.INT4, INT4)],
)
def test_a_constant_keeps_the_type_it_is_stored_in(stored: int, dtype: DType) -> None:
    weight = TensorProto(name="w", data_type=stored, dims=[6, 4])
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale"], ["real"]),
        helper.make_node("MatMul", ["x", "real"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 6])],
        [helper.make_empty_tensor_value_info("y")],
        [weight, helper.make_tensor("scale", TensorProto.FLOAT, [], [0.1])],
    )

    (node,) = resolve(helper.make_model(graph)).nodes

    real = node.inputs[1]
    assert node.op_type == "MatMul"
    assert real is not None
    assert real.constant
    assert real.dtype == FLOAT32
    assert real.storage == Storage(dtype, ("scale",))
    assert real.nbytes == 24 * dtype.bits // 8
    assert real.sources == ("w",)


def test_a_constant_whose_scale_is_computed_is_dequantized_in_the_run() -> None:
    node = node_of("DequantizeLinear", np.zeros((2, 3), np.int8), ())

    assert node.output.dtype == named("float32")


@pytest.mark.parametrize(
    ("data", "scale", "attributes"),
    [
        ((2, 3, 4), (3,), {}),
        ((2, 3, 4), (4,), {"axis": -1}),
        ((2, 3, 4), (1,), {"axis": 7}),  # one scale for all: no axis is asked for
        ((2, 8, 4), (2, 4, 4), {"axis": 1, "block_size": 2}),
        ((2, 7, 4), (2, 4, 4), {"axis": 1, "block_size": 2}),  # the last block is shorter
        ((2, 8, 4), (2, 2, 4), {"axis": 1}),
    ],
)
def test_scales_that_fit(data: Any, scale: Any, attributes: dict[str, Any]) -> None:
    scales = np.ones(scale, np.float32)

    assert node_of("QuantizeLinear", data, scales, **attributes).output.dims == data


@pytest.mark.parametrize(
    ("data", "scale", "attributes"),
    [
        ((2, 3, 4), (4,), {}),
        ((2, 3, 4), (3,), {"axis": 2}),
        ((2, 3, 4), (3,), {"axis": 3}),
        ((2, 8, 4), (2, 3, 4), {"axis": 1, "block_size": 2}),
        ((2, 8, 4), (4, 4), {"axis": 1, "block_size": 2}),
    ],
)
@pytest.mark.parametrize("op_type", ["QuantizeLinear", "DequantizeLinear"])
def test_scales_that_do_not_fit(
    op_type: str, data: Any, scale: Any, attributes: dict[str, Any]
) -> None:
    given = data if op_type == "QuantizeLinear" else Of(TensorProto.UINT8, data)

    with pytest.raises(ShapeError, match=r"scales|axis"):
        node_of(op_type, given, np.ones(scale, np.float32), **attributes)


@pytest.mark.parametrize(
    ("op_type", "inputs", "keywords"),
    [
        ("QuantizeLinear", ((2, 3), SCALE, POINT), {}),
        ("QuantizeLinear", ((2, 3), SCALE), {}),
        ("QuantizeLinear", ((2, 3), floats(0.1, 0.2, 0.3)), {"axis": -1}),
        ("QuantizeLinear", ((2, 8), np.ones((2, 4), np.float32)), {"axis": 1, "block_size": 2}),
        ("QuantizeLinear", ((2, 3), SCALE), {"output_dtype": TensorProto.INT8}),
        ("DequantizeLinear", (Of(TensorProto.UINT8, (2, 3)), SCALE, POINT), {}),
        (
            "DequantizeLinear",
            (Of(TensorProto.INT8, (2, 8)), np.ones((2, 4), np.float32)),
            {"axis": 1, "block_size": 2},
        ),
        ("DynamicQuantizeLinear", ((2, 3),), {"outputs": 3}),
    ],
)
def test_as_onnxruntime_runs(op_type: str, inputs: Any, keywords: dict[str, Any]) -> None:
    pytest.importorskip("onnxruntime")
    keywords = {"opset": RUNNABLE, **keywords}

    found = node_of(op_type, *inputs, **keywords).outputs

    ran = results(model(op_type, *inputs, **keywords))
    assert [(t.dims, t.dtype.name) for t in found] == [(r.shape, r.dtype.name) for r in ran]
