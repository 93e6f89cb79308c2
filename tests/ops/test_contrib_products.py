"""onnxruntime's own matrix products: fused, of quantized values, of packed weights, of experts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from contrib_cases import (
    LSTM_SCALES,
    MLP,
    POINT,
    SCALE,
    Case,
    case,
    i8,
    i32,
    stored,
    u8,
    weight,
    words,
)
from costscope.errors import ShapeError
from costscope.ops import OPS, kind_of, packed_elements
from costscope.work import KernelKind, Work
from single_node import RUNNABLE, ints, model, node_of, results, work


def cost(made: Case) -> Work:
    return work(made.op_type, *made.inputs, **made.keywords)


def kind(made: Case) -> KernelKind:
    return kind_of(node_of(made.op_type, *made.inputs, **made.keywords))


def held(made: Case) -> dict[int, int]:
    return dict(packed_elements(node_of(made.op_type, *made.inputs, **made.keywords)))


@settings(max_examples=30, deadline=None)
@given(
    batch=st.integers(1, 3),
    rows=st.integers(1, 4),
    inner=st.integers(1, 4),
    columns=st.integers(1, 4),
    first=st.booleans(),
    second=st.booleans(),
)
def test_transposition_changes_no_count(
    batch: int, rows: int, inner: int, columns: int, *, first: bool, second: bool
) -> None:
    loops = sum(1 for _ in itertools.product(*map(range, (batch, rows, columns, inner))))
    left = (batch, inner, rows) if first else (batch, rows, inner)
    right = (batch, columns, inner) if second else (batch, inner, columns)

    found = cost(case("FusedMatMul", left, right, transA=int(first), transB=int(second)))

    assert found == Work(loops)


def test_a_batch_transposed_into_place() -> None:
    # (5, 2, 4, 3) read as (2, 4, 5, 3), times (2, 4, 3, 6): 2*4 products of 5x3 by 3x6
    found = cost(case("FusedMatMul", (5, 2, 4, 3), (2, 4, 3, 6), transBatchA=1))

    assert found == Work(2 * 4 * 5 * 6 * 3)


@pytest.mark.parametrize(
    ("keywords", "bias", "vector", "special"),
    [
        ({}, False, 0, 0),
        ({"alpha": 0.5}, False, 8, 0),
        ({}, True, 8, 0),
        ({"alpha": 0.5, "beta": 2.0}, True, 24, 0),
        ({"activation": "Relu"}, True, 8 + 8, 0),
        ({"activation": "LeakyRelu"}, False, 3 * 8, 0),
        ({"activation": "Sigmoid"}, False, 3 * 8, 8),
    ],
)
def test_gemm_with_an_activation(
    keywords: dict[str, Any], *, bias: bool, vector: int, special: int
) -> None:
    added = [weight(4)] if bias else []

    found = cost(case("FusedGemm", (2, 3), weight(3, 4), *added, **keywords))

    assert found == Work(2 * 3 * 4, vector, special)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (case("FusedMatMulActivation", (2, 3), (3, 4), activation="Relu"), Work(24, 8)),
        (case("GemmFastGelu", (2, 3), weight(3, 4), weight(4)), Work(24, 8 + 7 * 8, 8)),
        (case("GemmFloat8", (2, 3), weight(3, 4)), Work(24)),
        (case("GemmFloat8", (2, 3), weight(3, 4), None, SCALE, SCALE), Work(24, 8)),
        # one multiplication by the scales; then a bias; then a zero point
        (case("QGemm", u8(2, 3), SCALE, POINT, stored(3, 4), SCALE, POINT), Work(24, 8)),
        (
            case("QGemm", u8(2, 3), SCALE, POINT, stored(3, 4), SCALE, POINT, i32(0, 0, 0, 0)),
            Work(24, 16),
        ),
        (
            case("QGemm", u8(2, 3), SCALE, POINT, stored(3, 4), SCALE, POINT, None, SCALE, POINT),
            Work(24, 16),
        ),
        # 4 operations quantize each of 6 values, 1 scales each of 8 results
        (case("DynamicQuantizeMatMul", (2, 3), stored(3, 4), SCALE), Work(24, 24 + 8)),
        (
            case("DynamicQuantizeMatMul", (2, 3), stored(3, 4), SCALE, POINT, weight(4)),
            Work(24, 24 + 16),
        ),
        (case("MatMulIntegerToFloat", u8(2, 3), stored(3, 4), SCALE, SCALE), Work(24, 8)),
        (case("QOrderedMatMul", i8(1, 2, 3), SCALE, i8(3, 4), SCALE, SCALE), Work(24, 8)),
    ],
)
def test_products(made: Case, expected: Work) -> None:
    assert cost(made) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (weight(3, 4), KernelKind.FULLY_CONNECTED),
        (weight(1, 3, 4), KernelKind.FULLY_CONNECTED),
        (weight(5, 3, 4), KernelKind.BATCHED_MATMUL),
        ((3, 4), KernelKind.BATCHED_MATMUL),
    ],
)
def test_a_constant_matrix_makes_a_layer(second: Any, expected: KernelKind) -> None:
    assert kind(case("FusedMatMul", (5, 2, 3), second)) is expected


def test_lstm_in_8_bits_is_lstm_and_its_quantization() -> None:
    steps, batch, features, hidden = 5, 2, 3, 4
    runs, gates = steps * batch, 4 * hidden
    quantized = case(
        "DynamicQuantizeLSTM", (steps, batch, features), stored(1, features, gates),
        stored(1, hidden, gates), weight(1, 2 * gates), *[None] * 4, *LSTM_SCALES,
        hidden_size=hidden, outputs=3,
    )  # fmt: skip
    plain = work(
        "LSTM", (steps, batch, features), weight(1, gates, features), weight(1, gates, hidden),
        weight(1, 2 * gates), opset=14, outputs=3, hidden_size=hidden,
    )  # fmt: skip

    extra = runs * (4 * (features + hidden) + 2 * gates)

    assert cost(quantized) == plain + Work(vector_ops=extra)


def test_weights_of_four_bits() -> None:
    # 5 rows times 64 inputs times 7 outputs; every weight is scaled and shifted once a run.
    made = case("MatMulNBits", (5, 64), stored(7, 2, 16), weight(7, 2), K=64, N=7, bits=4)

    assert cost(made) == Work(5 * 64 * 7, 2 * 64 * 7)
    assert kind(made) is KernelKind.FULLY_CONNECTED
    assert held(made) == {1: 64 * 7}


def test_a_bias_behind_packed_weights() -> None:
    made = case(
        "MatMulNBits", (5, 64), stored(7, 2, 16), weight(7, 2), None, None, weight(7),
        K=64, N=7, bits=4,
    )  # fmt: skip

    assert cost(made) == Work(5 * 64 * 7, 2 * 64 * 7 + 5 * 7)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            case("MatMulBnb4", (5, 64), stored(7 * 32), weight(14), K=64, N=7, block_size=32),
            {1: 64 * 7},
        ),
        (case("MatMulFpQ4", (5, 64), stored(7 * 2 * 20), ints(64, 7)), {1: 64 * 7}),
        (
            case("MatMulBlockQuantizedFp4Weight", (5, 64), stored(7, 32), stored(7, 4), SCALE),
            {1: 64 * 7},
        ),
        (
            case("GatherBlockQuantized", stored(10, 16), words(2), weight(10, 1), bits=4),
            {0: 10 * 32},
        ),
        (
            case("GatherBlockQuantized", stored(10, 32), words(2), weight(10, 1), bits=8),
            {0: 10 * 32},
        ),
        (
            case("MatMulNBitsMlp", (5, 64), None, None, *MLP, *MLP, K=64, N=7, activation="silu"),
            {3: 64 * 7, 6: 64 * 7},
        ),
    ],
)
def test_how_many_weights_are_packed(made: Case, expected: dict[int, int]) -> None:
    assert held(made) == expected


def test_a_gated_layer_of_packed_weights() -> None:
    # Two products; silu is 4 operations and an exp; one product joins them: 35 outputs.
    made = case("MatMulNBitsMlp", (5, 64), None, None, *MLP, *MLP, K=64, N=7, activation="silu")

    assert cost(made) == Work(2 * 5 * 64 * 7, 2 * 2 * 64 * 7 + 35 + 4 * 35, 35)


def test_a_table_of_packed_weights_is_read_by_rows() -> None:
    # 2 rows of 32 values, two of which lie in a byte
    made = case("GatherBlockQuantized", stored(10, 16), words(2), weight(10, 1), bits=4)
    node = node_of(made.op_type, *made.inputs, **made.keywords)
    spec = OPS.get(node.key)

    assert spec is not None
    assert spec.reads is not None
    assert spec.reads(node) == {0: 32}
    assert cost(made) == Work(vector_ops=2 * 64)


def test_experts() -> None:
    # 6 tokens, 2 of 4 experts each, of 16*8 + 8*16 weights.
    made = case(
        "MoE", (6, 8), (6, 4), weight(4, 16, 8), None, weight(4, 8, 16), None, k=2,
        activation_type="relu",
    )  # fmt: skip
    chosen = 6 * 2
    vector = 5 * 6 * 4  # softmax (4) and the choice (1) over 4 experts for each token
    vector += chosen * 16  # relu of the 16 inner numbers
    vector += chosen * 2 * 8  # weighted and summed up

    assert cost(made) == Work(chosen * (16 * 8 + 8 * 16), vector, 6 * 4)
    assert kind(made) is KernelKind.FULLY_CONNECTED


def test_a_third_matrix_gates_the_experts() -> None:
    experts = (weight(4, 16, 8), None, weight(4, 8, 16), None, weight(4, 16, 8))
    made = case("MoE", (6, 8), (6, 4), *experts, k=1, activation_type="silu")

    # silu is 4 operations and an exp; the gate one product more
    assert cost(made) == Work(6 * 3 * 16 * 8, 5 * 24 + 6 * (4 * 16 + 16 + 2 * 8), 24 + 6 * 16)


def test_experts_in_four_bits_cost_the_same_and_their_unpacking() -> None:
    plain = case("MoE", (6, 32), (6, 4), weight(4, 64, 32), None, weight(4, 32, 64), None, k=1)
    packed = case(
        "QMoE", (6, 32), (6, 4), stored(4, 64, 16), weight(4, 64), None, stored(4, 32, 32),
        weight(4, 32), None, k=1, expert_weight_bits=4,
    )  # fmt: skip

    assert held(packed) == {2: 4 * 64 * 32, 5: 4 * 32 * 64}
    # All 4 experts are used by 6 tokens: 2 operations for each of their weights.
    assert cost(packed) == cost(plain) + Work(vector_ops=2 * 4 * 2 * 64 * 32)


@pytest.mark.parametrize(("tokens", "used"), [(1, 1), (3, 3), (50, 4)])
def test_only_chosen_experts_are_read(tokens: int, used: int) -> None:
    made = case(
        "MoE", (tokens, 8), (tokens, 4), weight(4, 16, 8), None, weight(4, 8, 16), None, k=1
    )
    node = node_of(made.op_type, *made.inputs, **made.keywords)
    spec = OPS.get(node.key)

    assert spec is not None
    assert spec.reads is not None
    assert spec.reads(node) == {2: used * 128, 4: used * 128}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (case("FusedMatMul", (2, 3), (4, 5)), "cannot be multiplied"),
        (case("FusedGemm", (2, 3), (3, 4), (5, 2, 4)), "does not expand"),
        (case("MatMulNBits", (5, 63), stored(7, 2, 16), weight(14), K=64, N=7), "64 x 7"),
        (case("GatherBlockQuantized", stored(4, 4), words(2), weight(4, 1), bits=3), "3 bits"),
        (case("MoE", (6, 8), (5, 4), weight(4, 16, 8), None, weight(4, 8, 16)), "router"),
        (
            case("MoE", (6, 8), (6, 4), weight(4, 16, 8), None, weight(4, 8, 16), k=5),
            "5 of 4 experts",
        ),
        (
            case("DynamicQuantizeLSTM", (5, 2, 3), stored(1, 3, 16), stored(1, 4, 16),
                 hidden_size=5),
            "5 hidden",
        ),
    ],
)  # fmt: skip
def test_refused_in_a_sentence(made: Case, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        node_of(made.op_type, *made.inputs, **made.keywords)


def test_softmax_in_8_bits_as_onnxruntime_runs() -> None:
    pytest.importorskip("onnxruntime")
    # Its attribute `opset` is that of the softmax it stands for.
    proto = model("QLinearSoftmax", u8(2, 3), SCALE, POINT, SCALE, POINT, domain="com.microsoft")
    proto.graph.node[0].attribute.append(helper.make_attribute("opset", 13))
    proto.opset_import[0].version = RUNNABLE

    (ran,) = results(proto)

    node = node_of("QLinearSoftmax", u8(2, 3), SCALE, POINT, SCALE, POINT, domain="com.microsoft")
    assert (node.output.dims, node.output.dtype.name) == (ran.shape, ran.dtype.name)
    # 2 operations in, softmax of 4 and an exp, 2 out
    assert work(
        "QLinearSoftmax", u8(2, 3), SCALE, POINT, SCALE, POINT, domain="com.microsoft"
    ) == Work(vector_ops=8 * 6, special_ops=6)
