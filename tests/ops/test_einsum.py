"""Einsum, against numpy and against loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.work import KernelKind, Work
from single_node import kind, node_of, shapes_of, work

M, J, K, L, B = 2, 3, 4, 5, 6


@pytest.mark.parametrize(
    ("equation", "shapes", "expected"),
    [
        ("ij,jk->ik", [(M, J), (J, K)], Work(M * J * K)),
        ("bij,bkj->bik", [(B, M, J), (B, K, J)], Work(B * M * K * J)),
        ("bhid,bhjd->bhij", [(B, 2, M, J), (B, 2, K, J)], Work(B * 2 * M * K * J)),
        ("...ij,...jk", [(B, M, J), (B, J, K)], Work(B * M * J * K)),
        ("i,i->", [(M,), (M,)], Work(M)),
        # nothing is summed: products only
        ("i,j->ij", [(M,), (J,)], Work(0, M * J)),
        ("ij,ij->ij", [(M, J), (M, J)], Work(0, M * J)),
        # (ij,jk) first, then the result ik with kl
        ("ij,jk,kl->il", [(M, J), (J, K), (K, L)], Work(M * J * K + M * K * L)),
        # j is summed in the second step only: the first one multiplies
        ("ij,kj,jl->ikl", [(M, J), (K, J), (J, L)], Work(M * K * J * L, M * J * K)),
        ("ij->ji", [(M, J)], Work()),
        ("ij->i", [(M, J)], Work(0, M * J)),
        ("ii->", [(J, J)], Work(0, J)),
        ("ii->i", [(J, J)], Work()),
    ],
)
def test_work(equation: str, shapes: list[tuple[int, ...]], expected: Work) -> None:
    assert work("Einsum", *shapes, equation=equation) == expected


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk", [(M, J), (J, K)]),
        ("ba", [(M, J)]),
        ("...ij,...jk->...ik", [(L, 1, M, J), (B, J, K)]),
        ("b...,...c->c...b", [(B, M, J), (M, J, K)]),
        ("ii...->...i", [(M, M, K)]),
        ("ij,ij->i", [(1, J), (M, J)]),
        (" i j , j k -> i k ", [(M, J), (J, K)]),
        ("Ab,bC->AC", [(M, J), (J, K)]),
        ("...,...", [(M, J), (J,)]),
    ],
)
def test_shape_is_numpys(equation: str, shapes: list[tuple[int, ...]]) -> None:
    expected = np.einsum(equation, *(np.ones(shape) for shape in shapes)).shape

    assert shapes_of("Einsum", *shapes, equation=equation) == [expected]


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 6), inner=st.integers(2, 6), columns=st.integers(1, 6))
def test_a_matrix_product_costs_what_matmul_costs(rows: int, inner: int, columns: int) -> None:
    found = work("Einsum", (rows, inner), (inner, columns), equation="ij,jk->ik")

    assert found == work("MatMul", (rows, inner), (inner, columns))


def test_kinds() -> None:
    weight = np.zeros((J, K), np.float32)

    def of(equation: str, *inputs: Any) -> KernelKind:
        return kind("Einsum", *inputs, equation=equation)

    assert of("ij,jk->ik", (M, J), weight) is KernelKind.FULLY_CONNECTED
    assert of("ij,jk->ik", (M, J), (J, K)) is KernelKind.BATCHED_MATMUL
    assert of("ij,ij->ij", (M, J), (M, J)) is KernelKind.ELEMENTWISE
    assert of("ij->i", (M, J)) is KernelKind.REDUCTION
    assert of("ij->ji", (M, J)) is KernelKind.MOVEMENT


@pytest.mark.parametrize(
    ("equation", "shapes", "sentence"),
    [
        ("ij,jk->ik", [(M, J), (K, L)], "index 'j' is 3 and 4"),
        ("ij->i", [(M, J), (K, L)], "1 terms for 2 operands"),
        ("ijk->i", [(M, J)], "does not fit an operand of rank 2"),
        ("...ijk->i", [(M, J)], "does not fit an operand of rank 2"),
        ("ij->iz", [(M, J)], "invents an index"),
        ("ij->ii", [(M, J)], "repeats"),
        ("", [(M, J)], "does not fit an operand"),
    ],
)
def test_contradictions_are_told(
    equation: str, shapes: list[tuple[int, ...]], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of("Einsum", *shapes, equation=equation)
