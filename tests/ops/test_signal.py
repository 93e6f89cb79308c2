"""Fourier transforms and windows."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
import pytest

from costscope.dtypes import FLOAT32
from costscope.errors import ShapeError
from costscope.graph.types import Node, Tensor
from costscope.ops import work_of
from costscope.ops.signal import fft_operations
from costscope.work import Work
from single_node import node_of, work

SIXTEEN = np.array(16, np.int64)


def butterflies(length: int) -> int:
    """Real operations of a radix-2 transform, one complex butterfly after the other."""
    if length == 1:
        return 0
    each = 4 + 2 + 2 * 2  # complex product (4 products, 2 additions), two complex additions
    return 2 * butterflies(length // 2) + each * (length // 2)


@pytest.mark.parametrize("length", [1, 2, 8, 1024])
def test_operations_of_a_transform(length: int) -> None:
    assert fft_operations(length, real=False) == butterflies(length)
    assert 2 * fft_operations(length, real=True) == butterflies(length)


def test_length_need_not_be_a_power_of_two() -> None:
    assert fft_operations(12, real=False) == ceil(60 * log2(12))


@pytest.mark.parametrize(
    ("inputs", "attributes", "opset", "expected"),
    [
        # 3 rows of 16 complex numbers: 5 * 16 * 4 each
        ([(3, 16, 2)], {}, 20, 3 * 320),
        # real numbers take half
        ([(3, 16, 1)], {}, 20, 3 * 160),
        ([(3, 16, 1)], {"onesided": 1}, 20, 3 * 160),
        ([(3, 16, 1)], {"axis": 1}, 17, 3 * 160),
        # the other axis: 16 transforms of 4
        ([(4, 16, 2), None, np.array(0)], {}, 20, 4 * 320),
        # padded to 32
        ([(3, 16, 2), np.array(32)], {}, 20, 3 * 5 * 32 * 5),
        # back from 9 frequencies to 16 real numbers
        ([(3, 9, 2)], {"onesided": 1, "inverse": 1}, 20, 3 * 160),
    ],
)
def test_transforms(
    inputs: list[Any], attributes: dict[str, Any], opset: int, expected: int
) -> None:
    assert work("DFT", *inputs, opset=opset, **attributes) == Work(0, expected)


def test_short_time_transforms() -> None:
    # 64 samples in steps of 8: 7 frames of 16; each is weighted and transformed
    found = work("STFT", (2, 64, 1), np.array(8, np.int64), np.ones(16, np.float32))
    bare = work("STFT", (2, 64, 1), np.array(8, np.int64), None, SIXTEEN)

    assert found == Work(0, 2 * 7 * (16 + 160))
    assert bare == Work(0, 2 * 7 * 160)


@pytest.mark.parametrize(
    ("op_type", "vector", "special"),
    [("HannWindow", 3, 1), ("HammingWindow", 3, 1), ("BlackmanWindow", 6, 2)],
)
def test_windows(op_type: str, vector: int, special: int) -> None:
    output = Tensor("y", (16,), FLOAT32)
    node = Node(op_type, op_type, "", 17, (None,), (output,))

    assert work_of(node) == Work(0, 16 * vector, 16 * special)


def test_mel_scale() -> None:
    node = Node("mel", "MelWeightMatrix", "", 17, (), (Tensor("y", (129, 20), FLOAT32),))

    # 4 operations per element; 22 edges with a power, a product and a division
    assert work_of(node) == Work(0, 4 * 129 * 20 + 2 * 22, 22)


def test_frames_must_fit() -> None:
    with pytest.raises(ShapeError, match=r"frames of 80 do not fit a signal of shape \[2, 64, 1\]"):
        node_of("STFT", (2, 64, 1), np.array(8, np.int64), None, np.array(80, np.int64))
