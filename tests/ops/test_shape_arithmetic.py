"""Shape, Size, ConstantOfShape, Range and EyeLike, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from costscope.errors import ShapeError
from costscope.ops import OPS
from costscope.shapes import resolve
from costscope.work import Work
from one_node import OneNode, ints, ramp


def scalar(value: float, dtype: type = np.int64) -> np.ndarray:
    return np.array(value, dtype)


def filled(kind: int, value: float) -> TensorProto:
    return helper.make_tensor("v", kind, [1], [value])


VALUED = [
    OneNode("Shape", ramp(2, 3, 4)),
    OneNode("Shape", ramp(2, 3, 4), start=-2, opset=15),
    OneNode("Shape", ramp(2, 3, 4), start=-9, end=-1, opset=15),
    OneNode("Shape", ramp(2, 3, 4), start=2, end=1, opset=15),
    OneNode("Size", ramp(2, 3, 4)),
    OneNode("EyeLike", ramp(2, 3), k=1),
    OneNode("EyeLike", ramp(3, 3), k=-(2**62), dtype=TensorProto.INT64, opset=9),
]
CONSTANT = [
    OneNode("ConstantOfShape", ints(2, 3)),
    OneNode("ConstantOfShape", ints()),
    OneNode("ConstantOfShape", ints(0, 2), value=filled(TensorProto.INT64, 7)),
    OneNode("ConstantOfShape", ints(4), value=filled(TensorProto.BOOL, True)),
    OneNode("ConstantOfShape", ints(4), value=filled(TensorProto.FLOAT16, 1.5), opset=9),
    OneNode("Range", scalar(10), scalar(1), scalar(-3)),
    OneNode("Range", scalar(0), scalar(7), scalar(2), opset=11),
    OneNode("Range", scalar(5), scalar(5), scalar(1)),
    OneNode("Range", scalar(5), scalar(0), scalar(1)),
]


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_values_from_shapes_as_onnxruntime(one: OneNode) -> None:
    expected = one.run()

    node, (tensor,) = one.resolved([])
    values = one.values()

    assert node is None  # folded: the shape alone is enough
    assert tensor.dims == expected[0].shape
    assert values is not None
    np.testing.assert_array_equal(values[0], expected[0], strict=True)


@pytest.mark.parametrize("one", CONSTANT, ids=lambda one: one.node.op_type)
def test_values_from_values_as_onnxruntime(one: OneNode) -> None:
    expected = one.run()

    values = one.values()

    assert values is not None
    np.testing.assert_array_equal(values[0], expected[0], strict=True)


@pytest.mark.parametrize(
    "bounds", [(0, 1, 0.1), (0, 0.3, 0.1), (1, 2, 0.1), (-1, 2.5, 0.7), (3, 0, -0.4), (2, 1, 1)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_range_of_floats_as_onnxruntime(bounds: tuple[float, ...], dtype: type) -> None:
    one = OneNode("Range", *(scalar(bound, dtype) for bound in bounds))

    values = one.values()

    # onnxruntime adds delta again and again; the standard, and we, multiply.
    assert values is not None
    np.testing.assert_allclose(values[0], one.run()[0], rtol=1e-5, strict=True)


@pytest.mark.parametrize("opset", [7, 11, 13, 15, 21, 23])
def test_shape_in_all_opsets(opset: int) -> None:
    _, (tensor,) = OneNode("Shape", ramp(5, 6), opset=opset).resolved([])

    assert tensor.value == (5, 6)


def test_shape_reads_nothing() -> None:
    spec = OPS.get(("", "Shape"))

    assert spec is not None
    assert spec.reads is not None
    assert spec.reads(None) == {0: 0}  # type: ignore[arg-type]


def test_constant_of_shape_in_bfloat16_has_a_shape_but_no_value() -> None:
    one = OneNode("ConstantOfShape", ints(2, 2), value=filled(TensorProto.BFLOAT16, 1), opset=21)

    _, (tensor,) = one.resolved(["i0"])

    assert (tensor.dims, tensor.dtype.name) == ((2, 2), "bfloat16")
    assert one.values() is None


def test_weights_kept_in_short_form_are_weights() -> None:
    _, (tensor,) = OneNode("ConstantOfShape", ints(64, 32, 3, 3)).resolved(["i0"])

    assert tensor.constant
    assert tensor.sources == ("o0",)


def test_range_from_data_is_unknown() -> None:
    node, _ = OneNode("Range", scalar(0), scalar(3), scalar(1)).resolved([])

    assert node is not None
    assert node.problem is not None
    assert "its start is computed from data" in node.problem


def test_work_of_a_range() -> None:
    # 4 numbers, a product and a sum each
    spec = OPS.get(("", "Range"))
    graph = resolve(OneNode("Range", scalar(0), scalar(8), scalar(2)).model(["i0", "i1", "i2"]))

    assert spec is not None
    assert graph.outputs[0].dims == (4,)
    node = OneNode("Identity", ramp(4)).stays()
    assert spec.work(node) == Work(vector_ops=8)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("Range", scalar(0), scalar(3), scalar(0)), "its delta is 0"),
        (OneNode("Range", ints(0, 1), scalar(3), scalar(1)), "its start is not a single number"),
        (OneNode("Range", scalar(0), scalar(3)), "input 2 is missing"),
        (OneNode("Range", *(scalar(v, np.float32) for v in (0, np.inf, 1))), "contradict"),
        (OneNode("Range", *(scalar(v, np.float32) for v in (0, np.nan, 1))), "contradict"),
        (OneNode("ConstantOfShape", ints(-1)), "negative size"),
        (OneNode("ConstantOfShape", ints(2**62, 4)), "2\\^63 elements"),
        (OneNode("EyeLike", ramp(3)), "rank 1, not 2"),
        (
            OneNode("ConstantOfShape", ints(1), value=helper.make_tensor("v", 1, [2], [1, 2])),
            "its value has 2 elements",
        ),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.resolved(list(one.inputs))


def test_a_huge_range_is_only_counted() -> None:
    _, (tensor,) = OneNode("Range", scalar(0), scalar(2**60), scalar(1)).resolved(
        ["i0", "i1", "i2"]
    )

    assert tensor.dims == (2**60,)


@settings(max_examples=200, deadline=None)
@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-7, 7).filter(bool))
def test_range_as_python(start: int, limit: int, delta: int) -> None:
    values = OneNode("Range", scalar(start), scalar(limit), scalar(delta)).values()

    assert values is not None
    assert values[0].tolist() == list(range(start, limit, delta))
