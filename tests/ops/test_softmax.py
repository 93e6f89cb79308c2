"""Softmax: one exp per element."""

from __future__ import annotations

import pytest

from costscope.errors import ShapeError
from costscope.work import Work
from single_node import node_of, work

X = (2, 3, 4)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax_does_not_depend_on_its_axis(axis: int) -> None:
    # comparison, subtraction, exp, addition, division
    assert work("Softmax", X, axis=axis) == Work(0, 4 * 24, 24)


@pytest.mark.parametrize(
    ("opset", "attributes", "rows"),
    [
        (13, {}, 2 * 3),  # the last axis
        (13, {"axis": 0}, 3 * 4),
        (11, {}, 2),  # axes 1 and 2 together
        (11, {"axis": 2}, 2 * 3),
        (7, {"axis": 0}, 1),
    ],
)
def test_logarithm_takes_a_log_per_row(opset: int, attributes: dict[str, int], rows: int) -> None:
    assert work("LogSoftmax", X, opset=opset, **attributes) == Work(0, 4 * 24, 24 + rows)


def test_hardmax_compares() -> None:
    assert work("Hardmax", X) == Work(0, 24)


@pytest.mark.parametrize(("shape", "axis"), [((2, 3), 2), ((), -1)])
def test_axis_must_exist(shape: tuple[int, ...], axis: int) -> None:
    with pytest.raises(ShapeError, match=f"axis {axis} does not exist"):
        node_of("Softmax", shape, axis=axis)
