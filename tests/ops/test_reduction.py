"""Reductions: operations per input and per output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of, why_uncosted
from costscope.shapes import resolve
from costscope.work import Work
from single_node import Of, ints, model, node_of, shapes_of, work

X = (2, 3, 4)  # 24 elements; 6 rows along the last axis


@pytest.mark.parametrize(
    ("op_type", "expected"),
    [
        ("ReduceSum", Work(0, 24)),
        ("ReduceProd", Work(0, 24)),
        ("ReduceMax", Work(0, 24)),
        ("ReduceMin", Work(0, 24)),
        ("ReduceMean", Work(0, 24 + 6)),  # a division per row
        ("ReduceL1", Work(0, 2 * 24)),
        ("ReduceSumSquare", Work(0, 2 * 24)),
        ("ReduceL2", Work(0, 2 * 24, 6)),  # a root per row
        ("ReduceLogSum", Work(0, 24, 6)),
        ("ReduceLogSumExp", Work(0, 3 * 24 + 6, 24 + 6)),
    ],
)
def test_work_along_the_last_axis(op_type: str, expected: Work) -> None:
    assert work(op_type, X, ints(-1)) == expected


def test_nothing_to_reduce() -> None:
    assert work("ReduceMean", X, noop_with_empty_axes=1) == Work()
    assert work("ReduceMean", X, ints(), noop_with_empty_axes=1) == Work()
    assert work("ReduceMean", X, ints(0), noop_with_empty_axes=1) == Work(0, 24 + 12)
    assert work("ReduceMean", X) == Work(0, 24 + 1)


def test_axes_are_settings() -> None:
    assert slot_of(("", "ReduceSum"), 1) is Slot.SETTING
    assert slot_of(("", "CumSum"), 1) is Slot.SETTING


def test_axes_computed_from_data_leave_the_shape_unknown() -> None:
    node = node_of("ReduceSum", X, Of(TensorProto.INT64, (1,)))

    assert node.output.shape is None
    assert "computed from data" in str(why_uncosted(node))


def test_axes_may_repeat_and_be_negative() -> None:
    assert shapes_of("ReduceSum", X, ints(2, -1), keepdims=0) == [(2, 3)]


def test_scalars_reduce_to_scalars() -> None:
    assert shapes_of("ReduceSum", ()) == [()]


def test_places_and_running_sums() -> None:
    for op_type, inputs in [
        ("ArgMax", [X]),
        ("ArgMin", [X]),
        ("CumSum", [X, np.array(0)]),
        ("CumProd", [X, np.array(0)]),
    ]:
        assert work(op_type, *inputs) == Work(0, 24)


def test_losses() -> None:
    scores, targets = (2, 5, 3), Of(TensorProto.INT64, (2, 3))

    plain = work("NegativeLogLikelihoodLoss", scores, targets)
    weighted = work("NegativeLogLikelihoodLoss", scores, targets, (5,))
    entropy = work("SoftmaxCrossEntropyLoss", scores, targets)

    # per target a negation and an addition, and a product with the weight of its class
    assert plain == Work(0, 2 * 6)
    assert weighted == Work(0, 3 * 6)
    # before that 30 scores are normalized along the classes, with 6 logarithms
    assert entropy == Work(0, 4 * 30, 30 + 6) + plain


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "sentence"),
    [
        ("ReduceSum", [X, ints(3)], {}, "axis 3 does not exist in a tensor of rank 3"),
        ("ArgMax", [X], {"axis": -4}, "axis -4 does not exist"),
        ("ArgMax", [()], {}, "axis 0 does not exist in a tensor of rank 0"),
        (
            "SoftmaxCrossEntropyLoss",
            [(2, 5, 3), Of(TensorProto.INT64, (2, 4))],
            {},
            r"targets of shape \[2, 4\] for scores \[2, 5, 3\]",
        ),
    ],
)
def test_contradictions_are_told(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        resolve(model(op_type, *inputs, **attributes))
