"""Rows of a sweep: ranks, ratios, shares; and the operations a model is taken for."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper
from ridge_cases import network, operation

from costscope.errors import ModelError, UsageError
from costscope.ridge.network import network_of
from costscope.ridge.sweep import POINTS, shares, sweep
from costscope.ridge.types import OpClass


def test_rows_stand_by_ridge_point_and_then_by_rank():
    slow, quick = network((70, 2)), network((30, 10))

    found = sweep([slow, quick], dtype="int8", points=[Fraction(14), Fraction(0)])

    assert [
        (row.ridge_macs_per_byte, row.network, row.time_macs, row.rank, row.to_best_ratio)
        for row in found.rows
    ] == [
        (0, 1, 30, 1, 1),
        (0, 0, 70, 2, Fraction(7, 3)),
        (14, 0, 70, 1, 1),
        (14, 1, 140, 2, 2),
    ]


def test_equal_times_have_one_rank():
    found = sweep([network((9, 1)), network((9, 1)), network((10, 1))], dtype="int8", points=[0])

    assert [row.rank for row in found.rows] == [1, 1, 3]


def test_an_operation_at_its_own_intensity_is_not_bound_by_memory():
    found = sweep([network((10, 2))], dtype="int8", points=[Fraction(5), Fraction("5.001")])

    assert [row.memory_bound for row in found.rows] == [0, 1]


def test_without_points_the_ends_and_the_usual_ones_between_them_are_told():
    found = sweep([network((9, 1))], dtype="int8", low=Fraction(7), high=Fraction(60))

    ridges = [row.ridge_macs_per_byte for row in found.rows]
    assert ridges == [7, Fraction("31.2"), Fraction("39.7"), 50, 60]
    assert [row.ridge_macs_per_byte for row in found.shown] == [7, 60]
    assert {row.ridge_macs_per_byte for row in sweep([network((9, 1))], dtype="int8").shown} == {
        5,
        500,
    }
    assert min(POINTS) == 0


@pytest.mark.parametrize(("low", "high"), [(5, 5), (6, 5), (-1, 5)])
def test_a_range_that_cannot_be_swept_is_refused(low, high):
    with pytest.raises(UsageError, match="a sweep from"):
        sweep([network((9, 1))], dtype="int8", low=Fraction(low), high=Fraction(high))


def test_shares_worked_by_hand():
    operations = [
        operation(60, 10),
        operation(30, 10, OpClass.DEPTHWISE),
        operation(10, 10, OpClass.DEPTHWISE),
    ]

    # At 5: 60 and 50 + 50.
    assert shares(operations, Fraction(5)) == {
        OpClass.CONV2D: Fraction(3, 8),
        OpClass.DEPTHWISE: Fraction(5, 8),
    }


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.integers(0, 10**6), st.sampled_from(OpClass)),
        min_size=1,
        max_size=9,
    ),
    st.fractions(0, 1000),
)
def test_shares_add_up_to_one_exactly(amounts, ridge):
    assert sum(shares([operation(*each) for each in amounts], ridge).values()) == 1


@pytest.fixture
def small(save):
    """A convolution, a depthwise one, a mean, a 1x1 convolution on one position, a product."""
    return save(
        [
            helper.make_node("Conv", ["x", "w1"], ["a"], name="stem", pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["a", "w2"], ["b"], name="deep", group=8, pads=[1, 1, 1, 1]),
            helper.make_node("GlobalAveragePool", ["b"], ["c"], name="mean"),
            helper.make_node("Conv", ["c", "w3"], ["d"], name="squeeze"),
            helper.make_node("Flatten", ["d"], ["e"], name="flat"),
            helper.make_node("Gemm", ["e", "w4"], ["y"], name="head"),
        ],
        inputs={"x": [1, 3, 6, 6]},
        outputs=["y"],
        constants={
            "w1": [8, 3, 3, 3],
            "w2": [8, 1, 3, 3],
            "w3": [4, 8, 1, 1],
            "w4": [4, 10],
        },
    )


def test_operations_of_a_model_in_int8(small):
    found = network_of(str(small), dtype="int8")

    assert [
        (each.name, each.op_class, each.macs, each.moved_bytes) for each in found.operations
    ] == [
        ("stem", "conv2d", 36 * 8 * 27, 3 * 36 + 8 * 36 + 216),
        ("deep", "depthwise", 36 * 8 * 9, 8 * 36 + 8 * 36 + 72),
        ("squeeze", "fully_connected", 32, 8 + 4 + 32),
        ("head", "fully_connected", 40, 4 + 10 + 40),
    ]
    assert (found.left_out, found.left_out_bytes) == (1, 8 * 36 + 8)


@pytest.mark.parametrize(
    ("size", "op_class"), [([1, 1], "fully_connected"), ([1, 9], "conv2d"), ([9, 1], "conv2d")]
)
def test_a_convolution_is_fully_connected_on_a_single_position_alone(save, size, op_class):
    path = save(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        inputs={"x": [1, 4, *size]},
        outputs=["y"],
        constants={"w": [8, 4, 1, 1]},
    )

    (found,) = network_of(str(path), dtype="int8").operations
    assert found.op_class == op_class


def test_a_convolution_of_a_whole_map_to_one_position_is_none_on_vectors(save):
    path = save(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        inputs={"x": [1, 4, 3, 3]},
        outputs=["y"],
        constants={"w": [8, 4, 3, 3]},
    )

    (found,) = network_of(str(path), dtype="int8").operations
    assert found.op_class == "conv2d"


def test_bytes_follow_the_element_type(small):
    one, four = (network_of(str(small), dtype=dtype) for dtype in ("int8", "float32"))

    assert four.macs == one.macs
    assert four.moved_bytes == 4 * one.moved_bytes


def test_every_kernel_takes_those_without_macs_in(small):
    found = network_of(str(small), dtype="int8", every_kernel=True)

    (mean,) = [each for each in found.operations if not each.macs]
    assert (mean.name, mean.op_class, mean.moved_bytes) == ("mean", "other", 296)
    assert (found.left_out, found.left_out_bytes) == (0, 0)


@pytest.mark.parametrize("every_kernel", [False, True])
def test_a_model_without_a_product_is_refused(save, every_kernel):
    path = save([helper.make_node("Relu", ["x"], ["y"])], inputs={"x": [1, 4]}, outputs=["y"])

    with pytest.raises(ModelError, match=r"model\.onnx: no convolution or matrix product"):
        network_of(str(path), dtype="int8", every_kernel=every_kernel)
