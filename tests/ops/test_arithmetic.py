"""Values of shape arithmetic: element by element what onnxruntime computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx import TensorProto, helper

from costscope.ops import UnknownShapeError
from single_node import Of, model, results, value_of

I64, I32, F32, BOOL = np.int64, np.int32, np.float32, np.bool_
VECTOR = [-7, -3, 0, 2, 5, 7]


def runs_the_same(op_type: str, *inputs: Any, opset: int = 18, **attributes: Any) -> None:
    """Ours and onnxruntime's result have the same elements, shape and element type."""
    given = [
        None if x is None else Of(helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for x in inputs
    ]
    present = [x for x in inputs if x is not None]
    (expected,) = results(model(op_type, *given, opset=opset, **attributes), present)

    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in attributes.items()}
    found = value_of(op_type, *inputs, opset=opset, **plain)

    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [I64, I32, F32])
@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Max", "Min", "Div"])
def test_arithmetic(op_type: str, dtype: type) -> None:
    runs_the_same(op_type, np.array([VECTOR], dtype), np.array([[2], [-3]], dtype))


@pytest.mark.parametrize(
    ("op_type", "dtype"),
    [
        ("Equal", I64),
        ("Less", I64),
        ("Greater", F32),
        ("LessOrEqual", I32),
        ("GreaterOrEqual", I64),
        ("And", BOOL),
        ("Or", BOOL),
        ("Xor", BOOL),
        ("BitwiseAnd", I64),
        ("BitwiseOr", I32),
        ("BitwiseXor", I64),
    ],
)
def test_comparisons_and_logic(op_type: str, dtype: type) -> None:
    runs_the_same(op_type, np.array(VECTOR, dtype), np.array(2, dtype))


@pytest.mark.parametrize("dtype", [I64, I32])
@pytest.mark.parametrize("fmod", [0, 1])
def test_remainders(fmod: int, dtype: type) -> None:
    first, second = np.array([VECTOR], dtype), np.array([[3], [-3]], dtype)

    runs_the_same("Mod", first, second, fmod=fmod)


@settings(max_examples=60, deadline=None)
@given(
    first=hnp.arrays(I64, (5,), elements=st.integers(-(2**62), 2**62)),
    second=hnp.arrays(I64, (5,), elements=st.integers(-50, 50).filter(bool)),
)
def test_integers_divide_towards_zero(first: Any, second: Any) -> None:
    found = value_of("Div", first, second)

    pairs = zip(first.tolist(), second.tolist(), strict=True)
    assert found.tolist() == [abs(a) // abs(b) * (1 if a * b >= 0 else -1) for a, b in pairs]
    assert found.dtype == I64


@pytest.mark.parametrize("op_type", ["Div", "Mod"])
def test_division_of_integers_by_zero_has_no_value(op_type: str) -> None:
    with pytest.raises(UnknownShapeError, match="zero"):
        value_of(op_type, np.array([1, 2]), np.array([1, 0]))


def test_division_of_floats_by_zero_is_infinite() -> None:
    assert value_of("Div", np.array([1.0], F32), np.array([0.0], F32)).tolist() == [np.inf]


@pytest.mark.parametrize(
    ("op_type", "values", "dtype"),
    [
        ("Neg", VECTOR, I64),
        ("Abs", VECTOR, I32),
        ("Sign", VECTOR, I64),
        ("Sqrt", [4, 2], F32),
        ("Exp", [0, 1], F32),
        ("Log", [1, 2], F32),
        ("Floor", [-1.5, 2.5], F32),
        ("Ceil", [-1.5, 2.5], F32),
        ("Round", [0.5, 1.5, -2.5, 2.6], F32),
        ("Reciprocal", [4, -2], F32),
        ("Relu", [-1, 2], F32),
        ("Not", [True, False], BOOL),
        ("BitwiseNot", VECTOR, I64),
    ],
)
def test_functions(op_type: str, values: list[Any], dtype: type) -> None:
    runs_the_same(op_type, np.array(values, dtype))


@pytest.mark.parametrize(
    ("base", "exponent"),
    [
        (np.array([2, 3], I64), np.array(3, I64)),
        (np.array([2.0, 3.0], F32), np.array(0.5, F32)),
        (np.array([2.0, 3.0], F32), np.array(-2, I64)),
        (np.array([2, 3], I64), np.array(2.0, F32)),
    ],
)
def test_powers_keep_the_type_of_the_base(base: Any, exponent: Any) -> None:
    runs_the_same("Pow", base, exponent)


@pytest.mark.parametrize(
    ("source", "to", "values"),
    [
        (F32, TensorProto.INT64, [-1.7, -0.2, 0.9, 2.5]),
        (I64, TensorProto.FLOAT, VECTOR),
        (F32, TensorProto.BOOL, [0.0, 0.3, -1.0]),
        (I64, TensorProto.BOOL, VECTOR),
        (BOOL, TensorProto.INT32, [True, False]),
        (F32, TensorProto.FLOAT16, [0.1, 3.0]),
    ],
)
def test_casts(source: type, to: int, values: list[Any]) -> None:
    runs_the_same("Cast", np.array(values, source), to=to)


def test_casts_to_types_that_numpy_lacks_have_no_value() -> None:
    with pytest.raises(UnknownShapeError):
        value_of("Cast", np.array([1.0], F32), to=TensorProto.BFLOAT16)


def test_cast_like() -> None:
    runs_the_same("CastLike", np.array(VECTOR, I64), np.array([1.0], F32))


def test_selection_and_bounds() -> None:
    condition = np.array([[True], [False]])
    data = np.array([-9.0, 0.0, 9.0], F32)

    runs_the_same("Where", condition, np.array([1, 2], I64), np.array(-1, I64))
    runs_the_same("Clip", data, np.array(-1, F32), np.array(6, F32))
    runs_the_same("Clip", data, None, np.array(6, F32))
    runs_the_same("Clip", np.array(VECTOR, I64), np.array(-2, I64))
    assert value_of("Clip", data, opset=7, min=0.0, max=6.0).tolist() == [0, 0, 6]


def test_several_inputs() -> None:
    inputs = [np.array([1.0, 2.0], F32), np.array(5.0, F32), np.array([[3.0], [9.0]], F32)]

    for op_type in ("Sum", "Max", "Min", "Mean"):
        runs_the_same(op_type, *inputs)


DATA = np.arange(-5, 7).reshape(2, 2, 3)


@pytest.mark.parametrize("dtype", [I64, I32, F32])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axes", [None, (0,), (-1, 1)])
@pytest.mark.parametrize("op_type", ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin"])
def test_reductions(op_type: str, axes: Any, keepdims: int, dtype: type) -> None:
    given = () if axes is None else (np.array(axes, I64),)

    runs_the_same(op_type, DATA.astype(dtype), *given, keepdims=keepdims)


@pytest.mark.parametrize("dtype", [I32, F32])
def test_mean(dtype: type) -> None:
    runs_the_same("ReduceMean", DATA.astype(dtype), np.array([-1], I64))


def test_reductions_of_older_opsets() -> None:
    runs_the_same("ReduceMax", DATA.astype(F32), opset=12, axes=[0, 2], keepdims=0)


def test_reductions_over_nothing() -> None:
    assert value_of("ReduceProd", np.zeros((0,), I64), keepdims=0).tolist() == 1
    assert value_of("ReduceSum", DATA, noop_with_empty_axes=1).shape == DATA.shape
    with pytest.raises(UnknownShapeError, match="nothing"):
        value_of("ReduceMax", np.zeros((0,), I64))


@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("op_type", ["ArgMax", "ArgMin"])
def test_places(op_type: str, keepdims: int, last: int) -> None:
    data = np.array([[1, 3, 3], [2, 2, 0]], F32)

    runs_the_same(op_type, data, axis=-1, keepdims=keepdims, select_last_index=last)


@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize("reverse", [0, 1])
def test_running_sums(reverse: int, exclusive: int) -> None:
    runs_the_same(
        "CumSum", DATA.astype(I64), np.array(1, I64), reverse=reverse, exclusive=exclusive
    )


def test_products_of_matrices() -> None:
    runs_the_same("MatMul", np.array([[1, 2], [3, 4]], I64), np.array([5, 6], I64))


@pytest.mark.parametrize(
    ("op_type", "inputs"),
    [
        ("Exp", [np.array([1e9], F32)]),
        ("Log", [np.array([-1.0, 0.0], F32)]),
        ("Mul", [np.array([2**62]), np.array([4])]),
        ("Sqrt", [np.array([-1.0], F32)]),
        ("Cast", [np.array([np.nan, 1e30], F32)]),
    ],
)
def test_overflow_is_silent(op_type: str, inputs: list[Any]) -> None:
    attributes = {"to": TensorProto.INT64} if op_type == "Cast" else {}

    assert value_of(op_type, *inputs, **attributes).shape == inputs[0].shape
