"""Attention as one operator, against the same written as matrix products."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import OPS
from costscope.shapes import resolve
from costscope.work import Work
from single_node import Of, model, node_of, shapes_of, work

Q, K, V = (2, 4, 5, 8), (2, 4, 6, 8), (2, 4, 6, 10)
SCORES = 2 * 4 * 5 * 6


def test_attention_by_heads() -> None:
    # 18 products per score (8 with the key, 10 with the value); scale, softmax
    assert work("Attention", Q, K, V) == Work(SCORES * 18, SCORES * 5, SCORES)


@settings(max_examples=20, deadline=None)
@given(
    batch=st.integers(1, 3),
    heads=st.integers(1, 3),
    length=st.integers(1, 5),
    keys=st.integers(1, 5),
    width=st.integers(1, 4),
)
def test_macs_are_those_of_two_matrix_products(
    batch: int, heads: int, length: int, keys: int, width: int
) -> None:
    query, key = (batch, heads, length, width), (batch, heads, keys, width)

    found = work("Attention", query, key, key)

    scores = work("MatMul", query, (batch, heads, width, keys))
    values = work("MatMul", (batch, heads, length, keys), key)
    softmax = work("Softmax", (batch, heads, length, keys))
    scaling = work("Mul", (batch, heads, length, keys), ())
    assert found == scores + values + softmax + scaling


def test_packed_heads_are_the_same() -> None:
    packed = work("Attention", (2, 5, 32), (2, 6, 32), (2, 6, 40), q_num_heads=4, kv_num_heads=4)

    assert packed == work("Attention", Q, K, V)


def test_shared_keys_save_no_products() -> None:
    shared = work("Attention", Q, (2, 2, 6, 8), (2, 2, 6, 10))

    assert shared == work("Attention", Q, K, V)


def test_mask_and_cap_cost_by_score() -> None:
    plain = work("Attention", Q, K, V)

    assert work("Attention", Q, K, V, (5, 6)) == plain + Work(0, SCORES)
    assert work("Attention", Q, K, V, is_causal=1) == plain + Work(0, SCORES)
    assert work("Attention", Q, K, V, softcap=30.0) == plain + Work(0, 2 * SCORES, SCORES)


def test_one_token_meets_the_whole_cache() -> None:
    inputs = [(2, 4, 1, 8)] * 3 + [None] + [(2, 4, 9, 8)] * 2

    assert work("Attention", *inputs, outputs=3).macs == 2 * 4 * 10 * 16
    assert shapes_of("Attention", *inputs, outputs=4) == [
        (2, 4, 1, 8),
        (2, 4, 10, 8),
        (2, 4, 10, 8),
        (2, 4, 1, 10),
    ]


def test_padded_cache_counts_in_full_and_says_so() -> None:
    inputs = [Q, K, V, None, None, None, Of(TensorProto.INT64, (2,))]

    graph = resolve(model("Attention", *inputs))

    assert any("nonpad_kv_seqlen" in sentence for sentence in graph.assumptions)


def test_flex_attention_leaves_its_modifiers_out_and_says_so() -> None:
    proto = model("FlexAttention", Q, K, V, domain="ai.onnx.preview")

    graph = resolve(proto)

    assert graph.nodes[0].output.shape == (2, 4, 5, 10)
    assert work("FlexAttention", Q, K, V, domain="ai.onnx.preview") == Work(
        SCORES * 18, SCORES * 5, SCORES
    )
    assert any("FlexAttention" in sentence for sentence in graph.assumptions)


HEADS = {"q_num_heads": 4, "kv_num_heads": 2}
LINEAR = [(2, 5, 32), (2, 5, 16), (2, 5, 20)]  # 4 heads of 8; 2 heads of 8 and of 10
TOKENS, AREA = 2 * 5, 8 * 10


@pytest.mark.parametrize(
    ("rule", "reads", "vector", "exps"),
    [
        ("linear", 2 + 4, 0, 0),  # 2 heads write the state, 4 read it
        ("gated", 2 + 4, 2 * AREA, 2 * 8),  # and 2 decay it
        ("delta", 2 * 2 + 4, 2 * 2 * 10, 0),  # 2 read it first; the rest and its rate
        ("gated_delta", 2 * 2 + 4, 2 * 2 * 10 + 2 * AREA, 2 * 8),
    ],
)
def test_linear_attention(rule: str, reads: int, vector: int, exps: int) -> None:
    gates = [None, (2, 5, 16), (2, 5, 2)]

    found = work("LinearAttention", *LINEAR, *gates, outputs=2, update_rule=rule, **HEADS)

    assert found == Work(TOKENS * reads * AREA, TOKENS * vector, TOKENS * exps)


def test_rotary_embedding() -> None:
    caches = [(50, 4), (50, 4)]

    # each number takes two products and an addition
    assert work("RotaryEmbedding", (2, 4, 5, 8), *caches) == Work(0, 2 * 4 * 5 * 8 * 3)
    packed = work(
        "RotaryEmbedding", (2, 5, 32), (50, 2), (50, 2), num_heads=4, rotary_embedding_dim=4
    )
    assert packed == Work(0, 2 * 4 * 5 * 4 * 3)


def test_rotary_embedding_reads_a_row_per_token() -> None:
    node = node_of("RotaryEmbedding", (2, 4, 5, 8), (50, 4), (50, 4), Of(TensorProto.INT64, (2, 5)))

    spec = OPS.get(node.key)

    assert spec is not None
    assert spec.reads is not None
    assert spec.reads(node) == {1: 2 * 5 * 4, 2: 2 * 5 * 4}


@pytest.mark.parametrize(
    ("inputs", "attributes", "sentence"),
    [
        ([Q, (2, 3, 6, 8), (2, 3, 6, 8)], {}, "do not fit together"),
        ([Q, (2, 4, 6, 7), V], {}, "do not fit together"),
        ([Q, K, (2, 4, 7, 10)], {}, "do not fit together"),
        ([Q, (2, 6, 8), (2, 6, 8)], {}, "do not fit together"),
        ([(5, 8), (6, 8), (6, 8)], {}, "do not fit together"),
        ([(2, 5, 32), (2, 6, 32), (2, 6, 32)], {}, "q_num_heads and kv_num_heads"),
        (
            [(2, 5, 32), (2, 6, 32), (2, 6, 32)],
            {"q_num_heads": 5, "kv_num_heads": 1},
            "32 features do not divide into 5 heads",
        ),
    ],
)
def test_contradictions_are_told(
    inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of("Attention", *inputs, **attributes)


@pytest.mark.parametrize(
    ("shape", "attributes", "sentence"),
    [
        ((5, 32), {}, "it must have 3 or 4 axes"),
        ((2, 5, 32), {}, "32 features do not divide into 0 heads"),
        ((2, 5, 32), {"num_heads": 5}, "do not divide into 5 heads"),
        ((2, 4, 5, 8), {"rotary_embedding_dim": 10}, "10 numbers cannot be turned in heads of 8"),
        ((2, 4, 5, 8), {"rotary_embedding_dim": -2}, "-2 numbers cannot be turned"),
    ],
)
def test_rotations_must_fit(
    shape: tuple[int, ...], attributes: dict[str, int], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of("RotaryEmbedding", shape, (50, 4), (50, 4), **attributes)
