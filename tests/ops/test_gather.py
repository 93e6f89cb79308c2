"""Gather, GatherElements, GatherND and Compress, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.ops import OPS, kind_of
from costscope.shapes import resolve
from costscope.work import NO_WORK, KernelKind
from one_node import OneNode, agrees, ints, ramp

X = ramp(3, 4)
VALUED = [
    OneNode("Gather", X, ints(0, -1, 2)),
    OneNode("Gather", X, np.array(1), axis=1),
    OneNode("Gather", X, np.int32([[0, 1], [2, -3]]), axis=-1, opset=11),
    OneNode("Gather", X, ints(), opset=7),
    OneNode("GatherElements", X, np.array([[0, -1], [2, 1]]), axis=1),
    OneNode("GatherElements", X, np.array([[0, 2, 1, -1]]), axis=0, opset=11),
    OneNode("GatherND", X, np.array([[0, 1], [-1, -1]])),
    OneNode("GatherND", X, np.array([[[1]], [[0]]]), opset=11),
    OneNode("GatherND", X, np.array([[0], [1], [-1]]), batch_dims=1, opset=12),
    OneNode("GatherND", ramp(2, 3, 4), np.array([[[0], [2]], [[1], [1]]]), batch_dims=1),
    OneNode("Compress", X, np.array([False, True, True]), axis=0),
    OneNode("Compress", X, np.array([True, False, True]), axis=-1, opset=11),
    OneNode("Compress", X, np.array([True] * 7 + [False])),
    OneNode("Compress", X, np.array([False, True] * 4), axis=0),
]


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_no_arithmetic(one: OneNode) -> None:
    assert kind_of(one.stays()) is KernelKind.GATHER
    assert one.work() == NO_WORK


def test_an_embedding_reads_the_rows_it_looks_up() -> None:
    # 5 of 1000 rows with 16 numbers each: 5 x 16 = 80
    spec = OPS.get(("", "Gather"))
    assert spec is not None
    assert spec.reads is not None
    node = OneNode("Gather", ramp(1000, 16), ints(1, 1, 2, 3, 9)).stays()

    assert spec.reads(node) == {0: 80}


def test_rows_read_again_come_from_the_cache() -> None:
    # 5 look-ups in a table of 2 rows with 16 numbers: at most 2 x 16 = 32
    spec = OPS.get(("", "Gather"))
    assert spec is not None
    assert spec.reads is not None
    node = OneNode("Gather", ramp(2, 16), ints(1, 1, 0, 1, 0)).stays()

    assert spec.reads(node) == {0: 32}


def test_a_condition_from_data_selects_all_as_an_upper_bound() -> None:
    # The condition has 2 entries for 3 rows: the third can never be selected.
    graph = resolve(OneNode("Compress", X, np.array([True, False]), axis=0).model([]))

    assert graph.outputs[0].shape == (2, 4)
    assert graph.assumptions == (
        "'n' (Compress) selects by data; costed for all 2, an upper bound",
    )


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("Gather", X, ints(0), axis=2), "axis 2 does not exist"),
        (OneNode("Gather", X), "input 1 is missing"),
        (OneNode("GatherElements", X, ints(0)), "indices have rank 1, its data 2"),
        (OneNode("GatherND", X, np.array([[0, 0, 0]])), "do not fit data"),
        (OneNode("GatherND", X, np.array([[0]]), batch_dims=1), "do not fit data"),
        (OneNode("GatherND", X, np.array([[0]]), batch_dims=2), "batch_dims 2"),
        (OneNode("GatherND", X, np.array([[0]]), batch_dims=-1), "batch_dims -1"),
        (OneNode("Compress", X, np.array([[True]])), "its condition has rank 2"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()


@pytest.mark.parametrize("index", [3, -4, 2**62])
@pytest.mark.parametrize("op_type", ["Gather", "GatherElements", "GatherND"])
def test_an_index_outside_is_named(op_type: str, index: int) -> None:
    with pytest.raises(ShapeError, match=f"index {index} is outside a size of 3"):
        OneNode(op_type, ramp(3, 1), np.array([[index]])).values()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2), st.lists(st.integers(-2, 1), max_size=4), st.sampled_from([(), (-1, 1)]))
def test_gather_as_numpy(axis: int, places: list[int], extra: tuple[int, ...]) -> None:
    data, indices = ramp(2, 3, 2), np.array(places, np.int64).reshape(len(places), *extra[1:])

    values = OneNode("Gather", data, indices, axis=axis).values()

    assert values is not None
    np.testing.assert_array_equal(values[0], np.take(data, indices, axis))
