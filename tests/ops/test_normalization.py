"""Normalizations: operations per element and per row."""

from __future__ import annotations

from typing import Any

import pytest

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of
from costscope.work import Work
from single_node import node_of, shapes_of, work

X = (2, 6, 5, 7)
ELEMENTS = 2 * 6 * 5 * 7
PER_CHANNEL = [(6,)] * 4


def standardized(elements: int, rows: int, *, affine: bool = True) -> Work:
    """Operations of a row brought to mean 0 and deviation 1, one step after the other."""
    vector = elements  # sum for the mean
    vector += rows  # divided by the count
    vector += elements  # minus the mean
    vector += elements  # squared
    vector += elements  # sum for the variance
    vector += rows + rows + rows  # divided, plus epsilon, reciprocal of its root
    vector += elements  # times the reciprocal
    vector += 2 * elements * affine  # scaled and shifted
    return Work(vector_ops=vector, special_ops=rows)


def test_batch_normalization_is_a_product_and_an_addition() -> None:
    assert work("BatchNormalization", X, *PER_CHANNEL) == Work(vector_ops=2 * ELEMENTS)


@pytest.mark.parametrize(("opset", "outputs"), [(9, 5), (14, 3)])
def test_batch_normalization_in_training(opset: int, outputs: int) -> None:
    mode = {"training_mode": 1} if opset >= 14 else {}

    found = work("BatchNormalization", X, *PER_CHANNEL, opset=opset, outputs=outputs, **mode)

    # a row per channel, and running mean and variance: two products and an addition each
    assert found == standardized(ELEMENTS, 6) + Work(vector_ops=6 * 6)


def test_old_batch_normalization_per_position() -> None:
    # before version 9 `spatial` 0 gave every position its own statistics
    inputs = [(2, 3, 4), *[(3, 4)] * 4]

    assert shapes_of("BatchNormalization", *inputs, opset=7, spatial=0) == [(2, 3, 4)]


def test_instances_and_groups() -> None:
    per_channel = standardized(ELEMENTS, 2 * 6)

    assert work("InstanceNormalization", X, (6,), (6,)) == per_channel
    grouped = work("GroupNormalization", X, (6,), (6,), num_groups=3)
    assert grouped == standardized(ELEMENTS, 2 * 3)
    alone = work("GroupNormalization", X, (6,), (6,), num_groups=6)
    assert alone == per_channel


def test_groups_had_a_scale_each_before_version_21() -> None:
    found = work("GroupNormalization", X, (3,), (3,), num_groups=3, opset=18)

    assert found == standardized(ELEMENTS, 2 * 3)


def test_layer_normalization() -> None:
    whole = work("LayerNormalization", X, (7,), (7,))

    assert whole == standardized(ELEMENTS, 2 * 6 * 5)
    # without a bias one addition per element is saved
    without = work("LayerNormalization", X, (7,))
    assert whole.vector_ops - without.vector_ops == ELEMENTS
    over_image = work("LayerNormalization", X, (6, 5, 7), (6, 5, 7), axis=1)
    assert over_image == standardized(ELEMENTS, 2)


def test_root_mean_square() -> None:
    rows = 2 * 6 * 5

    # square, sum, product with the root's reciprocal, scale; per row division, epsilon,
    # reciprocal, root
    assert work("RMSNormalization", X, (7,)) == Work(0, 4 * ELEMENTS + 3 * rows, rows)


def test_mean_variance() -> None:
    assert work("MeanVarianceNormalization", X) == standardized(ELEMENTS, 6, affine=False)


def test_other_norms() -> None:
    assert work("LpNormalization", X, axis=1) == Work(0, 3 * ELEMENTS, 2 * 5 * 7)
    assert work("LpNormalization", X, axis=1, p=1) == Work(0, 3 * ELEMENTS)
    # a square, 5 additions, a product, an addition, a division; a power
    assert work("LRN", X, size=5) == Work(0, (1 + 5 + 3) * ELEMENTS, ELEMENTS)


def test_biases_are_biases() -> None:
    for op_type in (
        "BatchNormalization",
        "InstanceNormalization",
        "GroupNormalization",
        "LayerNormalization",
    ):
        assert [slot_of(("", op_type), slot) for slot in (1, 2)] == [Slot.WEIGHT, Slot.BIAS]


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "sentence"),
    [
        ("BatchNormalization", [X, *[(5,)] * 4], {}, r"scale of shape \[5\] for 6 channels"),
        ("InstanceNormalization", [(2, 6), (6,), (6,)], {}, "no spatial axes"),
        ("GroupNormalization", [X, (6,), (6,)], {"num_groups": 4}, "6 channels do not divide"),
        ("GroupNormalization", [X, (6,), (6,)], {"num_groups": 0}, "into 0 groups"),
        ("LayerNormalization", [X, (5,)], {}, r"\[2, 6, 5, 7\] and \[5\]"),
        ("LayerNormalization", [X, (1, 2, 6, 5, 7)], {}, "does not expand"),
        ("LayerNormalization", [X, (7,)], {"axis": 4}, "axis 4 does not exist"),
        ("LpNormalization", [X], {"axis": -5}, "axis -5 does not exist in a tensor of rank 4"),
        ("MeanVarianceNormalization", [(2, 3)], {}, "axis 2 does not exist"),
        ("LRN", [X], {}, "no attribute 'size'"),
    ],
)
def test_contradictions_are_told(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of(op_type, *inputs, **attributes)
