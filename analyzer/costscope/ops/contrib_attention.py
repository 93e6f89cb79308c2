"""onnxruntime's own attention: with projections or without, with a cache, grouped, packed.

All count softmax(scale * Q K') V in the dense convention: masked positions count, and of a
cache all that it is known to hold. Queries and keys times heads give the scores; macs =
scores * (d + dv), 5 operations and 1 exp a score, and 1 addition more for a mask or bias.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, Tensor, TensorType
from costscope.ops import MICROSOFT, Site, Slot, UnknownShapeError, op, shape_of
from costscope.work import KernelKind, Work

_ATTENTION = KernelKind.ATTENTION
_Q = Slot.QUANTIZATION
_SETTING = Slot.SETTING
_Inputs = Sequence[Tensor | None]
_Attributes = Mapping[str, Any]


class Heads(NamedTuple):
    """Sizes of scaled dot-product attention."""

    batch: int
    heads: int
    queries: int
    keys: int  # with those of the cache
    width: int
    value_width: int


def scaled_dot_product(size: Heads, *, added: int = 0, capped: bool = False) -> Work:
    """Work of softmax(scale * Q K' + added) V; a soft cap takes 2 operations and a tanh."""
    scores = size.batch * size.heads * size.queries * size.keys
    return Work(
        macs=scores * (size.width + size.value_width),
        vector_ops=scores * (5 + added + 2 * capped),
        special_ops=scores * (1 + capped),
    )


def dims(inputs: _Inputs, slot: int) -> Shape | None:
    """The shape of an input; None where it is left out.

    Raises:
        UnknownShapeError: it is not known.
    """
    tensor = inputs[slot] if slot < len(inputs) else None
    if tensor is None:
        return None
    if tensor.shape is None:
        raise UnknownShapeError(f"the shape of its input {tensor.name!r} is unknown")
    return tensor.shape


def required(inputs: _Inputs, slot: int) -> Shape:
    """The shape of an input that must be there.

    Raises:
        ShapeError: it is left out.
    """
    shape = dims(inputs, slot)
    if shape is None:
        raise ShapeError(f"input {slot} is missing")
    return shape


def head_count(attributes: _Attributes, name: str = "num_heads") -> int:
    """How many heads there are.

    Raises:
        ShapeError: the attribute is missing, or no count.
    """
    count = int(attributes.get(name, 0))
    if count < 1:
        raise ShapeError(f"{name} must be given and positive")
    return count


def parted(width: int, heads: int) -> int:
    """Width of one head.

    Raises:
        ShapeError: it is no whole number.
    """
    if width % heads:
        raise ShapeError(f"{width} features do not divide into {heads} heads")
    return width // heads


# Attention with its projections: which slot holds what.
_PROJECTED: Mapping[str, Mapping[str, int]] = {
    "Attention": {"bias": 2, "mask": 3, "past": 4, "added": 5, "filled": 6},
    "DecoderMaskedSelfAttention": {"bias": 2, "mask": 3, "past": 4, "added": 5, "filled": 6},
    "QAttention": {"bias": 2, "mask": 5, "past": 8, "added": 99, "filled": 99},
}


def _projected(op_type: str, inputs: _Inputs, attributes: _Attributes) -> Heads:
    """Sizes of attention whose projections are part of it."""
    (batch, length, features), weight = required(inputs, 0), required(inputs, 1)
    if len(weight) != 2 or weight[0] != features:
        raise ShapeError(f"a weight of shape {list(weight)} for {features} features")
    heads = head_count(attributes)
    sizes = tuple(attributes.get("qkv_hidden_sizes", ())) or (parted(weight[1], 3),) * 3
    if len(sizes) != 3 or sum(sizes) != weight[1]:
        raise ShapeError(f"hidden sizes {list(sizes)} for a weight of shape {list(weight)}")
    past = dims(inputs, _PROJECTED[op_type]["past"])
    keys = length + (past[3] if past is not None else 0)
    if past is not None and attributes.get("past_present_share_buffer", 0):
        keys = past[3]
    return Heads(batch, heads, length, keys, parted(sizes[0], heads), parted(sizes[2], heads))


@op("Attention", "DecoderMaskedSelfAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={2: Slot.BIAS, 3: _SETTING, 6: _SETTING, 7: _SETTING, 8: _SETTING})  # fmt: skip
def attention(node: Node) -> Work:
    """Self attention with the projections of queries, keys and values.

    macs = N*L*I*(Hq + Hk + Hv) for the projections, and those of the scores; 1 addition per
    projected number for a bias, 3 operations for a rotary embedding of queries and keys.

    Shapes:
        X: (N, L, I)    W: (I, Hq + Hk + Hv)    past: (2, N, h, P, d)    Y: (N, L, Hv)
    """
    slots = _PROJECTED[node.op_type]
    size = _projected(node.op_type, node.inputs, node.attributes)
    rows, (features, width) = prod(node.shape(0)[:2]), node.shape(1)
    each = int(node.input(slots["bias"]) is not None)
    turned = 6 * size.heads * size.width * int(bool(node.attributes.get("do_rotary", 0)))
    projection = Work(rows * features * width, vector_ops=rows * (width * each + turned))
    return projection + scaled_dot_product(size, added=_added(node, slots["mask"], slots["added"]))


@op("QAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={2: Slot.BIAS, 3: _Q, 4: _Q, 5: _SETTING, 6: _Q, 7: _Q})  # fmt: skip
def quantized_attention(node: Node) -> Work:
    """As Attention, with 8-bit projections: 1 multiplication more per projected number."""
    scaled = Work(vector_ops=prod(node.shape(0)[:2]) * node.shape(1)[1])
    return attention(node) + scaled


@shape_of("Attention", "DecoderMaskedSelfAttention", "QAttention", domain=MICROSOFT)
def attention_shape(site: Site) -> Sequence[TensorType]:
    """As many values as queries; keys and values with the cache before them, in one tensor."""
    size = _projected(site.op_type, site.inputs, site.attributes)
    dtype = site.input(2 if site.op_type == "QAttention" else 0).dtype
    present = (2, size.batch, size.heads, size.keys, size.width)
    return [
        TensorType((size.batch, size.queries, size.heads * size.value_width), dtype),
        TensorType(present, dtype),
    ]


# Attention of given queries, keys and values: which slot holds what.
_GIVEN: Mapping[str, Mapping[str, int]] = {
    "MultiHeadAttention": {"bias": 3, "mask": 4, "added": 5, "past": 6, "filled": 8},
    "DecoderMaskedMultiHeadAttention": {"bias": 10, "mask": 3, "added": 4, "past": 5, "filled": 7},
}


def _given(op_type: str, inputs: _Inputs, attributes: _Attributes) -> Heads:
    """Sizes of attention whose queries, keys and values come in, apart or packed together."""
    query, key, value = (dims(inputs, slot) for slot in range(3))
    heads = head_count(attributes)
    if query is None or len(query) not in (3, 5):
        raise ShapeError(f"queries of shape {query}")
    batch, length = query[:2]
    if len(query) == 5:
        keys, width, value_width = length, query[4], query[4]
    elif key is None:
        width = parted(query[2], 3 * heads)
        keys, value_width = length, width
    else:
        width = parted(query[2], heads)
        keys, value_width = _keys_of(key, value, heads, width)
    past = dims(inputs, _GIVEN[op_type]["past"])
    if past is not None and not (key is not None and len(key) == 4):
        filled = dims(inputs, _GIVEN[op_type]["filled"]) is not None
        shared = filled or bool(attributes.get("past_present_share_buffer", 0))
        keys = past[2] if shared else keys + past[2]
    return Heads(batch, heads, length, keys, width, value_width)


def _keys_of(key: Shape, value: Shape | None, heads: int, width: int) -> tuple[int, int]:
    """How many keys there are, and how wide the values of a head.

    Shapes:
        key: (N, S, H), packed (N, S, h, 2, d) or by heads (N, h, S, d)
    """
    if len(key) == 5:
        return key[1], width
    if value is None or len(key) != len(value) or len(key) not in (3, 4):
        raise ShapeError(f"keys of shape {list(key)} with values of shape {value}")
    if len(key) == 4:
        return key[2], value[3]
    if key[1] != value[1] or key[2] != heads * width:
        raise ShapeError(f"keys of shape {list(key)} with values of shape {list(value)}")
    return key[1], parted(value[2], heads)


@op("MultiHeadAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={3: Slot.BIAS, 4: _SETTING, 8: _SETTING, 9: _SETTING})  # fmt: skip
@op("DecoderMaskedMultiHeadAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={3: _SETTING, 7: _SETTING, 8: _SETTING, 9: _SETTING, 10: Slot.BIAS})  # fmt: skip
def multi_head_attention(node: Node) -> Work:
    """Attention of given queries, keys and values; a bias adds 1 operation to each of them.

    Shapes:
        Q: (N, L, H)    K: (N, S, H)    V: (N, S, Hv)    past: (N, h, P, d)    Y: (N, L, Hv)
    """
    slots = _GIVEN[node.op_type]
    size = _given(node.op_type, node.inputs, node.attributes)
    biased = 0
    if node.input(slots["bias"]) is not None:
        biased = sum(prod(dims(node.inputs, slot) or (0,)) for slot in range(3))
    added = _added(node, slots["mask"], slots["added"])
    return scaled_dot_product(size, added=added) + Work(vector_ops=biased)


@shape_of("MultiHeadAttention", "DecoderMaskedMultiHeadAttention", domain=MICROSOFT)
def multi_head_attention_shape(site: Site) -> Sequence[TensorType]:
    """As many values as queries; keys and values with the cache; the scores."""
    size, dtype = _given(site.op_type, site.inputs, site.attributes), site.input(0).dtype
    cache = (size.batch, size.heads, size.keys)
    return [
        TensorType((size.batch, size.queries, size.heads * size.value_width), dtype),
        TensorType((*cache, size.width), dtype),
        TensorType((*cache, size.value_width), dtype),
        TensorType((size.batch, size.heads, size.queries, size.keys), dtype),
    ]


def _apart(inputs: _Inputs, attributes: _Attributes) -> Heads:
    """Sizes of attention whose three projections stand apart, in slots 5, 6 and 7."""
    (batch, length, features), past = required(inputs, 0), dims(inputs, 18)
    weights = [required(inputs, slot) for slot in (5, 6, 7)]
    if any(len(weight) != 2 or weight[0] != features for weight in weights):
        raise ShapeError(f"weights {[list(w) for w in weights]} for {features} features")
    heads = head_count(attributes)
    keys = length + (past[3] if past is not None else 0)
    widths = [parted(weight[1], heads) for weight in weights]
    return Heads(batch, heads, length, keys, widths[0], widths[2])


@op("QOrderedAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={**dict.fromkeys((1, 2, 3, 4, 8, 9, 10, 14, 15, 16), _Q), 17: _SETTING,
           **dict.fromkeys((11, 12, 13), Slot.BIAS)})  # fmt: skip
def quantized_ordered_attention(node: Node) -> Work:
    """8-bit attention with its three projections apart.

    Per projected number 1 multiplication by the scales and 1 addition of a bias.
    """
    size = _apart(node.inputs, node.attributes)
    projected = size.batch * size.queries * sum(node.shape(slot)[1] for slot in (5, 6, 7))
    projection = Work(projected * node.shape(0)[2], vector_ops=2 * projected)
    return projection + scaled_dot_product(size, added=_added(node, 17, 19))


@shape_of("QOrderedAttention", domain=MICROSOFT)
def quantized_ordered_attention_shape(site: Site) -> Sequence[TensorType]:
    """As many values as queries."""
    size = _apart(site.inputs, site.attributes)
    values = (size.batch, size.queries, size.heads * size.value_width)
    return [TensorType(values, site.input(0).dtype)]


def _added(node: Node, *slots: int) -> int:
    """How many masks and biases are added to the scores."""
    causal = int(bool(node.attributes.get("unidirectional", 0)))
    return causal + sum(node.input(slot) is not None for slot in slots)
