"""TopK, Unique, NonZero and NonMaxSuppression: exact on constants, bounded from above else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.ops import kind_of
from costscope.ops.sorting import comparisons
from costscope.shapes import resolve
from costscope.work import KernelKind, Work
from one_node import OneNode, agrees, ints, ramp

SCORES = np.float32([[3, 1, 3, 2], [0, -1, 5, 5]])
TOP_K = [
    OneNode("TopK", SCORES, ints(2), outputs=2),
    OneNode("TopK", SCORES, ints(4), outputs=2, opset=11),
    OneNode("TopK", SCORES, ints(0), outputs=2),
    OneNode("TopK", SCORES, ints(3), outputs=2, largest=0),
    OneNode("TopK", SCORES, ints(1), outputs=2, axis=0),
    OneNode("TopK", SCORES, ints(2), outputs=2, axis=-2, opset=10),
    OneNode("TopK", SCORES, opset=7, outputs=2, k=3, axis=1),
]
REPEATED = np.float32([2, 1, 1, 3, 2])
ROWS = np.float32([[1, 2], [0, 5], [1, 2]])
UNIQUE = [
    OneNode("Unique", REPEATED, outputs=4),
    OneNode("Unique", REPEATED, outputs=4, sorted=0),
    OneNode("Unique", ROWS, outputs=4),
    OneNode("Unique", ROWS, outputs=4, axis=0),
    OneNode("Unique", ROWS, outputs=4, axis=-1, sorted=0),
    OneNode("Unique", ROWS, outputs=1, axis=0, opset=11),
]
NON_ZERO = [
    OneNode("NonZero", np.float32([[1, 0], [0, 2]])),
    OneNode("NonZero", ints(0, 0)),
    OneNode("NonZero", np.array(3.0, np.float32)),
    OneNode("NonZero", np.array(0.0, np.float32), opset=9),
    OneNode("NonZero", np.array([True, False, True]), opset=13),
]


@pytest.mark.parametrize("one", TOP_K, ids=lambda one: f"k{one.inputs.get('i1')}")
def test_top_k_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


@pytest.mark.parametrize("one", [*UNIQUE, *NON_ZERO], ids=lambda one: one.node.op_type)
def test_known_data_gives_exact_values(one: OneNode) -> None:
    expected = one.run()

    values = one.values()

    assert values is not None
    for value, array in zip(values, expected, strict=False):
        np.testing.assert_array_equal(value, array, strict=True)


def test_work_of_top_k() -> None:
    # A heap of 5: 8 is the next power of two above 5, so 3 comparisons for each of 2 x 100.
    one = OneNode("TopK", ramp(2, 100), ints(5), outputs=2)

    assert one.work() == Work(vector_ops=2 * 100 * 3)
    assert kind_of(one.stays()) is KernelKind.SORTING


def test_the_best_alone_takes_one_comparison_each() -> None:
    assert OneNode("TopK", ramp(100), ints(1), outputs=2).work() == Work(vector_ops=100)


def test_a_full_sort() -> None:
    # 1024 elements, 11 levels
    assert comparisons(1024, 1024) == 1024 * 11


def test_unknown_data_takes_the_upper_bound_and_says_so() -> None:
    cases = {
        "Unique": ((6,), "'n' (Unique) is costed for 6 values, an upper bound"),
        "NonZero": ((2, 6), "'n' (NonZero) is costed for 6 elements, an upper bound"),
    }
    for op_type, (shape, sentence) in cases.items():
        graph = resolve(OneNode(op_type, ramp(2, 3)).model([]))

        assert graph.outputs[0].shape == shape
        assert graph.assumptions == (sentence,)


def test_unique_bounds_all_of_its_outputs() -> None:
    one = OneNode("Unique", ramp(4, 3), outputs=4, axis=1)

    assert one.shapes() == [(4, 3), (3,), (3,), (3,)]
    # 3 slices of 4, 2 comparisons of whole slices each: 12 x 2
    assert one.work() == Work(vector_ops=24)


def test_work_of_non_zero() -> None:
    assert OneNode("NonZero", ramp(5, 7)).work() == Work(vector_ops=35)


def boxes(batch: int, count: int) -> np.ndarray:
    corners = np.random.default_rng(0).random((batch, count, 2)).astype(np.float32)
    return np.concatenate([corners, corners + 0.1], axis=2)


def scores(batch: int, classes: int, count: int) -> np.ndarray:
    return np.random.default_rng(1).random((batch, classes, count)).astype(np.float32)


def non_max(most: int | None) -> OneNode:
    given = () if most is None else (ints(most), np.float32([0.5]), np.float32([0.0]))
    return OneNode("NonMaxSuppression", boxes(2, 20), scores(2, 3, 20), *given, opset=11)


@pytest.mark.parametrize("most", [None, 0, 4, 1000])
def test_non_max_suppression_keeps_at_most_what_is_asked(most: int | None) -> None:
    one = non_max(most)
    kept = 2 * 3 * min(most or 0, 20)

    shapes = one.shapes()

    assert shapes == [(kept, 3)]
    assert one.run()[0].shape[0] <= kept


def test_work_of_non_max_suppression() -> None:
    # For each of 2 x 3: 20 boxes sorted in 5 levels, each compared with 4 kept ones at 13.
    one = non_max(4)

    assert one.work() == Work(vector_ops=6 * (20 * 5 + 13 * 20 * 4))
    graph = resolve(one.model(one.settings[1:]))
    assert graph.assumptions == ("'n' (NonMaxSuppression) is costed for 24 boxes, an upper bound",)


def test_a_number_of_boxes_from_data_may_be_all_of_them() -> None:
    graph = resolve(non_max(4).model([]))

    assert graph.outputs[0].shape == (2 * 3 * 20, 3)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("TopK", SCORES, ints(5), outputs=2), "the 5 best of 4"),
        (OneNode("TopK", SCORES, ints(-1), outputs=2), "the -1 best of 4"),
        (OneNode("TopK", SCORES, ints(1, 2), outputs=2), "not a single number"),
        (OneNode("TopK", SCORES, ints(1), outputs=2, axis=2), "axis 2 does not exist"),
        (OneNode("Unique", SCORES, axis=2), "axis 2 does not exist"),
        (OneNode("NonMaxSuppression", ramp(1, 5, 4), ramp(1, 1, 6)), "do not fit scores"),
        (OneNode("NonMaxSuppression", ramp(5, 4), ramp(1, 1, 5)), "do not fit scores"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()


def test_a_k_from_data_leaves_the_shape_unknown() -> None:
    node, _ = OneNode("TopK", SCORES, ints(1), outputs=2).resolved([])

    assert node is not None
    assert node.problem is not None
    assert "is computed from data" in node.problem


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12), st.data())
def test_top_k_as_a_stable_sort(numbers: list[int], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(numbers)))
    largest = data.draw(st.booleans())
    order = sorted(range(len(numbers)), key=lambda i: (-1 if largest else 1) * numbers[i])

    values = OneNode("TopK", ints(*numbers), ints(kept), outputs=2, largest=int(largest)).values()

    assert values is not None
    assert values[1].tolist() == order[:kept]
    assert values[0].tolist() == [numbers[i] for i in order[:kept]]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-3, 3), max_size=12), st.booleans())
def test_unique_puts_its_input_together_again(numbers: list[int], in_order: bool) -> None:
    values = OneNode("Unique", ints(*numbers), outputs=4, sorted=int(in_order)).values()

    assert values is not None
    found, first, inverse, counts = values
    assert found[inverse].tolist() == numbers
    assert [numbers[i] for i in first] == found.tolist()
    assert [numbers.count(number) for number in found] == counts.tolist()
    expected = sorted(set(numbers)) if in_order else list(dict.fromkeys(numbers))
    assert found.tolist() == expected
