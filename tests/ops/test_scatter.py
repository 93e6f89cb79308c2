"""ScatterElements, ScatterND and TensorScatter, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest

from costscope.errors import ShapeError
from costscope.ops import kind_of
from costscope.work import KernelKind, Work
from one_node import OneNode, agrees, ints, ramp

X = ramp(3, 4)
PLACES, NEW = np.array([[0, -1], [2, 1]]), np.float32([[9, 8], [7, 6]])
VALUED = [
    OneNode("ScatterElements", X, PLACES, NEW, axis=1),
    OneNode("ScatterElements", X, PLACES, NEW, axis=0, opset=11),
    OneNode("Scatter", X, PLACES, NEW, axis=1, opset=10),
    *(
        OneNode("ScatterElements", X, PLACES * 0, NEW, axis=1, reduction=reduction)
        for reduction in ("add", "mul", "max", "min")
    ),
    OneNode("ScatterND", X, np.array([[0], [-1]]), ramp(2, 4), opset=11),
    OneNode("ScatterND", X, np.array([[0, 1], [-1, 2]]), np.float32([5, 6]), opset=16),
    *(
        OneNode("ScatterND", X, np.array([[0, 1]] * 2), np.float32([5, 6]), reduction=reduction)
        for reduction in ("add", "mul", "max", "min")
    ),
]


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_one_operation_per_update_that_is_joined(one: OneNode) -> None:
    joins = any(attribute.name == "reduction" for attribute in one.node.attribute)
    updates = one.inputs["i2"].size

    assert kind_of(one.stays()) is KernelKind.GATHER
    assert one.work() == Work(vector_ops=updates if joins else 0)


def test_a_cache_keeps_its_shape() -> None:
    # A cache of 8 places, into which 2 new entries are written.
    one = OneNode("TensorScatter", ramp(1, 2, 8, 4), ramp(1, 2, 2, 4), ints(0), opset=24)

    assert one.shapes() == [(1, 2, 8, 4)]
    assert one.work() == Work()


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("ScatterElements", X, PLACES, ramp(2, 3)), "do not fit data"),
        (OneNode("ScatterElements", X, ints(0), np.float32([1])), "do not fit data"),
        (OneNode("ScatterND", X, np.array([[0, 0, 0]]), np.float32([1])), "do not fit data"),
        (OneNode("ScatterND", X, np.array([[0]]), ramp(1, 3)), "do not fit data"),
        (OneNode("ScatterND", X, np.array(0), ramp(3, 4)), "do not fit data"),
        (OneNode("ScatterND", X, np.array([[0]])), "input 2 is missing"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()


def test_an_index_outside_is_named() -> None:
    with pytest.raises(ShapeError, match="index 3 is outside a size of 3"):
        OneNode("ScatterND", X, np.array([[3]]), ramp(1, 4)).values()


def test_an_unknown_reduction_is_named() -> None:
    with pytest.raises(ShapeError, match="reduction 'mean' does not exist"):
        OneNode("ScatterND", X, np.array([[1]]), ramp(1, 4), reduction="mean").values()
