"""onnxruntime's own normalizations: the standard's, and what is fused to them."""

from __future__ import annotations

from typing import Any

import pytest

from contrib_cases import Case, case, stored, weight, words
from costscope.errors import ShapeError
from costscope.ops import OPS
from costscope.work import KernelKind, Work
from single_node import kind, node_of, work

X = (2, 5, 8)
ELEMENTS, ROWS = 80, 10
TABLES = (weight(100, 8), weight(6, 8), weight(2, 8))


def cost(made: Case) -> Work:
    return work(made.op_type, *made.inputs, **made.keywords)


@pytest.mark.parametrize(("beta", "bias"), [(True, True), (True, False), (False, False)])
def test_a_residual_is_one_addition_an_element(*, beta: bool, bias: bool) -> None:
    shift = [weight(8)] if beta else [None]
    plain = work("LayerNormalization", X, weight(8), *(shift if beta else []))

    found = cost(
        case("SkipLayerNormalization", X, X, weight(8), *shift, *([weight(8)] if bias else []))
    )

    assert found == plain + Work(vector_ops=ELEMENTS * (1 + bias))


def test_root_mean_square_with_a_residual() -> None:
    plain = work("RMSNormalization", X, weight(8), opset=23)

    assert cost(case("SkipSimplifiedLayerNormalization", X, X, weight(8))) == plain + Work(
        vector_ops=ELEMENTS
    )
    assert cost(
        case("SkipSimplifiedLayerNormalization", X, X, weight(8), weight(8))
    ) == plain + Work(vector_ops=2 * ELEMENTS)


@pytest.mark.parametrize("domain", ["", "com.microsoft"])
def test_simplified_layer_normalization_in_both_domains(domain: str) -> None:
    plain = work("RMSNormalization", X, weight(8), opset=23)

    assert cost(case("SimplifiedLayerNormalization", X, weight(8), domain=domain)) == plain
    assert (
        kind("SimplifiedLayerNormalization", X, weight(8), domain=domain)
        is KernelKind.NORMALIZATION
    )


def test_layer_normalization_is_the_standard_s() -> None:
    plain = work("LayerNormalization", X, weight(8), weight(8))

    assert cost(case("LayerNormalization", X, weight(8), weight(8))) == plain


@pytest.mark.parametrize("activation", [0, 1])
def test_group_normalization(activation: int) -> None:
    plain = work("GroupNormalization", (2, 8, 4, 4), weight(8), weight(8), num_groups=4, opset=21)
    silu = Work(vector_ops=4 * 256, special_ops=256) * activation

    found = case("GroupNorm", (2, 4, 4, 8), weight(8), weight(8), groups=4, activation=activation)

    assert cost(found) == plain + silu


def test_group_normalization_of_a_sum() -> None:
    plain = case("GroupNorm", (2, 4, 4, 8), weight(8), weight(8), groups=4, activation=0)
    summed = case(
        "SkipGroupNorm", (2, 4, 4, 8), weight(8), weight(8), (2, 4, 4, 8), weight(8),
        groups=4, activation=0, outputs=2,
    )  # fmt: skip

    assert cost(summed) == cost(plain) + Work(vector_ops=2 * 256)


@pytest.mark.parametrize(("segments", "tables"), [(True, 3), (False, 2)])
def test_embeddings_are_summed_and_normalized(*, segments: bool, tables: int) -> None:
    third = (words(2, 5), TABLES[2]) if segments else (None, None)
    made = case(
        "EmbedLayerNormalization", words(2, 5), third[0], *TABLES[:2], third[1], weight(8),
        weight(8), outputs=2,
    )  # fmt: skip
    plain = work("LayerNormalization", X, weight(8), weight(8))
    node = node_of(made.op_type, *made.inputs, **made.keywords)
    spec = OPS.get(node.key)

    assert cost(made) == plain + Work(vector_ops=ELEMENTS * (tables - 1))
    assert spec is not None
    assert spec.reads is not None
    # 10 words read 10 rows of 8 numbers; the small tables are read whole at most.
    assert spec.reads(node) == {2: 80, 3: 48, **({4: 16} if segments else {})}


def test_a_gate_behind_a_normalization() -> None:
    # Groups of 4 numbers: 20 rows; a square, a sum, 2 products and the gate's product
    # for each element, silu with 4 and an exp, 3 and a root for each row.
    found = cost(case("GatedRMSNorm", X, weight(4), X))

    assert found == Work(vector_ops=5 * ELEMENTS + 4 * ELEMENTS + 3 * 20, special_ops=ELEMENTS + 20)


@pytest.mark.parametrize(("branches", "rows"), [({}, 10), ({"num_branches": 2}, 20)])
def test_branches_are_rows(branches: dict[str, int], rows: int) -> None:
    found = cost(case("BranchwiseRMSNorm", X, **branches))

    assert found == Work(vector_ops=3 * ELEMENTS + 3 * rows, special_ops=rows)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (case("SkipLayerNormalization", X, X, weight(7)), "gamma of shape"),
        (case("GroupNorm", (2, 4, 4, 6), weight(6), weight(6), groups=4, activation=0), "groups"),
        (case("GatedRMSNorm", X, weight(3), X), "scale of shape"),
        (case("BranchwiseRMSNorm", X, num_branches=3), "branches"),
        (
            case("EmbedLayerNormalization", words(5), None, stored(9), weight(2, 8), None,
                 weight(8), weight(8)),
            "in an embedding",
        ),
    ],
)  # fmt: skip
def test_refused_in_a_sentence(made: Case, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        node_of(made.op_type, *made.inputs, **made.keywords)


def test_axis_in_front() -> None:
    keywords: dict[str, Any] = {"axis": 1, "domain": "com.microsoft", "outputs": 2}

    node = node_of("SimplifiedLayerNormalization", X, weight(5, 8), **keywords)

    assert [tensor.dims for tensor in node.outputs] == [X, (2, 1, 1)]
    assert work("SimplifiedLayerNormalization", X, weight(5, 8), **keywords) == Work(
        vector_ops=4 * ELEMENTS + 3 * 2, special_ops=2
    )
