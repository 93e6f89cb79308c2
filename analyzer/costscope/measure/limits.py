"""Which values an operator accepts on inputs that not every number is valid for.

A table by operator: for each such slot the smallest and the largest valid value. What is
not in the table takes anything. Sources: the ONNX operators' definitions, and those of
onnxruntime's contributed operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import NamedTuple

from costscope.graph.types import Node

_MS = "com.microsoft"
_ML = "ai.onnx.ml"


class Limit(NamedTuple):
    """Values from `low` to `high`, both included."""

    low: float
    high: float


_Rule = Callable[[Node], Mapping[int, Limit]]

_ONE, _ZERO, _HALF = Limit(1, 1), Limit(0, 0), Limit(0.5, 0.5)
_POSITIVE = Limit(1, inf)
# Past the end of every axis, and still a 32-bit number.
_END = Limit(2**31 - 1, 2**31 - 1)
_BOXES = Limit(100, 100)


def limits_of(node: Node) -> Mapping[int, Limit]:
    """The limits of a node's inputs, by slot; none where the shapes they follow are unknown."""
    rule = _RULES.get(node.key)
    if rule is None:
        return {}
    try:
        return rule(node)
    except (ValueError, IndexError, TypeError):
        return {}


def _fixed(limits: Mapping[int, Limit]) -> _Rule:
    return lambda _: limits


def _axis(slot: int, *, attribute: str = "axis", default: int = 0) -> _Rule:
    """Indices into one axis of the first input."""

    def rule(node: Node) -> Mapping[int, Limit]:
        return {slot: _below(node.shape(0)[int(node.attributes.get(attribute, default))])}

    return rule


def _rows(tables: Mapping[int, int], others: Mapping[int, Limit] | None = None) -> _Rule:
    """Row numbers: by slot, the input that they number the rows of."""

    def rule(node: Node) -> Mapping[int, Limit]:
        there = {slot: table for slot, table in tables.items() if node.input(table) is not None}
        return {**(others or {}), **{s: _below(node.shape(t)[0]) for s, t in there.items()}}

    return rule


def _gather_nd(node: Node) -> Mapping[int, Limit]:
    """Coordinates: one limit for all axes that they reach."""
    batch = int(node.attributes.get("batch_dims", 0))
    return {1: _below(min(node.shape(0)[batch : batch + node.shape(1)[-1]]))}


def _scatter_nd(node: Node) -> Mapping[int, Limit]:
    return {1: _below(min(node.shape(0)[: node.shape(1)[-1]]))}


def _sequence_lengths(node: Node) -> Mapping[int, Limit]:
    """Recurrent layers: as long as the sequence is."""
    axis = 1 if int(node.attributes.get("layout", 0)) else 0
    return {4: _whole(node.shape(0)[axis])}


def _reversed_lengths(node: Node) -> Mapping[int, Limit]:
    return {1: _whole(node.shape(0)[int(node.attributes.get("time_axis", 0))])}


def _classes(node: Node) -> Mapping[int, Limit]:
    """Labels of a loss."""
    return {1: _below(node.shape(0)[1])}


def _unpooled(node: Node) -> Mapping[int, Limit]:
    return {1: _below(node.output.elements)}


def _loop(node: Node) -> Mapping[int, Limit]:
    trips = max((branch.trips for branch in node.branches), default=1)
    return {0: _whole(trips), 1: _ONE}


def _attention(node: Node) -> Mapping[int, Limit]:
    """Valid keys of the standard's Attention: all."""
    return {6: _whole(node.shape(1)[-2])}


def _mask_index(slot: int, keys: int) -> _Rule:
    """A mask of ones, or, with one axis, lengths: all of the keys of an input (N, L, d)."""

    def rule(node: Node) -> Mapping[int, Limit]:
        lengths = node.input(slot) is not None and len(node.shape(slot)) == 1
        return {slot: _whole(node.shape(keys)[1]) if lengths else _ONE}

    return rule


def _grouped_attention(node: Node) -> Mapping[int, Limit]:
    """The past and what is new, all of it."""
    past = node.input(3)
    total = node.shape(0)[1] + (0 if past is None else past.dims[2])
    return {5: _whole(total - 1), 6: _whole(total)}


def _rotary(node: Node) -> Mapping[int, Limit]:
    """Positions into the tables of angles: one for each token, or that of the first."""
    each = len(node.shape(1)) > 1
    return {1: _below(node.shape(2)[0]) if each else _ZERO}


def _below(size: int) -> Limit:
    return Limit(0, max(0, size - 1))


def _whole(size: int) -> Limit:
    return Limit(size, size)


_RULES: Mapping[tuple[str, str], _Rule] = {
    ("", "Gather"): _axis(1),
    ("", "GatherElements"): _axis(1),
    ("", "GatherND"): _gather_nd,
    ("", "Scatter"): _axis(1),
    ("", "ScatterElements"): _axis(1),
    ("", "ScatterND"): _scatter_nd,
    ("", "TensorScatter"): _fixed({2: _ZERO}),
    ("", "Compress"): _fixed({1: _ONE}),
    ("", "RNN"): _sequence_lengths,
    ("", "GRU"): _sequence_lengths,
    ("", "LSTM"): _sequence_lengths,
    ("", "ReverseSequence"): _reversed_lengths,
    ("", "Attention"): _attention,
    ("", "RotaryEmbedding"): _rows({3: 1}),
    ("", "If"): _fixed({0: _ONE}),
    ("", "Loop"): _loop,
    ("", "Where"): _fixed({0: _ONE}),
    ("", "Dropout"): _fixed({1: _HALF, 2: _ZERO}),
    ("", "TopK"): _fixed({1: _ONE}),
    ("", "OneHot"): _fixed({1: _POSITIVE}),
    ("", "Range"): _fixed({0: _ZERO, 1: _POSITIVE, 2: _ONE}),
    ("", "Tile"): _fixed({1: _ONE}),
    ("", "Expand"): _fixed({1: _ONE}),
    ("", "ConstantOfShape"): _fixed({0: _ONE}),
    ("", "Pad"): _fixed({1: _ZERO}),
    ("", "Slice"): _fixed({1: _ZERO, 2: _END, 4: _ONE}),
    ("", "Resize"): _fixed({2: _ONE}),
    ("", "Upsample"): _fixed({1: _ONE}),
    ("", "CumSum"): _fixed({1: _ZERO}),
    ("", "Trilu"): _fixed({1: _ZERO}),
    ("", "SequenceAt"): _fixed({1: _ZERO}),
    ("", "Div"): _fixed({1: _POSITIVE}),
    ("", "Mod"): _fixed({1: _POSITIVE}),
    ("", "BitShift"): _fixed({1: Limit(0, 7)}),
    ("", "NonMaxSuppression"): _fixed({2: _BOXES, 3: _HALF, 4: _ZERO}),
    ("", "RoiAlign"): _rows({2: 0}),
    ("", "MaxUnpool"): _unpooled,
    ("", "NegativeLogLikelihoodLoss"): _classes,
    ("", "SoftmaxCrossEntropyLoss"): _classes,
    (_ML, "ArrayFeatureExtractor"): _axis(1, attribute="", default=-1),
    (_MS, "GatherND"): _gather_nd,
    (_MS, "GatherBlockQuantized"): _axis(1, attribute="gather_axis"),
    (_MS, "EmbedLayerNormalization"): _rows({0: 2, 1: 4, 8: 3}, {7: _ONE}),
    (_MS, "RotaryEmbedding"): _rotary,
    (_MS, "GroupQueryAttention"): _grouped_attention,
    (_MS, "Attention"): _mask_index(3, 0),
    (_MS, "QAttention"): _mask_index(5, 0),
    (_MS, "MultiHeadAttention"): _mask_index(4, 1),
}
