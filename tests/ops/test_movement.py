"""Transpose, Concat, Tile, Expand, DepthToSpace and others: bytes but no arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.ops import kind_of
from costscope.work import NO_WORK, KernelKind
from one_node import OneNode, agrees, ints, ramp

VALUED = [
    OneNode("Transpose", ramp(2, 3, 4)),
    OneNode("Transpose", ramp(2, 3, 4), perm=[1, 0, 2], opset=7),
    OneNode("Concat", ramp(2, 3), ramp(2, 1), axis=1),
    OneNode("Concat", ramp(2, 3), ramp(1, 3), ramp(4, 3), axis=-2, opset=11),
    OneNode("Concat", ints(1, 2), ints(), axis=0),
    OneNode("Tile", ramp(2, 3), ints(2, 1)),
    OneNode("Tile", ramp(2, 3), ints(3, 0), opset=7),
    OneNode("Expand", ramp(3, 1), ints(2, 1, 6)),
    OneNode("Expand", ramp(3, 1), ints(3)),
    OneNode("Expand", ramp(3, 1), ints(0)),
    OneNode("Trilu", ramp(3, 4)),
    OneNode("Trilu", ramp(2, 3, 3), np.array(1), upper=0),
    OneNode("Trilu", ramp(3, 4), np.array(-1)),
    OneNode("Trilu", ramp(3, 4), np.array(-(2**62)), upper=0),
    OneNode("Trilu", ramp(3, 4), np.array(2**62)),
    OneNode("OneHot", ints(0, -1, 5), np.array(3), np.float32([2, 7])),
    OneNode("OneHot", ramp(2, 2, dtype=np.int64), ints(4), ints(0, 1), axis=0),
    OneNode("OneHot", ramp(2, 2, dtype=np.int64), ints(2), ints(0, 1), axis=1, opset=11),
]
MOVED = [
    OneNode("DepthToSpace", ramp(1, 8, 2, 3), blocksize=2),
    OneNode("DepthToSpace", ramp(1, 18, 2, 3), blocksize=3, mode="CRD", opset=11),
    OneNode("SpaceToDepth", ramp(1, 2, 4, 6), blocksize=2),
    OneNode("ReverseSequence", ramp(3, 2), ints(1, 3), time_axis=0, batch_axis=1, opset=10),
]


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


@pytest.mark.parametrize("one", MOVED, ids=lambda one: one.node.op_type)
def test_shapes_as_onnxruntime(one: OneNode) -> None:
    agrees(one, valued=False)


@pytest.mark.parametrize("one", [*VALUED, *MOVED], ids=lambda one: one.node.op_type)
def test_no_arithmetic(one: OneNode) -> None:
    assert kind_of(one.stays()) is KernelKind.MOVEMENT
    assert one.work() == NO_WORK


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("Transpose", ramp(2, 3), perm=[0, 0]), "no order of the 2 axes"),
        (OneNode("Transpose", ramp(2, 3), perm=[-1, 0]), "no order of the 2 axes"),
        (OneNode("Concat", ramp(2, 3), ramp(3, 3), axis=1), "do not fit along axis 1"),
        (OneNode("Concat", ramp(2, 3), ramp(3), axis=0), "do not fit along axis 0"),
        (OneNode("Concat", ramp(2, 3), ramp(2, 3), axis=2), "axis 2 does not exist"),
        (OneNode("Concat", ramp(2, 3), ramp(2, 3)), "it has no axis"),
        (OneNode("Tile", ramp(2, 3), ints(2)), "do not fit an input of rank 2"),
        (OneNode("Tile", ramp(2, 3), ints(2, -1)), "do not fit an input of rank 2"),
        (OneNode("Tile", ramp(2, 3), ints(2**62, 2**62)), "2\\^63 elements"),
        (OneNode("Expand", ramp(3, 2), ints(3, 4)), "cannot be broadcast"),
        (OneNode("Expand", ramp(3, 1), ints(-1)), "negative size"),
        (OneNode("Expand", ramp(1), ints(2**40, 2**40)), "2\\^63 elements"),
        (OneNode("DepthToSpace", ramp(1, 6, 1, 1), blocksize=2), "6 channels do not divide"),
        (OneNode("DepthToSpace", ramp(1, 6, 1), blocksize=2), "rank 3"),
        (OneNode("DepthToSpace", ramp(1, 6, 1, 1), blocksize=0), "block size 0"),
        (OneNode("SpaceToDepth", ramp(1, 1, 3, 2), blocksize=2), "3x2 pixels do not divide"),
        (OneNode("Trilu", ramp(3)), "it needs at least 2 axes"),
        (OneNode("OneHot", ints(1), ints(1, 2), ints(0, 1)), "not a single number"),
        (OneNode("OneHot", ints(1), ints(-1), ints(0, 1)), "its depth is -1"),
        (OneNode("OneHot", ints(1), ints(3), ints(0, 1), axis=5), "axis 5 does not exist"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()


def test_a_huge_output_is_only_counted() -> None:
    # 2 x 2^40 elements, 4 bytes each: the shape is found without the memory for it.
    (shape,) = OneNode("Tile", ramp(2, 1), ints(1, 2**40)).shapes()

    assert shape == (2, 2**40)


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(4)), st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_transpose_as_numpy(perm: list[int], sizes: list[int]) -> None:
    data = ramp(*sizes)

    values = OneNode("Transpose", data, perm=perm).values()

    assert values is not None
    np.testing.assert_array_equal(values[0], data.transpose(perm))
