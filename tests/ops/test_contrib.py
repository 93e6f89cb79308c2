"""onnxruntime's own operators: none is forgotten; and what the simple ones cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import helper

from contrib_cases import (
    MICROSOFT,
    NCHWC,
    NHWC,
    POINT,
    SCALE,
    Case,
    case,
    i32,
    u8,
    weight,
    words,
)
from costscope.errors import ShapeError
from costscope.ops import OPS, SHAPES, Slot, kind_of, packed_elements, slot_of, why_uncosted
from costscope.shapes import resolve
from costscope.work import KernelKind, Work
from single_node import RUNNABLE, Of, ints, model, node_of, results, work


def names(text: str) -> list[str]:
    return text.split()


# Every operator of the domain com.microsoft that onnxruntime 1.31 knows.
OPERATORS = names("""
    Attention AttnLSTM BeamSearch BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu
    BifurcationDetector BitmaskBiasDropout BitmaskDropout BranchwiseRMSNorm CDist
    CausalConvWithState ComplexMul ComplexMulConj ConvTransposeWithDynamicPads CropAndResize
    DecoderAttention DecoderMaskedMultiHeadAttention DecoderMaskedSelfAttention DequantizeBFP
    DequantizeLinear DequantizeWithOrder DynamicQuantizeLSTM DynamicQuantizeMatMul
    DynamicSparseAttention DynamicTimeWarping EPContext EmbedLayerNormalization EngramGate
    ExpandDims FastGelu FusedConv FusedGemm FusedMatMul FusedMatMulActivation GatedAdd
    GatedDeltaNet GatedRMSNorm GatedRelativePositionBias GatherBlockQuantized GatherND Gelu
    GemmFastGelu GemmFloat8 GemmaRotaryEmbedding GreedySearch GridSample GroupNorm
    GroupQueryAttention HyperConnectionPostMix HyperConnectionPreMix Inverse Irfft IsAllFinite
    LinearAttention LinearAttentionGate LongformerAttention MRotaryEmbedding
    MatMulBlockQuantizedFp4Weight MatMulBlockQuantizedFp8Weight MatMulBnb4 MatMulFpQ4
    MatMulInteger16 MatMulIntegerToFloat MatMulNBits MatMulNBitsMlp MatMulNBitsQkv
    MaxpoolWithMask MoE MulInteger MultiHeadAttention MurmurHash3 NGramHashMapping
    NGramRepeatBlock NhwcConv NhwcFusedConv NhwcMaxPool PackedAttention
    PackedMultiHeadAttention PackedSparseAttentionIndexer Pad PagedAttention QAttention
    QEmbedLayerNormalization QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv
    QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid
    QLinearSoftmax QLinearWhere QMoE QOrderedAttention QOrderedGelu QOrderedLayerNormalization
    QOrderedLongformerAttention QOrderedMatMul QuantizeBFP QuantizeLinear QuantizeWithOrder
    QuickGelu Range ReduceSumInteger RelativePositionBias RemovePadding RestorePadding Rfft
    RotaryEmbedding SampleOp Sampling ScaledSiLU SkipGroupNorm SkipLayerNormalization
    SkipSimplifiedLayerNormalization Snpe SparseAttention SparseAttentionIndexer
    SparsePagedAttention SparseToDenseMatMul Tokenizer TorchEmbedding TransposeMatMul Trilu
    UnfoldTensor Unique VarlenCausalConvWithState VarlenNGramHashMapping WhisperBeamSearch
    WordConvEmbedding
""")
BLOCKED = names("""
    AveragePool Conv GlobalAveragePool GlobalMaxPool MaxPool ReorderInput ReorderOutput Upsample
""")
LAST = names("""
    AveragePool BatchNormalization Conv ConvTranspose DepthToSpace GlobalAveragePool
    GlobalLpPool GlobalMaxPool GridSample InstanceNormalization LRN LpPool MaxPool MaxUnpool
    QLinearAveragePool QLinearConv QLinearConvTranspose Resize SpaceToDepth
""")
# In the standard's domain, though the standard does not have them.
STRAYS = names("""
    Affine Crop DisentangledAttention_TRT DynamicSlice EfficientNMS_TRT GRUUnit GivenTensorFill
    ImageScaler MemcpyFromHost MemcpyToHost MultilevelCropAndResize_TRT ParametricSoftplus
    PyramidROIAlign_TRT Scale ScaledTanh SimplifiedLayerNormalization
""")
KNOWN = [
    *((MICROSOFT, name) for name in OPERATORS),
    *((NCHWC, name) for name in BLOCKED),
    *((NHWC, name) for name in LAST),
    *(("", name) for name in STRAYS),
]
UNCOSTED = names("""
    AttnLSTM BeamSearch BifurcationDetector DecoderAttention DequantizeBFP
    DynamicSparseAttention EPContext GreedySearch LongformerAttention
    PackedSparseAttentionIndexer QOrderedLongformerAttention QuantizeBFP Sampling Snpe
    SparseAttentionIndexer SparsePagedAttention Tokenizer WhisperBeamSearch WordConvEmbedding
""")


def cost(made: Case) -> Work:
    return work(made.op_type, *made.inputs, **made.keywords)


@pytest.mark.parametrize("key", KNOWN, ids="-".join)
def test_costed_or_uncosted_with_a_reason(key: tuple[str, str]) -> None:
    spec, rule = OPS.get(key), SHAPES.get(key)

    assert spec is not None
    assert rule is not None
    assert rule.__module__.endswith("contrib_unsupported") == (spec.unsupported is not None)


def test_few_are_uncosted() -> None:
    found = [
        name for name in OPERATORS if (spec := OPS.get((MICROSOFT, name))) and spec.unsupported
    ]

    assert found == UNCOSTED


def test_the_list_is_whole() -> None:
    state = pytest.importorskip("onnxruntime.capi.onnxruntime_pybind11_state")
    domains = {MICROSOFT, NCHWC, NHWC}
    schemas = {(s.domain, s.name) for s in state.get_all_operator_schema() if s.domain in domains}
    import onnxruntime

    if onnxruntime.__version__.startswith("1.31."):
        assert schemas == {key for key in KNOWN if key[0]}
    # Another version may have forgotten some and learned others.
    assert len(schemas & set(KNOWN)) > len(OPERATORS) // 2


def test_a_tokenizer_is_uncosted_with_its_reason() -> None:
    node = node_of("Tokenizer", words(3), domain=MICROSOFT)

    assert why_uncosted(node) == (
        "the shape of its output is unknown: how much it puts out depends on the text"
    )
    assert kind_of(node) is KernelKind.UNCOSTED


@pytest.mark.parametrize(
    ("made", "vector", "special"),
    [
        (case("Gelu", (2, 3)), 4 * 6, 6),
        (case("QuickGelu", (2, 3)), 4 * 6, 6),
        (case("FastGelu", (2, 3)), 7 * 6, 6),
        (case("FastGelu", (2, 3), weight(3)), 8 * 6, 6),
        (case("BiasGelu", (2, 3), weight(3)), 5 * 6, 6),
        (case("BiasAdd", (2, 9, 8), weight(8), (2, 9, 8)), 2 * 144, 0),
        # Of 2*9*8 numbers half goes through gelu: 2 biases, 4 + 1 and a product for each.
        (case("BiasSplitGelu", (2, 9, 8), weight(8)), 7 * 72, 72),
        (case("BiasSoftmax", (2, 3), (2, 3)), 5 * 6, 6),
        (case("BiasDropout", (2, 3), weight(3)), 6, 0),
        (case("BiasDropout", (2, 3), weight(3), (2, 3)), 12, 0),
        # softplus: log(1 + exp); with a bias and a scale: 3 and 2; a sigmoid: 3 and 1.
        (case("LinearAttentionGate", (2, 4), weight(4), weight(4)), 3 * 8, 2 * 8),
        (case("LinearAttentionGate", (2, 4), weight(4), weight(4), (2, 4)), 6 * 8, 3 * 8),
        (case("ComplexMul", (2, 4), (2, 4)), 3 * 8, 0),
        (case("CropAndResize", (1, 3, 8, 8), (4, 4), words(4), i32(5, 6)), 7 * 4 * 3 * 30, 0),
        (case("CropAndResize", (1, 3, 8, 8), (4, 4), words(4), i32(5, 6), mode="nearest"), 0, 0),
        # 2.5 * 8 * log2(8) for each of 6 signals
        (case("Rfft", (2, 3, 8), signal_ndim=1), 6 * 60, 0),
        (case("Irfft", (2, 3, 5, 2), signal_ndim=1), 6 * 60, 0),
        (case("DynamicTimeWarping", (4, 5)), 3 * 20, 0),
        (case("IsAllFinite", (2, 3), (4,)), 10, 0),
        # 7 places where a run of 3 may start, in 2 sentences
        (case("NGramRepeatBlock", Of(7, (2, 9)), (2, 11), ngram_size=3), 2 * 7 * 3, 0),
        # 3 products and 3 joins for each of 10 words, 1 remainder for each of 40 hashes
        (
            case(
                "NGramHashMapping", Of(7, (2, 5)), ints(1, 3, 5), ints(7, 7, 7, 7),
                max_ngram_size=3, n_head_per_ngram=2, pad_id=0,
            ),
            6 * 10 + 40, 0,
        ),
        # a sort of 7 values: ceil(log2(8)) comparisons each
        (case("Unique", (7,), outputs=3), 7 * 3, 0),
        (case("MurmurHash3", words(2, 3)), 16 * 6, 0),
        (case("GemmaRotaryEmbedding", (2, 5, 8), *[(2, 3, 5, 8)] * 4, outputs=2), 3 * 480, 160),
    ],
)  # fmt: skip
def test_vector_and_special_operations(made: Case, vector: int, special: int) -> None:
    assert cost(made) == Work(vector_ops=vector, special_ops=special)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        # (4*5 products + 4 + 5 norms) of 3 numbers each, 3 operations a pair
        (case("CDist", (4, 3), (5, 3)), Work((20 + 9) * 3, 3 * 20)),
        (case("CDist", (4, 3), (5, 3), metric="euclidean"), Work((20 + 9) * 3, 3 * 20, 20)),
        (case("Inverse", (2, 3, 3)), Work(2 * 27)),
        (case("HyperConnectionPreMix", (2, 5, 4, 8), (2, 5, 4)), Work(2 * 5 * 4 * 8)),
        (
            case("HyperConnectionPostMix", (2, 5, 4, 8), (2, 5, 8), (2, 5, 4), (2, 5, 4, 4)),
            Work(2 * 5 * 4 * 8 * (4 + 1)),
        ),
        (
            case("HyperConnectionPostMix", (2, 5, 32), (2, 5, 8), (2, 5, 4), num_branches=4),
            Work(2 * 5 * 4 * 8),
        ),
    ],
)
def test_multiply_accumulates(made: Case, expected: Work) -> None:
    assert cost(made) == expected


@pytest.mark.parametrize(
    "made",
    [
        case("ExpandDims", (2, 3), np.array(1, np.int32)),
        case("BitmaskDropout", (2, 3)),
        case("Trilu", (2, 3, 3)),
        case("Pad", (2, 3), ints(0, 1, 0, 2)),
        case("GatherND", (2, 3), Of(7, (4, 2))),
        case("UnfoldTensor", (2, 9), size=3),
        case("SampleOp", (2, 3)),
        case("RestorePadding", (6, 8), words(2, 5)),
        case("TorchEmbedding", weight(10, 4), Of(7, (2, 3))),
        case("MemcpyFromHost", (2, 3), domain=""),
    ],
)
def test_moving_data_is_no_arithmetic(made: Case) -> None:
    assert cost(made) == Work()


def test_a_lookup_reads_its_rows_only() -> None:
    spec = OPS.get((MICROSOFT, "TorchEmbedding"))
    assert spec is not None
    assert spec.reads is not None

    few = node_of("TorchEmbedding", weight(10, 4), Of(7, (2, 3)), domain=MICROSOFT)
    many = node_of("TorchEmbedding", weight(10, 4), Of(7, (20, 3)), domain=MICROSOFT)

    assert spec.reads(few) == {0: 6 * 4}
    assert spec.reads(many) == {0: 10 * 4}


@pytest.mark.parametrize(
    ("op_type", "slots"),
    [
        ("FusedConv", {1: Slot.WEIGHT, 2: Slot.BIAS}),
        ("QLinearConv", {1: Slot.QUANTIZATION, 3: Slot.WEIGHT, 7: Slot.QUANTIZATION, 8: Slot.BIAS}),
        ("QGemm", {2: Slot.QUANTIZATION, 3: Slot.WEIGHT, 6: Slot.BIAS}),
        ("QLinearConcat", {0: Slot.QUANTIZATION, 2: Slot.WEIGHT, 4: Slot.QUANTIZATION,
                           5: Slot.WEIGHT, 7: Slot.QUANTIZATION}),
        ("SkipLayerNormalization", {2: Slot.WEIGHT, 3: Slot.BIAS, 4: Slot.BIAS}),
        ("MatMulNBits", {1: Slot.WEIGHT, 2: Slot.QUANTIZATION, 4: Slot.SETTING, 5: Slot.BIAS}),
        ("GroupQueryAttention", {5: Slot.SETTING, 6: Slot.SETTING, 14: Slot.WEIGHT}),
        ("QMoE", {2: Slot.WEIGHT, 3: Slot.QUANTIZATION, 4: Slot.BIAS, 11: Slot.QUANTIZATION}),
    ],
)  # fmt: skip
def test_what_constants_mean(op_type: str, slots: dict[int, Slot]) -> None:
    assert {slot: slot_of((MICROSOFT, op_type), slot) for slot in slots} == slots


@pytest.mark.parametrize(("limit", "delta"), [(8.0, 2.0), (7.9, 2.0), (0.0, 1.0), (-3.0, -0.5)])
def test_range_as_onnxruntime_runs(limit: float, delta: float) -> None:
    pytest.importorskip("onnxruntime")
    bounds = [np.array(value, np.float32) for value in (1.0, limit, delta)]
    proto = model("Range", *bounds, domain=MICROSOFT, opset=RUNNABLE)

    (output,) = resolve(proto).outputs

    assert [output.dims] == [result.shape for result in results(proto)]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (case("BiasSplitGelu", (2, 3, 7), weight(7)), "cannot be halved"),
        (case("Inverse", (3, 4)), "square matrices"),
        (case("CDist", (4, 3), (5, 2)), "no distance"),
        (case("UnfoldTensor", (2, 9), size=10), "windows of 10"),
        (case("Irfft", (3, 5)), "no spectra"),
        (case("QLinearConcat", SCALE, POINT, u8(2, 3), SCALE, POINT, axis=2), "axis"),
        (case("FusedGemm", (2, 3), (3, 4), activation="Bogus"), "activation 'Bogus'"),
        (case("CropAndResize", (1, 3, 8, 8), (4, 4), words(4), i32(0, 6)), "crops of"),
    ],
)
def test_refused_in_a_sentence(made: Case, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        node_of(made.op_type, *made.inputs, **made.keywords)


def test_drafts_of_the_standard() -> None:
    picture: dict[str, Any] = {"opset": 8}

    assert work("ImageScaler", (1, 3, 4, 4), scale=2.0, bias=[0.0] * 3, **picture) == Work(
        vector_ops=2 * 48
    )
    cropped = node_of("Crop", (1, 3, 9, 8), border=[1, 2, 3, 4], **picture)
    assert cropped.output.dims == (1, 3, 9 - 2 - 4, 8 - 1 - 3)


def test_packed_elements_are_of_quantized_weights_only() -> None:
    node = node_of("FusedGemm", (2, 3), weight(3, 4), domain=MICROSOFT)

    assert packed_elements(node) == {}


def test_a_model_of_an_unknown_domain_operator_is_uncosted() -> None:
    graph = helper.make_graph(
        [helper.make_node("Nothing", ["x"], ["y"], domain=MICROSOFT)],
        "g",
        [helper.make_tensor_value_info("x", 1, [2])],
        [helper.make_tensor_value_info("y", 1, [2])],
    )

    (node,) = resolve(helper.make_model(graph)).nodes

    assert why_uncosted(node) == "no formula for Nothing of domain 'com.microsoft'"
