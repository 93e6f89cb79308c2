"""Valid nodes of onnxruntime's own operators that its CPU provider cannot run alone.

Each with the shapes that the operator's description gives.
"""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from contrib_cases import (
    INPUT_SCALES,
    MLP,
    NCHWC,
    NHWC,
    POINT,
    SCALE,
    SIGNED,
    SPARSE,
    Case,
    case,
    i8,
    i32,
    stored,
    u8,
    weight,
    words,
)
from single_node import Of, Shape, floats, ints

# What only other providers run, with the outputs that the operator's description gives.
TOLD: list[tuple[Case, list[Shape]]] = [
    (case("BiasAdd", (2, 9, 8), weight(8), (2, 9, 8)), [(2, 9, 8)]),
    (case("BiasSplitGelu", (2, 9, 8), weight(8)), [(2, 9, 4)]),
    (case("BiasSoftmax", (2, 3), (1, 3), is_inner_broadcast=1), [(2, 3)]),
    (case("BiasDropout", (2, 3), weight(3), (2, 3), outputs=2), [(2, 3), (2, 3)]),
    (case("BitmaskDropout", (5, 13), outputs=2), [(5, 13), (3,)]),
    (case("BitmaskBiasDropout", (5, 13), weight(13), outputs=2), [(5, 13), (3,)]),
    (case("ComplexMul", (2, 4), (2, 4)), [(2, 4)]),
    (case("ComplexMulConj", (2, 4), (2, 4)), [(2, 4)]),
    (case("QOrderedGelu", i8(2, 3), SCALE, SCALE), [(2, 3)]),
    (case("QOrderedLayerNormalization", i8(2, 3), SCALE, (3,), (3,), SCALE), [(2, 3)]),
    (case("QOrderedMatMul", i8(2, 3, 4), SCALE, i8(4, 5), SCALE, SCALE, order_B=1), [(2, 3, 5)]),
    (case("QOrderedMatMul", i8(2, 3, 4), SCALE, i8(5, 4), SCALE, SCALE, order_B=0), [(2, 3, 5)]),
    (
        case(
            "QOrderedAttention",
            i8(2, 5, 8), SCALE, SCALE, SCALE, SCALE, i8(8, 8), i8(8, 8), i8(8, 12), SCALE, SCALE,
            SCALE, weight(8), weight(8), weight(12), None, None, SCALE, num_heads=2,
        ),
        [(2, 5, 12)],
    ),
    (case("QuantizeWithOrder", (2, 3), SCALE, order_input=1, order_output=1), [(2, 3)]),
    (case("DequantizeWithOrder", i8(2, 3), SCALE, to=1), [(2, 3)]),
    (case("MulInteger", u8(2, 3), POINT, u8(3), POINT), [(2, 3)]),
    (case("QLinearReduceMean", u8(2, 3, 4), *INPUT_SCALES, axes=[1], keepdims=1), [(2, 1, 4)]),
    (case("ReduceSumInteger", u8(2, 3, 4), axes=[1], keepdims=0), [(2, 4)]),
    (case("GroupNorm", (2, 4, 4, 8), weight(8), weight(8), groups=4, activation=1), [(2, 4, 4, 8)]),
    (
        case(
            "SkipGroupNorm",
            (2, 4, 4, 8), weight(8), weight(8), (2, 4, 4, 8), weight(8),
            groups=4, activation=0, outputs=2,
        ),
        [(2, 4, 4, 8), (2, 4, 4, 8)],
    ),
    (case("LayerNormalization", (2, 3, 8), weight(8), weight(8), outputs=3),
     [(2, 3, 8), (2, 3, 1), (2, 3, 1)]),
    (case("SimplifiedLayerNormalization", (2, 3, 8), weight(8), outputs=2), [(2, 3, 8), (2, 3, 1)]),
    (case("FusedMatMulActivation", (2, 3), (3, 4), activation="Relu"), [(2, 4)]),
    (case("SparseToDenseMatMul", (2, 3), (3, 4)), [(2, 4)]),
    (case("GemmFloat8", (2, 3), weight(3, 4), weight(4), dtype=1), [(2, 4)]),
    (case("GemmFastGelu", (2, 3), weight(3, 4), weight(4)), [(2, 4)]),
    (
        case(
            "MatMulBlockQuantizedFp4Weight", (2, 5, 64), stored(7, 32), stored(7, 4), SCALE
        ),
        [(2, 5, 7)],
    ),
    (
        case(
            "MatMulBlockQuantizedFp8Weight",
            (2, 5, 64), Of(TensorProto.FLOAT8E4M3FN, (7, 64)), (7, 1),
        ),
        [(2, 5, 7)],
    ),
    (
        case(
            "MatMulNBitsMlp",
            (2, 5, 64), None, weight(64), *MLP, *MLP,
            K=64, N=7, bits=4, block_size=32, activation="silu", outputs=2,
        ),
        [(2, 5, 7), (2, 5, 64)],
    ),
    (
        case(
            "MatMulNBitsQkv",
            (2, 5, 64), None, weight(64), stored(8, 2, 16), weight(8, 2), None,
            stored(4, 2, 16), weight(4, 2), None, stored(4, 2, 16), weight(4, 2), weight(4),
            K=64, Nq=8, Nkv=4, bits=4, block_size=32, outputs=3,
        ),
        [(2, 5, 8), (2, 5, 4), (2, 5, 4)],
    ),
    (case("MultiHeadAttention", (2, 5, 2, 3, 4), num_heads=2), [(2, 5, 8)]),
    (case("MultiHeadAttention", (2, 5, 8), (2, 7, 2, 2, 4), num_heads=2), [(2, 5, 8)]),
    (
        case("MultiHeadAttention", (2, 5, 8), (2, 7, 8), (2, 7, 12), num_heads=2, outputs=4),
        [(2, 5, 12), (2, 2, 7, 4), (2, 2, 7, 6), (2, 2, 5, 7)],
    ),
    (
        case(
            "DecoderMaskedSelfAttention",
            (2, 1, 8), weight(8, 24), weight(24), None, (2, 2, 2, 6, 4), None, i32(3),
            num_heads=2, past_present_share_buffer=1, outputs=2,
        ),
        [(2, 1, 8), (2, 2, 2, 6, 4)],
    ),
    (
        case(
            "SparseAttention",
            (1, 5, 64), (1, 5, 32), (1, 5, 32), (1, 2, 32, 16), (1, 2, 32, 16), *SPARSE,
            num_heads=4, kv_num_heads=2, sparse_block_size=16, outputs=3,
        ),
        [(1, 5, 64), (1, 2, 32, 16), (1, 2, 32, 16)],
    ),
    (
        case(
            "PackedAttention",
            (6, 8), weight(8, 24), weight(24), words(2, 5), words(3), num_heads=2,
        ),
        [(6, 8)],
    ),
    (
        case("PackedMultiHeadAttention", (6, 8), (6, 8), (6, 12), None, words(2, 5), words(3),
             num_heads=2),
        [(6, 12)],
    ),
    (
        case("PackedMultiHeadAttention", (6, 2, 3, 4), None, None, weight(24), words(2, 5),
             words(3), num_heads=2),
        [(6, 8)],
    ),
    (
        case(
            "PagedAttention",
            (6, 16), (6, 8), (6, 8), (10, 4, 2, 4), (10, 4, 2, 4), words(3), words(2), words(2, 5),
            num_heads=4, kv_num_heads=2, outputs=3,
        ),
        [(6, 16), (10, 4, 2, 4), (10, 4, 2, 4)],
    ),
    (
        case("GemmaRotaryEmbedding", (2, 5, 8), *[(2, 3, 5, 8)] * 4, outputs=2),
        [(2, 3, 5, 8), (2, 3, 5, 8)],
    ),
    (
        case("RelativePositionBias", (32, 4), ints(5), ints(7), max_distance=8),
        [(1, 4, 5, 7)],
    ),
    (
        case(
            "GatedRelativePositionBias",
            (2, 5, 8), weight(8), (1, 2, 5, 5), weight(4, 8), weight(8), (1, 2, 1, 1), num_heads=2,
        ),
        [(2, 2, 5, 5)],
    ),
    (
        case(
            "GatedDeltaNet",
            (6, 2, 4), (6, 2, 4), (6, 4, 8), words(3), (6, 4), (6, 4), (2, 4, 8, 4), outputs=2,
        ),
        [(6, 4, 8), (2, 4, 8, 4)],
    ),
    (
        case("CausalConvWithState", (2, 3, 1), weight(3, 1, 4), weight(3), (5, 2, 3, 3),
             state_window=5, outputs=2),
        [(2, 3, 1), (5, 2, 3, 3)],
    ),
    (
        case("VarlenCausalConvWithState", (6, 3), weight(3, 1, 4), words(3), None, (2, 3, 3),
             outputs=2),
        [(6, 3), (2, 3, 3)],
    ),
    (case("NhwcConv", (1, 8, 9, 3), weight(4, 3, 3, 3), weight(4)), [(1, 6, 7, 4)]),
    (
        case("NhwcFusedConv", (1, 8, 9, 3), weight(4, 3, 3, 3), weight(4), (1, 6, 7, 4),
             activation="Relu"),
        [(1, 6, 7, 4)],
    ),
    (case("Rfft", (2, 3, 8), signal_ndim=1), [(2, 3, 5, 2)]),
    (case("Irfft", (2, 3, 5, 2), signal_ndim=1), [(2, 3, 8)]),
    (case("IsAllFinite", (2, 3), (4,)), [()]),
    (case("DynamicTimeWarping", (4, 5)), [(2, 8)]),
    (case("Unique", (7,), outputs=3), [(7,), (7,), (7,)]),
    (case("RemovePadding", (2, 5, 8), words(2), outputs=4), [(10, 8), (2, 5), (3,), (1,)]),
    (case("RestorePadding", (6, 8), words(2, 5)), [(2, 5, 8)]),
    (case("TorchEmbedding", weight(10, 4), Of(TensorProto.INT64, (2, 3))), [(2, 3, 4)]),
    (case("Conv", (1, 3, 8, 8), weight(16, 3, 3, 3), domain=NCHWC), [(1, 16, 6, 6)]),
    (case("Conv", (1, 8, 8, 3), weight(4, 3, 3, 3), domain=NHWC), [(1, 6, 6, 4)]),
]  # fmt: skip
BLOCKED = [
    (case("Conv", (1, 32, 8, 8), weight(48, 32, 1, 1), weight(48), (1, 48, 8, 8),
          activation="Relu", domain=NCHWC), [(1, 48, 8, 8)]),
    (case("Conv", (1, 32, 8, 8), weight(32, 1, 3, 3), group=32, strides=[2, 2], domain=NCHWC),
     [(1, 32, 3, 3)]),
    (case("MaxPool", (1, 16, 9, 9), kernel_shape=[3, 3], strides=[2, 2], domain=NCHWC),
     [(1, 16, 4, 4)]),
    (case("AveragePool", (1, 16, 8, 8), kernel_shape=[2, 2], domain=NCHWC), [(1, 16, 7, 7)]),
    (case("GlobalMaxPool", (1, 16, 8, 8), domain=NCHWC), [(1, 16, 1, 1)]),
    (case("GlobalAveragePool", (1, 16, 8, 8), domain=NCHWC), [(1, 16, 1, 1)]),
    (case("Upsample", (1, 16, 4, 5), scales=[1, 1, 2, 3], mode="linear", domain=NCHWC),
     [(1, 16, 8, 15)]),
    (case("ReorderInput", (1, 24, 5, 6), domain=NCHWC), [(1, 32, 5, 6)]),
    (case("ReorderInput", (1, 5, 6, 64), channels_last=1, domain=NCHWC), [(1, 64, 5, 6)]),
    (case("ReorderOutput", (1, 32, 5, 6), channels=24, domain=NCHWC), [(1, 24, 5, 6)]),
    (case("ReorderOutput", (1, 32, 5, 6), channels=24, channels_last=1, domain=NCHWC),
     [(1, 5, 6, 24)]),
]  # fmt: skip
LAST = [
    (case("ConvTranspose", (1, 8, 8, 3), weight(3, 4, 3, 3), domain=NHWC), [(1, 10, 10, 4)]),
    (case("QLinearConv", u8(1, 8, 9, 3), SCALE, POINT, stored(4, 3, 3, 3, dtype=np.int8), SCALE,
          SIGNED, SCALE, POINT, domain=NHWC), [(1, 6, 7, 4)]),
    (case("QLinearConvTranspose", u8(1, 8, 9, 3), SCALE, POINT, stored(3, 4, 3, 3, dtype=np.int8),
          SCALE, SIGNED, SCALE, POINT, domain=NHWC), [(1, 10, 11, 4)]),
    (case("QLinearAveragePool", u8(1, 8, 9, 3), *INPUT_SCALES, kernel_shape=[2, 2], domain=NHWC),
     [(1, 7, 8, 3)]),
    (case("MaxPool", (1, 8, 9, 3), kernel_shape=[2, 2], outputs=2, domain=NHWC),
     [(1, 7, 8, 3), (1, 7, 8, 3)]),
    (case("AveragePool", (1, 8, 9, 3), kernel_shape=[2, 2], domain=NHWC), [(1, 7, 8, 3)]),
    (case("LpPool", (1, 8, 9, 3), kernel_shape=[2, 2], domain=NHWC), [(1, 7, 8, 3)]),
    (case("GlobalMaxPool", (1, 8, 9, 3), domain=NHWC), [(1, 1, 1, 3)]),
    (case("GlobalAveragePool", (1, 8, 9, 3), domain=NHWC), [(1, 1, 1, 3)]),
    (case("GlobalLpPool", (1, 8, 9, 3), domain=NHWC), [(1, 1, 1, 3)]),
    (case("MaxUnpool", (1, 4, 4, 3), Of(TensorProto.INT64, (1, 4, 4, 3)), kernel_shape=[2, 2],
          strides=[2, 2], domain=NHWC), [(1, 8, 8, 3)]),
    (case("BatchNormalization", (1, 8, 9, 3), *[weight(3)] * 4, domain=NHWC), [(1, 8, 9, 3)]),
    (case("InstanceNormalization", (1, 8, 9, 3), weight(3), weight(3), domain=NHWC),
     [(1, 8, 9, 3)]),
    (case("LRN", (1, 8, 9, 3), size=3, domain=NHWC), [(1, 8, 9, 3)]),
    (case("Resize", (1, 8, 9, 3), None, floats(1, 2, 2, 1), domain=NHWC), [(1, 16, 18, 3)]),
    (case("GridSample", (1, 8, 8, 3), (1, 5, 6, 2), domain=NHWC), [(1, 5, 6, 3)]),
    (case("DepthToSpace", (1, 4, 5, 8), blocksize=2, domain=NHWC), [(1, 8, 10, 2)]),
    (case("SpaceToDepth", (1, 4, 6, 2), blocksize=2, domain=NHWC), [(1, 2, 3, 8)]),
]  # fmt: skip
TOLD += BLOCKED + LAST
