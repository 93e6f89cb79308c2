"""Pools: operations counted in loops, and contradictions."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.shapes import resolve
from costscope.work import Work
from single_node import Of, model, node_of, work


def count_in_loops(size: int, kernel: int, stride: int, pad: int) -> int:
    """Positions that the windows of one channel visit, padding included."""
    count = 0
    for _ in itertools.product(range(-pad, size + pad - kernel + 1, stride), repeat=2):
        for _ in itertools.product(range(kernel), range(kernel)):
            count += 1
    return count


@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(("kernel", "stride", "pad"), [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0)])
def test_windows_are_those_of_the_loops(op_type: str, kernel: int, stride: int, pad: int) -> None:
    found = work(
        op_type, (2, 3, 9, 9), kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4
    )

    assert found == Work(vector_ops=2 * 3 * count_in_loops(9, kernel, stride, pad))


def test_last_window_must_start_inside() -> None:
    attributes = {"kernel_shape": [1], "strides": [2], "pads": [0, 1], "ceil_mode": 1}

    node = node_of("MaxPool", (1, 1, 4), **attributes)

    # windows start at 0 and 2; a third would start at 4, in the padding
    assert node.output.shape == (1, 1, 2)


def test_global_pools_read_every_element_once() -> None:
    for op_type in ("GlobalAveragePool", "GlobalMaxPool"):
        assert work(op_type, (2, 3, 7, 7)) == Work(vector_ops=2 * 3 * 49)


@pytest.mark.parametrize(
    ("power", "special"),
    [(1, 0), (2, 1), (3, 9 + 1)],  # p = 3 takes a power per position and a root
)
def test_norm_over_a_window(power: int, special: int) -> None:
    outputs = 3 * 5 * 5

    found = work("LpPool", (1, 3, 7, 7), kernel_shape=[3, 3], p=power)

    assert found == Work(vector_ops=outputs * 18, special_ops=outputs * special)


def test_global_norm() -> None:
    assert work("GlobalLpPool", (1, 3, 4, 4)) == Work(vector_ops=3 * 32, special_ops=3)


def test_regions() -> None:
    index = Of(TensorProto.INT64, (5,))

    fixed = work(
        "RoiAlign",
        (1, 3, 8, 8),
        (5, 4),
        index,
        output_height=2,
        output_width=4,
        sampling_ratio=2,
    )
    free = work("RoiAlign", (1, 3, 8, 8), (5, 4), index, output_height=2, output_width=4)
    largest = work("MaxRoiPool", (1, 3, 8, 8), (5, 5), pooled_shape=[2, 2])

    assert fixed == Work(vector_ops=5 * 3 * 8 * 4 * 8)  # 2 * 2 samples
    assert free == Work(vector_ops=5 * 3 * 8 * (4 * 2) * 8)  # a bin is at most 8/2 by 8/4
    assert largest == Work(vector_ops=5 * 3 * 64)


def test_region_sizes_are_an_assumption() -> None:
    graph = resolve(model("MaxRoiPool", (1, 3, 8, 8), (5, 5), pooled_shape=[2, 2]))

    assert any("MaxRoiPool" in sentence for sentence in graph.assumptions)


def test_unpooling_only_moves() -> None:
    index = Of(TensorProto.INT64, (1, 1, 3, 3))

    assert work("MaxUnpool", (1, 1, 3, 3), index, kernel_shape=[2, 2]) == Work()


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "sentence"),
    [
        ("MaxPool", [(1, 3, 8, 8)], {"kernel_shape": [3]}, "window of 1 axes"),
        ("MaxPool", [(1, 3, 8, 8)], {}, "window of 0 axes"),
        ("MaxPool", [(1, 3)], {}, "window of 0 axes on an input of rank 2"),
        ("AveragePool", [(1, 3, 2)], {"kernel_shape": [3]}, "window of 3 is larger"),
        ("AveragePool", [(1, 3, 2)], {"kernel_shape": [0]}, "must be at least 1"),
        ("GlobalMaxPool", [(3,)], {}, "no channels"),
        ("MaxRoiPool", [(1, 3, 8, 8), (5, 5)], {}, "regions of shape"),
        ("MaxUnpool", [(1, 1, 3, 3), (1, 1, 2, 2)], {"kernel_shape": [2, 2]}, "indices of shape"),
    ],
)
def test_contradictions_are_told(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of(op_type, *inputs, **attributes)
