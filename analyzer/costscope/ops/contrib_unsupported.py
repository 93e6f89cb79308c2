"""Operators of onnxruntime that are knowingly not costed, each with its reason."""

from __future__ import annotations

from costscope.ops import MICROSOFT, unsupported

unsupported(
    "it runs its decoder as often as the generated text takes",
    "BeamSearch",
    "GreedySearch",
    "Sampling",
    "WhisperBeamSearch",
    domain=MICROSOFT,
)
unsupported(
    "it stands for a part of a graph that only its execution provider can read",
    "EPContext",
    "Snpe",
    domain=MICROSOFT,
)
unsupported(
    "how many keys each query sees depends on data",
    "DynamicSparseAttention",
    "LongformerAttention",
    "PackedSparseAttentionIndexer",
    "QOrderedLongformerAttention",
    "SparseAttentionIndexer",
    "SparsePagedAttention",
    domain=MICROSOFT,
)
unsupported(
    "switches that come as data decide what it computes",
    "AttnLSTM",
    "DecoderAttention",
    domain=MICROSOFT,
)
unsupported(
    "how much it puts out depends on the text",
    "BifurcationDetector",
    "Tokenizer",
    "WordConvEmbedding",
    domain=MICROSOFT,
)
unsupported(
    "the size of block floating point depends on a format that the file only numbers",
    "DequantizeBFP",
    "QuantizeBFP",
    domain=MICROSOFT,
)
unsupported(
    "it is a plugin of TensorRT, which says nothing of how it computes",
    "DisentangledAttention_TRT",
    "EfficientNMS_TRT",
    "MultilevelCropAndResize_TRT",
    "PyramidROIAlign_TRT",
)
