"""Valid nodes of onnxruntime's own operators: those that its CPU provider runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from single_node import Given, Of, Shape, floats, ints

MICROSOFT = "com.microsoft"
NCHWC = "com.microsoft.nchwc"
NHWC = "com.ms.internal.nhwc"

SCALE, SIGNED, POINT = np.array(0.5, np.float32), np.array(1, np.int8), np.array(3, np.uint8)
INPUT_SCALES = (SCALE, POINT, SCALE, POINT)


class Case(NamedTuple):
    """A node: its operator, inputs, and attributes; how many outputs; its domain."""

    op_type: str
    inputs: tuple[Given, ...]
    keywords: dict[str, Any]

    @property
    def name(self) -> str:
        """For the test's name."""
        shapes = ("x".join(map(str, shape_of(given))) for given in self.inputs)
        return f"{self.op_type}-{','.join(shapes)}"


def shape_of(given: Given) -> Shape:
    """The shape of an input; empty if it is left out."""
    if given is None:
        return ()
    return given if type(given) is tuple else given.shape  # type: ignore[union-attr]


def case(op_type: str, *inputs: Given, **keywords: Any) -> Case:
    return Case(op_type, inputs, {"domain": MICROSOFT, "opset": 18, **keywords})


def weight(*shape: int) -> npt.NDArray[np.float32]:
    """A constant of floats."""
    return np.full(shape, 0.1, np.float32)


def stored(*shape: int, dtype: type = np.uint8) -> npt.NDArray[Any]:
    """A constant of small integers."""
    return np.ones(shape, dtype)


def i32(*values: int) -> npt.NDArray[np.int32]:
    return np.array(values, np.int32)


def words(*shape: int) -> Of:
    return Of(TensorProto.INT32, shape)


def u8(*shape: int) -> Of:
    return Of(TensorProto.UINT8, shape)


def i8(*shape: int) -> Of:
    return Of(TensorProto.INT8, shape)


LSTM_SCALES = (floats(0.1), stored(1), floats(0.1), stored(1))
CONV_SCALES = (floats(0.1, 0.1, 0.1, 0.1), stored(4, dtype=np.int8), SCALE, POINT)
QATTENTION = (u8(2, 5, 8), stored(8, 24), weight(24), SCALE, SCALE, None, POINT, POINT)
MLP = (stored(7, 2, 16), weight(7, 2), None)
SPARSE = (i32(0, 1, 3).reshape(1, 3), i32(0, 0, 1).reshape(1, 3), i32(5), i32(5))

ELEMENTWISE = [
    case("Gelu", (2, 3)),
    case("QuickGelu", (2, 3), alpha=1.0),
    case("FastGelu", (2, 3)),
    case("FastGelu", (2, 3), weight(3)),
    case("BiasGelu", (2, 3), weight(3)),
    case("ScaledSiLU", (2, 3)),
    case("GatedAdd", (2, 3), (2, 3), (2, 1)),
    case("LinearAttentionGate", (2, 3, 4), weight(4), weight(4), (2, 3, 4), outputs=2),
    case("HyperConnectionPreMix", (2, 5, 4, 8), (2, 5, 4)),
    case("HyperConnectionPreMix", (2, 5, 32), (2, 5, 4), num_branches=4),
    case("HyperConnectionPostMix", (2, 5, 4, 8), (2, 5, 8), (2, 5, 4), (2, 5, 4, 4)),
    case("HyperConnectionPostMix", (2, 5, 32), (2, 5, 8), (2, 5, 4), num_branches=4),
]
NORMALIZATION = [
    case("SkipLayerNormalization", (2, 5, 8), (2, 5, 8), weight(8), weight(8), weight(8)),
    case("SkipLayerNormalization", (2, 5, 8), (5, 8), weight(8)),
    case("SkipSimplifiedLayerNormalization", (2, 5, 8), (2, 5, 8), weight(8), weight(8)),
    case("SimplifiedLayerNormalization", (2, 5, 8), weight(8), domain=""),
    case("BranchwiseRMSNorm", (2, 5, 8)),
    case("BranchwiseRMSNorm", (2, 5, 8), num_branches=2),
    case("GatedRMSNorm", (2, 5, 8), weight(4), (2, 5, 8)),
    case("EngramGate", *[(2, 5, 4, 8)] * 2, (2, 5, 8), *[weight(4, 8)] * 3, outputs=2),
    case(
        "EmbedLayerNormalization",
        words(2, 5), words(2, 5), weight(10, 8), weight(6, 8), weight(2, 8), weight(8), weight(8),
        outputs=2,
    ),
    case(
        "EmbedLayerNormalization",
        words(2, 5), words(2, 5), weight(10, 8), weight(6, 8), weight(2, 8), weight(8), weight(8),
        words(2, 5), outputs=3, mask_index_type=1,
    ),
    case(
        "QEmbedLayerNormalization",
        words(2, 5), words(2, 5), stored(10, 8), stored(6, 8), stored(2, 8), stored(8), stored(8),
        words(2, 5), *[SCALE] * 5, *[POINT] * 5, outputs=2,
    ),
]  # fmt: skip
PRODUCTS = [
    *(
        case(
            "FusedMatMul",
            (4, 3, 2) if first else (4, 2, 3),
            (4, 5, 3) if second else (4, 3, 5),
            transA=first,
            transB=second,
            alpha=0.5,
        )
        for first in (0, 1)
        for second in (0, 1)
    ),
    case("FusedMatMul", (2, 7, 3, 4), (2, 7, 4, 5)),
    case("FusedMatMul", (5, 2, 4, 3), (2, 4, 3, 6), transBatchA=1),
    case("FusedMatMul", (5, 2, 4, 3), (6, 2, 4, 3), transBatchA=1, transBatchB=1, transB=1),
    case("FusedMatMul", (3, 2, 7), (3, 2, 5), transBatchA=1, transA=1, transBatchB=1),
    case("FusedMatMul", (4,), (4, 3)),
    case("FusedMatMul", (2, 4), (4,)),
    case("TransposeMatMul", (3, 2), (3, 5), transA=1),
    case("FusedGemm", (2, 3), weight(3, 4), weight(4), activation="Relu"),
    case("FusedGemm", (3, 2), weight(4, 3), weight(4), transA=1, transB=1, activation="Relu"),
    case("CDist", (4, 3), (5, 3)),
    case("CDist", (4, 3), (5, 3), metric="euclidean"),
    case("Inverse", (2, 3, 3)),
]
QUANTIZED = [
    case("QuantizeLinear", (2, 3), SCALE, POINT),
    case("QuantizeLinear", (2, 3), floats(0.1, 0.2, 0.3), stored(3), axis=1),
    case("DequantizeLinear", u8(2, 3), SCALE, POINT),
    case("QLinearAdd", u8(2, 3), SCALE, POINT, u8(3), *INPUT_SCALES),
    case("QLinearMul", u8(2, 3), SCALE, POINT, u8(2, 1), SCALE, POINT, SCALE, POINT),
    case(
        "QLinearConcat", SCALE, POINT, u8(2, 3), SCALE, POINT, u8(2, 5), SCALE, POINT, axis=1
    ),
    case("QLinearGlobalAveragePool", u8(2, 3, 4, 5), *INPUT_SCALES),
    case("QLinearGlobalAveragePool", u8(2, 4, 5, 3), *INPUT_SCALES, channels_last=1),
    case(
        "QLinearAveragePool",
        u8(2, 3, 7, 7), *INPUT_SCALES, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1,
    ),
    case(
        "QLinearAveragePool",
        u8(2, 7, 8, 3), *INPUT_SCALES, kernel_shape=[3, 3], pads=[1, 1, 1, 1], channels_last=1,
    ),
    case("QLinearSigmoid", u8(2, 3), *INPUT_SCALES),
    case("QLinearLeakyRelu", u8(2, 3), *INPUT_SCALES, alpha=0.1),
    case(
        "QLinearWhere",
        Of(TensorProto.BOOL, (2, 3)), u8(2, 3), SCALE, POINT, u8(3), SCALE, POINT, SCALE, POINT,
    ),
    case(
        "QLinearConv",
        u8(1, 8, 8, 3), SCALE, POINT, stored(4, 3, 3, 3, dtype=np.int8), *CONV_SCALES,
        channels_last=1, strides=[2, 2], pads=[1, 1, 1, 1],
    ),
    case(
        "QLinearConv",
        u8(1, 4, 8, 8), SCALE, POINT, stored(4, 1, 3, 3, dtype=np.int8), *CONV_SCALES,
        i32(0, 0, 0, 0), group=4,
    ),
    case("QGemm", u8(2, 3), SCALE, POINT, stored(3, 4), SCALE, POINT),
    case(
        "QGemm",
        u8(2, 3), SCALE, POINT, stored(4, 3), SCALE, POINT, i32(0, 0, 0, 0), SCALE, POINT,
        transB=1,
    ),
    case("DynamicQuantizeMatMul", (2, 5, 3), stored(3, 4), SCALE, POINT, weight(4)),
    case(
        "MatMulIntegerToFloat", u8(2, 5, 3), stored(3, 4), SCALE, SCALE, POINT, POINT, weight(4)
    ),
    case("MatMulInteger16", Of(TensorProto.INT16, (2, 3)), Of(TensorProto.INT16, (3, 4))),
    case(
        "DynamicQuantizeLSTM",
        (5, 2, 3), stored(1, 3, 16), stored(1, 4, 16), weight(1, 32), *[None] * 4, *LSTM_SCALES,
        hidden_size=4, outputs=3,
    ),
]  # fmt: skip
PACKED = [
    case(
        "MatMulNBits", (2, 5, 64), stored(7, 2, 16), weight(7, 2), K=64, N=7, bits=4, block_size=32
    ),
    case("MatMulNBits", (5, 64), stored(7, 2, 32), weight(7, 2), K=64, N=7, bits=8, block_size=32),
    case("MatMulNBits", (5, 64), stored(7, 2, 8), weight(7, 2), K=64, N=7, bits=2, block_size=32),
    case(
        "MatMulNBits",
        (2, 5, 64), stored(7, 2, 16), weight(14), stored(7), None, weight(7),
        K=64, N=7, bits=4, block_size=32,
    ),
    case(
        "MatMulBnb4",
        (2, 5, 64), stored(7 * 32), weight(7 * 2), K=64, N=7, block_size=32, quant_type=1,
    ),
    case("MatMulFpQ4", (2, 5, 64), stored(7 * 2 * 20), ints(64, 7), blk_quant_type=0),
    case(
        "GatherBlockQuantized",
        stored(10, 16), words(2, 3), weight(10, 1), bits=4, block_size=32, quantize_axis=1,
    ),
    case(
        "GatherBlockQuantized",
        stored(10, 32), words(2, 3), weight(10, 1), bits=8, block_size=32, quantize_axis=1,
    ),
    case(
        "MoE",
        (6, 8), (6, 4), weight(4, 16, 8), weight(4, 16), weight(4, 8, 16), weight(4, 8), k=2,
    ),
    case(
        "MoE",
        (2, 3, 8), (6, 4), weight(4, 32, 8), None, weight(4, 8, 16), None,
        k=2, activation_type="swiglu", swiglu_fusion=1,
    ),
    case(
        "QMoE",
        (6, 32), (6, 4), stored(4, 64, 16), weight(4, 64), None, stored(4, 32, 16), weight(4, 32),
        k=2, activation_type="swiglu", swiglu_fusion=1, expert_weight_bits=4,
    ),
]  # fmt: skip
CONVOLUTIONS = [
    case(
        "FusedConv",
        (1, 3, 8, 8), weight(4, 3, 3, 3), weight(4), pads=[1, 1, 1, 1], activation="Relu",
    ),
    case(
        "FusedConv",
        (1, 3, 8, 8), weight(4, 3, 3, 3), weight(4), (1, 4, 6, 6),
        activation="Clip", activation_params=[0.0, 6.0],
    ),
    case(
        "FusedConv",
        (1, 4, 8, 8), weight(4, 1, 3, 3), strides=[2, 2], group=4,
        activation="HardSigmoid", activation_params=[0.2, 0.5],
    ),
    case(
        "ConvTransposeWithDynamicPads",
        (1, 3, 5, 5), weight(3, 4, 3, 3), ints(1, 1, 1, 1), strides=[2, 2], output_padding=[1, 1],
    ),
    case(
        "ConvTransposeWithDynamicPads",
        (1, 4, 5, 5), weight(4, 2, 3, 3), ints(0, 1, 0, 1), weight(4), strides=[2, 2], group=2,
    ),
    case(
        "CausalConvWithState", (2, 3, 7), weight(3, 1, 4), weight(3), outputs=2, activation="silu"
    ),
    case(
        "CausalConvWithState",
        (2, 7, 3), weight(3, 1, 4), None, (2, 6, 3), outputs=2, channels_last=1, dilation=2,
    ),
    case("NhwcMaxPool", u8(1, 8, 8, 3), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    case(
        "MaxpoolWithMask", (1, 2, 8, 8), words(1, 2, 8, 8), kernel_shape=[2, 2], strides=[2, 2]
    ),
]  # fmt: skip
ATTENTION = [
    case("Attention", (2, 5, 8), weight(8, 24), weight(24), num_heads=2),
    case(
        "Attention",
        (2, 5, 8), weight(8, 24), weight(24), None, (2, 2, 2, 3, 4),
        num_heads=2, outputs=2, unidirectional=1,
    ),
    case(
        "Attention",
        (2, 5, 8), weight(8, 28), weight(28), num_heads=2, qkv_hidden_sizes=[8, 8, 12],
    ),
    case("QAttention", *QATTENTION, num_heads=2),
    case("QAttention", *QATTENTION, (2, 2, 2, 3, 4), num_heads=2, unidirectional=1, outputs=2),
    case("MultiHeadAttention", (2, 5, 8), (2, 7, 8), (2, 7, 12), num_heads=2),
    case("MultiHeadAttention", (2, 5, 8), (2, 2, 7, 4), (2, 2, 7, 4), num_heads=2),
    case(
        "MultiHeadAttention",
        *[(2, 5, 8)] * 3, weight(24), None, (2, 2, 5, 8), (2, 2, 3, 4), (2, 2, 3, 4),
        num_heads=2, outputs=3,
    ),
    case(
        "DecoderMaskedMultiHeadAttention",
        *[(2, 1, 8)] * 3, None, None, (2, 2, 6, 4), (2, 2, 6, 4), i32(3),
        num_heads=2, past_present_share_buffer=1, outputs=3,
    ),
    case(
        "DecoderMaskedMultiHeadAttention", (2, 1, 8), (2, 2, 7, 4), (2, 2, 7, 4), num_heads=2
    ),
    case(
        "GroupQueryAttention",
        (1, 5, 32), (1, 5, 16), (1, 5, 16), None, None, i32(4), i32(5),
        num_heads=4, kv_num_heads=2, outputs=3,
    ),
    case(
        "GroupQueryAttention",
        (1, 5, 128), None, None, None, None, i32(4), i32(5), weight(8, 8), weight(8, 8),
        num_heads=4, kv_num_heads=2, outputs=3, do_rotary=1,
    ),
    case(
        "GroupQueryAttention",
        (1, 1, 32), (1, 1, 16), (1, 1, 16), (1, 2, 6, 8), (1, 2, 6, 8), i32(6), i32(7),
        num_heads=4, kv_num_heads=2, outputs=3,
    ),
    case(
        "GroupQueryAttention",
        (1, 1, 32), (1, 1, 16), (1, 1, 16), (1, 2, 9, 8), (1, 2, 9, 8), i32(6), i32(7),
        num_heads=4, kv_num_heads=2, outputs=3,
    ),
    case(
        "RotaryEmbedding",
        (2, 5, 16), np.zeros((2, 5), np.int64), weight(6, 4), weight(6, 4), num_heads=2,
    ),
    case("RotaryEmbedding", (2, 3, 5, 8), np.zeros((2, 5), np.int64), weight(6, 4), weight(6, 4)),
    case(
        "MRotaryEmbedding",
        (2, 3, 5, 8), np.zeros((3, 2, 5), np.int64), weight(6, 4), weight(6, 4),
        mrope_section=[2, 1, 1],
    ),
    case(
        "LinearAttention",
        (2, 3, 8), (2, 3, 8), (2, 3, 12), None, (2, 3, 2), (2, 3, 2),
        q_num_heads=2, kv_num_heads=2, outputs=2,
    ),
    case(
        "LinearAttention",
        (2, 3, 16), (2, 3, 8), (2, 3, 12),
        q_num_heads=4, kv_num_heads=2, outputs=2, update_rule="linear",
    ),
    case(
        "LinearAttention",
        (2, 3, 4), (2, 3, 4), (2, 3, 12), (2, 2, 4, 6), (2, 3, 2), (2, 3, 2),
        q_num_heads=1, kv_num_heads=2, outputs=2,
    ),
]  # fmt: skip
MOVEMENT = [
    case("ExpandDims", (2, 3), np.array(1, np.int32)),
    case("ExpandDims", (2, 3), np.array(-1, np.int32)),
    case("Pad", (2, 3), ints(0, 1, 0, 2)),
    case("Trilu", (2, 3, 3)),
    case("GatherND", (2, 3), Of(TensorProto.INT64, (4, 2))),
    case("GatherND", (2, 3), words(4, 1)),
    case("UnfoldTensor", (2, 9), size=3, step=2, dim=1),
    case("SampleOp", (2, 3)),
    case("CropAndResize", (1, 3, 8, 8), (4, 4), words(4), i32(5, 6)),
    case("GridSample", (1, 3, 8, 8), (1, 5, 6, 2)),
    case("MurmurHash3", words(2, 3)),
    case("MurmurHash3", words(2, 3), positive=0),
    case("NGramRepeatBlock", Of(TensorProto.INT64, (2, 9)), (2, 11), ngram_size=3),
    case(
        "NGramHashMapping",
        Of(TensorProto.INT64, (2, 5)), ints(1, 3, 5), ints(7, 7, 7, 7),
        max_ngram_size=3, n_head_per_ngram=2, pad_id=0, outputs=2,
    ),
    case(
        "VarlenNGramHashMapping",
        Of(TensorProto.INT64, (5,)), ints(1, 3, 5), ints(7, 7, 7, 7), i32(0, 2, 5),
        max_ngram_size=3, n_head_per_ngram=2, pad_id=0, outputs=2,
    ),
]  # fmt: skip

# What onnxruntime's CPU provider runs.
RUN = [
    *ELEMENTWISE, *NORMALIZATION, *PRODUCTS, *QUANTIZED, *PACKED, *CONVOLUTIONS, *ATTENTION,
    *MOVEMENT,
]  # fmt: skip
