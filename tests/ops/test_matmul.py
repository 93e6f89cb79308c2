"""Matrix products."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of
from costscope.work import KernelKind, Work
from single_node import Of, kind, node_of, work

SCALE, POINT = np.array(0.5, np.float32), np.array(1, np.uint8)


@pytest.mark.parametrize(
    ("first", "second", "macs"),
    [
        ((3, 4), (4, 5), 3 * 5 * 4),
        ((4,), (4,), 4),
        ((4,), (2, 4, 5), 2 * 5 * 4),
        ((2, 3, 4), (4,), 2 * 3 * 4),
        ((12, 197, 64), (12, 64, 197), 12 * 197 * 197 * 64),
        ((7, 1, 3, 4), (2, 4, 5), 7 * 2 * 3 * 5 * 4),
    ],
)
def test_products(first: tuple[int, ...], second: tuple[int, ...], macs: int) -> None:
    assert work("MatMul", first, second) == Work(macs)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 5), inner=st.integers(1, 5), columns=st.integers(1, 5))
def test_gemm_is_the_loops(rows: int, inner: int, columns: int) -> None:
    count = sum(1 for _ in itertools.product(range(rows), range(columns), range(inner)))

    assert work("Gemm", (rows, inner), (inner, columns)) == Work(count)
    assert work("Gemm", (inner, rows), (columns, inner), transA=1, transB=1) == Work(count)


@pytest.mark.parametrize(
    ("attributes", "bias", "vector_ops"),
    [
        ({}, False, 0),
        ({}, True, 15),  # one addition for each of the 3 * 5 outputs
        ({"alpha": 0.5}, False, 15),
        ({"alpha": 0.5, "beta": 2.0}, True, 45),
        ({"beta": 2.0}, False, 0),
    ],
)
def test_gemm_scales_and_adds(attributes: dict[str, Any], bias: bool, vector_ops: int) -> None:
    found = work("Gemm", (3, 4), (4, 5), *([(5,)] if bias else []), **attributes)

    assert found == Work(3 * 4 * 5, vector_ops)


def test_kind_by_its_weight() -> None:
    weight = np.zeros((4, 5), np.float32)

    assert kind("MatMul", (2, 3, 4), weight) is KernelKind.FULLY_CONNECTED
    assert kind("MatMul", weight, (2, 5, 3)) is KernelKind.FULLY_CONNECTED
    assert kind("MatMul", (2, 3, 4), weight[None]) is KernelKind.FULLY_CONNECTED
    assert kind("MatMul", (2, 3, 4), (4, 5)) is KernelKind.BATCHED_MATMUL
    several = np.zeros((2, 4, 5), np.float32)
    assert kind("MatMul", (2, 3, 4), several) is KernelKind.BATCHED_MATMUL
    assert kind("Gemm", (3, 4), weight) is KernelKind.FULLY_CONNECTED


def test_quantized_products() -> None:
    data, weight = Of(TensorProto.UINT8, (3, 4)), Of(TensorProto.UINT8, (4, 5))

    node = node_of("MatMulInteger", data, weight)
    quantized = work("QLinearMatMul", data, SCALE, POINT, weight, SCALE, POINT, SCALE, POINT)

    assert node.output.dtype.name == "int32"
    assert work("MatMulInteger", data, weight) == Work(60)
    assert quantized == Work(60, vector_ops=2 * 15)
    assert [slot_of(("", "QLinearMatMul"), slot) for slot in (0, 3)] == [Slot.WEIGHT] * 2
    assert {slot_of(("", "QLinearMatMul"), slot) for slot in (1, 2, 4, 5, 6, 7)} == {
        Slot.QUANTIZATION
    }


def elimination(size: int) -> tuple[int, int]:
    """Multiply-subtract and division counts of Gaussian elimination, in loops."""
    macs = divisions = 0
    for pivot in range(size):
        for _row in range(pivot + 1, size):
            divisions += 1
            for _column in range(pivot + 1, size):
                macs += 1
    return macs, divisions


@pytest.mark.parametrize("size", [1, 2, 5])
def test_determinant(size: int) -> None:
    macs, divisions = elimination(size)

    assert work("Det", (3, size, size)) == Work(3 * macs, 3 * (divisions + size - 1))


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "sentence"),
    [
        ("MatMul", [(3, 4), (5, 6)], {}, r"\[3, 4\] cannot be multiplied by \[5, 6\]"),
        ("MatMul", [(), (5, 6)], {}, r"\[\] cannot be multiplied"),
        ("MatMul", [(2, 3, 4), (3, 4, 5)], {}, r"\[2\] and \[3\] cannot be broadcast"),
        ("Gemm", [(3, 4), (5, 6)], {}, r"A gives 4 values to a sum over 5 of B"),
        ("Gemm", [(3, 4), (4, 6)], {"transB": 1}, r"A gives 4 values to a sum over 6"),
        ("Gemm", [(3, 4, 1), (4, 6)], {}, "operands must be matrices"),
        ("Gemm", [(3, 4), (4, 6), (2, 3, 6)], {}, r"C of shape \[2, 3, 6\] does not expand"),
        ("Gemm", [(3, 4), (4, 6), (5,)], {}, r"\[3, 6\] and \[5\] cannot be broadcast"),
        ("Det", [(3, 4)], {}, "square"),
    ],
)
def test_contradictions_are_told(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of(op_type, *inputs, **attributes)
