"""Elementwise operators: the table against the formulas written out step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of
from costscope.work import KernelKind, Work
from single_node import Of, kind, node_of, shapes_of, work

X = (2, 3, 4)
ELEMENTS = 24


# Each activation as the chain of simpler operators that computes it.
CHAINS = {
    "HardSigmoid": ["Mul", "Add", "Max", "Min"],
    "HardSwish": ["HardSigmoid", "Mul"],
    "Sigmoid": ["Neg", "Exp", "Add", "Div"],
    "Softsign": ["Abs", "Add", "Div"],
    "Softplus": ["Exp", "Add", "Log"],
    "Mish": ["Softplus", "Tanh", "Mul"],
    "Swish": ["Sigmoid", "Mul"],
    "SwiGLU": ["Swish", "Mul"],
    "LeakyRelu": ["Less", "Mul", "Where"],
    "PRelu": ["LeakyRelu"],
    "ThresholdedRelu": ["Greater", "Where"],
    "Elu": ["Less", "Exp", "Sub", "Mul", "Where"],
    "Selu": ["Elu", "Mul"],
    "Celu": ["Div", "Exp", "Sub", "Mul", "Max", "Min", "Add"],
    "Shrink": ["Less", "Greater", "Add", "Sub", "Where", "Where"],
    "Gelu": ["Div", "Erf", "Add", "Mul", "Mul"],
    "Relu": ["Max"],
}
TWO_INPUTS = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Less", "Greater", "PRelu", "SwiGLU"}


def cost(op_type: str) -> Work:
    if op_type == "Where":
        return work("Where", Of(TensorProto.BOOL, X), X, X)
    return work(op_type, *[X] * (1 + (op_type in TWO_INPUTS)))


@pytest.mark.parametrize("op_type", CHAINS)
def test_an_activation_costs_what_its_chain_costs(op_type: str) -> None:
    expected = sum((cost(step) for step in CHAINS[op_type]), Work())

    assert cost(op_type) == expected


@pytest.mark.parametrize(
    ("op_type", "expected"),
    [
        ("Add", Work(0, ELEMENTS)),
        ("Exp", Work(0, 0, ELEMENTS)),
        ("Sqrt", Work(0, 0, ELEMENTS)),
        ("Erf", Work(0, 0, ELEMENTS)),
        ("Tanh", Work(0, 0, ELEMENTS)),
        ("Floor", Work(0, ELEMENTS)),
        ("IsNaN", Work(0, ELEMENTS)),
        ("Sigmoid", Work(0, 3 * ELEMENTS, ELEMENTS)),
    ],
)
def test_single_operations(op_type: str, expected: Work) -> None:
    assert cost(op_type) == expected


def test_power_is_transcendental() -> None:
    assert work("Pow", X, np.array(2.0, np.float32)) == Work(0, 0, ELEMENTS)
    assert slot_of(("", "Pow"), 1) is Slot.SETTING


def test_gelu_by_tanh() -> None:
    # x*x, *d, +c, *x; 1+tanh, *x, /2
    assert work("Gelu", X, approximate="tanh") == Work(0, 7 * ELEMENTS, ELEMENTS)


def test_broadcasting_counts_the_output() -> None:
    assert work("Mul", (4, 1), (1, 5)) == Work(0, 20)
    assert work("Where", Of(TensorProto.BOOL, (4, 1)), (1, 5), ()) == Work(0, 20)


@settings(max_examples=30, deadline=None)
@given(inputs=st.integers(1, 5))
def test_several_inputs_take_one_operation_less(inputs: int) -> None:
    shapes = [X] * inputs

    for op_type in ("Sum", "Max", "Min"):
        assert work(op_type, *shapes) == Work(0, (inputs - 1) * ELEMENTS)
    assert work("Mean", *shapes) == Work(0, inputs * ELEMENTS)


def test_clip_compares_with_the_bounds_it_has() -> None:
    bound = np.array(6.0, np.float32)

    assert work("Clip", X, bound, bound) == Work(0, 2 * ELEMENTS)
    assert work("Clip", X, None, bound) == Work(0, ELEMENTS)
    assert work("Clip", X) == Work()
    assert work("Clip", X, opset=7, min=0.0, max=6.0) == Work(0, 2 * ELEMENTS)
    assert {slot_of(("", "Clip"), slot) for slot in (1, 2)} == {Slot.SETTING}


def test_casts() -> None:
    half, same = TensorProto.FLOAT16, TensorProto.FLOAT

    assert work("Cast", X, to=half) == Work(0, ELEMENTS)
    assert work("Cast", X, to=same) == Work()
    assert work("CastLike", X, Of(half, (1,))) == Work(0, ELEMENTS)
    assert work("BitCast", X, to=TensorProto.INT32) == Work()
    assert kind("BitCast", X, to=TensorProto.INT32) is KernelKind.VIEW
    assert node_of("Cast", X, to=TensorProto.INT4).output.nbytes == ELEMENTS // 2


def test_results_of_comparisons_are_booleans() -> None:
    for op_type in ("Equal", "Less", "GreaterOrEqual"):
        assert node_of(op_type, X, (4,)).output.dtype.name == "bool"
    assert node_of("IsInf", X).output.dtype.name == "bool"


def test_old_opsets_fit_the_second_operand_to_the_first() -> None:
    # `broadcast` and `axis` of opset 6: a bias per channel without trailing axes
    assert shapes_of("Add", (2, 3, 4), (3,), opset=6, broadcast=1, axis=1) == [(2, 3, 4)]


@pytest.mark.parametrize(
    ("op_type", "inputs", "sentence"),
    [
        ("Add", [(2, 3), (4,)], r"shapes \[2, 3\] and \[4\] cannot be broadcast"),
        ("Where", [Of(TensorProto.BOOL, (2,)), (3,), ()], r"\[2\] and \[3\]"),
        ("Max", [(2,), (2, 1), (3,)], r"\[2, 2\] and \[3\]"),
        ("PRelu", [(2, 3), (4, 2, 3)], r"slope of shape \[4, 2, 3\] does not expand"),
        ("SwiGLU", [(2, 3), (1, 3)], "differ"),
    ],
)
def test_contradictions_are_told(op_type: str, inputs: list[Any], sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence) as error:
        node_of(op_type, *inputs)
    assert op_type in str(error.value)
