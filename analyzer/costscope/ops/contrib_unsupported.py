"""Operators of onnxruntime that are knowingly not costed, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import TensorType
from costscope.ops import MICROSOFT, STANDARD, Site, UnknownShapeError, shape_of, unsupported

# By domain and reason.
_REASONS = {
    (MICROSOFT, "it runs its decoder as often as the generated text takes"): (
        "BeamSearch",
        "GreedySearch",
        "Sampling",
        "WhisperBeamSearch",
    ),
    (MICROSOFT, "it stands for a part of a graph that only its execution provider can read"): (
        "EPContext",
        "Snpe",
    ),
    (MICROSOFT, "how many keys each query sees depends on data"): (
        "DynamicSparseAttention",
        "LongformerAttention",
        "PackedSparseAttentionIndexer",
        "QOrderedLongformerAttention",
        "SparseAttentionIndexer",
        "SparsePagedAttention",
    ),
    (MICROSOFT, "switches that come as data decide what it computes"): (
        "AttnLSTM",
        "DecoderAttention",
    ),
    (MICROSOFT, "how much it puts out depends on the text"): (
        "BifurcationDetector",
        "Tokenizer",
        "WordConvEmbedding",
    ),
    (MICROSOFT, "the size of block floating point depends on a format that is only numbered"): (
        "DequantizeBFP",
        "QuantizeBFP",
    ),
    (STANDARD, "it is a plugin of TensorRT, which says nothing of how it computes"): (
        "DisentangledAttention_TRT",
        "EfficientNMS_TRT",
        "MultilevelCropAndResize_TRT",
        "PyramidROIAlign_TRT",
    ),
    (STANDARD, "it was a draft that never became part of the standard"): (
        "DynamicSlice",
        "GRUUnit",
        "GivenTensorFill",
    ),
}


def _register(domain: str, reason: str, op_types: Sequence[str]) -> None:
    unsupported(reason, *op_types, domain=domain)

    @shape_of(*op_types, domain=domain)
    def unknown(_site: Site) -> Sequence[TensorType]:
        raise UnknownShapeError(reason)


for (_domain, _reason), _op_types in _REASONS.items():
    _register(_domain, _reason, _op_types)
