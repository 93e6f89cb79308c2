"""onnxruntime's own attention: against its parts as operators of their own, and by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrib_cases import (
    MICROSOFT,
    QATTENTION,
    SPARSE,
    Case,
    case,
    i32,
    weight,
    words,
)
from costscope.errors import ShapeError
from costscope.ops import OPS, why_uncosted, work_of
from costscope.shapes import resolve
from costscope.work import KernelKind, Work
from single_node import Of, ints, kind, model, node_of, work

SCORE = Work(vector_ops=5, special_ops=1)  # scale, softmax (4 and an exp)


def cost(made: Case) -> Work:
    return work(made.op_type, *made.inputs, **made.keywords)


@settings(max_examples=30, deadline=None)
@given(
    batch=st.integers(1, 2),
    length=st.integers(1, 5),
    past=st.integers(0, 3),
    heads=st.integers(1, 3),
    width=st.integers(1, 4),
    features=st.integers(1, 6),
)
def test_attention_is_its_parts(
    batch: int, length: int, past: int, heads: int, width: int, features: int
) -> None:
    hidden = heads * width
    given = [(batch, length, features), weight(features, 3 * hidden), weight(3 * hidden)]
    cache = [None, (2, batch, heads, past, width)] if past else []

    found = cost(case("Attention", *given, *cache, num_heads=heads, outputs=2))

    keys = length + past
    projection = work("MatMul", (batch, length, features), weight(features, 3 * hidden))
    bias = Work(vector_ops=batch * length * 3 * hidden)
    scores = batch * heads * length * keys
    first = work("MatMul", (batch, heads, length, width), (batch, heads, width, keys))
    second = work("MatMul", (batch, heads, length, keys), (batch, heads, keys, width))
    assert found == projection + bias + first + second + SCORE * scores


def test_attention_by_hand() -> None:
    # BERT base, 128 words: 12 heads of 64.
    made = case("Attention", (1, 128, 768), weight(768, 2304), weight(2304), num_heads=12)

    projection = 128 * 768 * 2304
    products = 2 * 12 * 128 * 128 * 64
    assert cost(made).macs == projection + products == 251_658_240
    assert kind(made.op_type, *made.inputs, **made.keywords) is KernelKind.ATTENTION


@pytest.mark.parametrize(
    ("extra", "more"),
    [
        ({"unidirectional": 1}, 1),
        ({"mask": (2, 5)}, 1),
        ({"added": (1, 1, 5, 5)}, 1),
        ({"mask": (2, 5), "added": (1, 1, 5, 5), "unidirectional": 1}, 3),
    ],
)
def test_masks_and_biases_are_an_addition_a_score(extra: dict[str, Any], more: int) -> None:
    mask, added = extra.pop("mask", None), extra.pop("added", None)
    given = [(2, 5, 8), weight(8, 24), weight(24)]
    masks = [None if mask is None else Of(6, mask), None, added]

    plain = cost(case("Attention", *given, num_heads=2))

    found = cost(case("Attention", *given, *masks, num_heads=2, **extra))
    assert found == plain + Work(vector_ops=more * 2 * 2 * 5 * 5)


def test_a_rotary_embedding_turns_queries_and_keys() -> None:
    given = [(2, 5, 8), weight(8, 24), weight(24)]

    plain = cost(case("Attention", *given, num_heads=2))

    assert cost(case("Attention", *given, num_heads=2, do_rotary=1)) == plain + Work(
        vector_ops=3 * 2 * 80
    )


def test_attention_in_8_bits_scales_what_it_projects() -> None:
    plain = cost(case("Attention", (2, 5, 8), weight(8, 24), weight(24), num_heads=2))

    found = cost(case("QAttention", *QATTENTION, num_heads=2))

    assert found == plain + Work(vector_ops=10 * 24)


@pytest.mark.parametrize(
    ("given", "keys", "value_width"),
    [
        ([(2, 5, 8), (2, 7, 8), (2, 7, 12)], 7, 6),
        ([(2, 5, 8), (2, 2, 7, 4), (2, 2, 7, 4)], 7, 4),
        ([(2, 5, 2, 3, 4)], 5, 4),
        ([(2, 5, 8), (2, 7, 2, 2, 4)], 7, 4),
        ([*[(2, 5, 8)] * 3, None, None, None, (2, 2, 3, 4), (2, 2, 3, 4)], 8, 4),
    ],
)
def test_queries_keys_and_values_in_any_form(given: Any, keys: int, value_width: int) -> None:
    scores = 2 * 2 * 5 * keys

    found = cost(case("MultiHeadAttention", *given, num_heads=2))

    assert found == Work(scores * (4 + value_width)) + SCORE * scores


def test_a_bias_is_added_to_queries_keys_and_values() -> None:
    given = [(2, 5, 8), (2, 7, 8), (2, 7, 8)]
    plain = cost(case("MultiHeadAttention", *given, num_heads=2))

    found = cost(case("MultiHeadAttention", *given, weight(24), num_heads=2))

    assert found == plain + Work(vector_ops=80 + 112 + 112)


@pytest.mark.parametrize("form", ["apart", "packed"])
def test_sharing_keys_saves_no_products(form: str) -> None:
    apart = [(1, 5, 16), (1, 5, 8), (1, 5, 8)]
    packed = [(1, 5, 32), None, None]
    given = [*(apart if form == "apart" else packed), None, None, i32(4), i32(5)]

    found = cost(case("GroupQueryAttention", *given, num_heads=4, kv_num_heads=2))

    scores = 4 * 5 * 5
    causal = Work(vector_ops=scores)
    assert found == Work(scores * 8) + SCORE * scores + causal


@pytest.mark.parametrize(
    ("past", "total", "keys", "held"),
    [
        (6, i32(7), 7, 7),  # a cache that grows
        (16, i32(7), 7, 16),  # a cache of full length, of which 7 are in use
        (6, words(1), 7, 7),  # not known: all of the cache, and what is new
        (None, words(1), 1, 1),
    ],
)
def test_a_cache(past: int | None, total: Any, keys: int, held: int) -> None:
    cache = None if past is None else (1, 2, past, 4)
    given = [(1, 1, 16), (1, 1, 8), (1, 1, 8), cache, cache, i32(6), total]
    made = case("GroupQueryAttention", *given, num_heads=4, kv_num_heads=2, outputs=3)

    node = node_of(made.op_type, *made.inputs, **made.keywords)

    assert work_of(node).macs == 4 * keys * 8
    assert [tensor.dims for tensor in node.outputs[1:]] == [(1, 2, held, 4)] * 2


def test_an_unknown_length_is_said() -> None:
    given = [(1, 1, 16), (1, 1, 8), (1, 1, 8), (1, 2, 6, 4), (1, 2, 6, 4), i32(6), words(1)]

    graph = resolve(
        model("GroupQueryAttention", *given, domain=MICROSOFT, num_heads=4, kv_num_heads=2)
    )

    assert graph.assumptions == (
        "GroupQueryAttention attends to its whole cache: its total length depends on data",
    )


def test_what_grouped_attention_does_beside() -> None:
    given = [(1, 5, 16), (1, 5, 8), (1, 5, 8), None, None, i32(4), i32(5)]
    heads: dict[str, Any] = {"num_heads": 4, "kv_num_heads": 2}
    plain = cost(case("GroupQueryAttention", *given, **heads))
    turned = [*given, weight(5, 2), weight(5, 2)]
    normed = [*given, *[None] * 7, weight(4), weight(4)]

    # 4 heads of queries and 2 of keys, 4 wide, for 5 words; 4*5*5 scores
    assert cost(case("GroupQueryAttention", *turned, do_rotary=1, **heads)) == plain + Work(
        vector_ops=3 * 6 * 5 * 4
    )
    assert cost(case("GroupQueryAttention", *normed, **heads)) == plain + Work(
        vector_ops=6 * 5 * (4 * 4 + 3), special_ops=6 * 5
    )
    assert cost(case("GroupQueryAttention", *given, softcap=30.0, **heads)) == plain + Work(
        vector_ops=200, special_ops=100
    )
    assert cost(case("GroupQueryAttention", *given, causal=0, **heads)) == plain + Work(
        vector_ops=-100
    )


def test_sparse_and_paged_attention_are_upper_bounds() -> None:
    sparse = [(1, 5, 64), (1, 5, 32), (1, 5, 32), (1, 2, 32, 16), (1, 2, 32, 16), *SPARSE]
    paged = [(6, 16), (6, 8), (6, 8), (10, 4, 2, 4), (10, 4, 2, 4), words(3), words(2)]

    dense = cost(case("SparseAttention", *sparse, num_heads=4, kv_num_heads=2, outputs=3))
    # 6 words see all 5 pages of 4 words
    every_page = cost(case("PagedAttention", *paged, words(2, 5), num_heads=4, kv_num_heads=2))

    assert dense.macs == 4 * 5 * 5 * 32
    assert every_page.macs == 4 * 6 * 20 * 8


def test_packed_words_see_the_longest_sequence() -> None:
    made = case(
        "PackedAttention", (6, 8), weight(8, 24), weight(24), words(2, 5), words(3), num_heads=2
    )

    # 6 words projected from 8 to 24 numbers; 2 heads, 5 places, 4 + 4 wide
    assert cost(made).macs == 6 * 8 * 24 + 2 * 6 * 5 * 8


@pytest.mark.parametrize("rule", ["linear", "gated", "delta", "gated_delta"])
def test_linear_attention_is_the_standard_s(rule: str) -> None:
    given = [(2, 3, 16), (2, 3, 8), (2, 3, 12), None, (2, 3, 2), (2, 3, 2)]
    keywords: dict[str, Any] = {"q_num_heads": 4, "kv_num_heads": 2, "update_rule": rule}

    found = cost(case("LinearAttention", *given, outputs=2, **keywords))

    assert found == work("LinearAttention", *given, outputs=2, **keywords)


def test_packed_delta_rule_is_linear_attention() -> None:
    packed = case(
        "GatedDeltaNet", (6, 2, 4), (6, 2, 4), (6, 2, 8), words(3), (6, 2), (6, 2), (2, 2, 8, 4)
    )
    plain = case(
        "LinearAttention", (1, 6, 8), (1, 6, 8), (1, 6, 16), None, (1, 6, 2), (1, 6, 2),
        q_num_heads=2, kv_num_heads=2, outputs=2,
    )  # fmt: skip

    assert cost(packed) == cost(plain)


@pytest.mark.parametrize(
    ("made", "turned"),
    [
        (case("RotaryEmbedding", (2, 3, 5, 8), words(2, 5), weight(6, 4), weight(6, 4)), 240),
        (
            case("RotaryEmbedding", (2, 3, 5, 8), words(2, 5), weight(6, 2), weight(6, 2),
                 rotary_embedding_dim=4, num_heads=3),
            120,
        ),
        (
            case("RotaryEmbedding", (2, 5, 24), words(2, 5), weight(6, 2), weight(6, 2),
                 rotary_embedding_dim=4, num_heads=3),
            120,
        ),
    ],
)  # fmt: skip
def test_rotary_embeddings(made: Case, turned: int) -> None:
    node = node_of(made.op_type, *made.inputs, **made.keywords)
    spec = OPS.get(node.key)

    assert cost(made) == Work(vector_ops=3 * turned)
    assert spec is not None
    assert spec.reads is not None
    # 10 words read 10 rows; there are only 6.
    assert spec.reads(node) == {slot: 6 * node.shape(slot)[1] for slot in (2, 3)}


def test_relative_positions() -> None:
    made = case("RelativePositionBias", (32, 4), ints(5), ints(7), max_distance=8)

    assert cost(made) == Work(vector_ops=6 * 35, special_ops=35)


def test_relative_positions_whose_number_is_data() -> None:
    node = node_of("RelativePositionBias", (32, 4), Of(7, (1,)), ints(7), domain=MICROSOFT)

    assert "computed from data" in str(why_uncosted(node))


def test_gated_relative_positions() -> None:
    made = case(
        "GatedRelativePositionBias", (2, 5, 8), weight(8), (1, 2, 5, 5), weight(4, 8), weight(8),
        (1, 2, 1, 1), num_heads=2,
    )  # fmt: skip

    # 2*2*5 queries of 4 numbers through a matrix to 8; for each a bias before (4) and
    # behind (8), sums of halves (8), 2 sigmoids of 3 and 1, 4 for the gate; 100 biases.
    assert cost(made) == Work(20 * 4 * 8, 20 * (4 + 8 + 8 + 6 + 4) + 100, 2 * 20)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (case("Attention", (2, 5, 8), weight(8, 24), num_heads=0), "num_heads"),
        (case("Attention", (2, 5, 8), weight(8, 24), num_heads=3), "do not divide into 3 heads"),
        (case("Attention", (2, 5, 8), weight(7, 24), num_heads=2), "for 8 features"),
        (case("MultiHeadAttention", (2, 5, 8), (2, 7, 8), (2, 6, 8), num_heads=2), "with values"),
        (
            case("GroupQueryAttention", (1, 5, 16), (1, 5, 8), (1, 5, 8), None, None, i32(4),
                 i32(5), num_heads=4, kv_num_heads=3),
            "3 of keys",
        ),
        (case("LinearAttention", (2, 3, 8), (2, 3, 8), (2, 3, 8)), "q_num_heads"),
        (case("RotaryEmbedding", (2, 8), words(2), weight(6, 4), weight(6, 4)), "rank 2"),
        (case("PagedAttention", *[(6, 16)] * 8, num_heads=4, kv_num_heads=2), "pages"),
    ],
)  # fmt: skip
def test_refused_in_a_sentence(made: Case, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        node_of(made.op_type, *made.inputs, **made.keywords)


def test_attention_over_a_cache_of_unknown_shape_is_uncosted_not_refused() -> None:
    proto = model("MultiHeadAttention", (2, 5, 8), (2, 7, 8), (2, 7, 8), domain=MICROSOFT,
                  num_heads=2)  # fmt: skip
    nodes = proto.graph.node
    unknown = nodes.add(op_type="Nothing", domain="nowhere")
    unknown.input.append("i1")
    unknown.output.append("keys")
    nodes[0].input[1] = "keys"

    graph = resolve(proto)

    assert "the shape of" in str(why_uncosted(graph.nodes[-1]))
