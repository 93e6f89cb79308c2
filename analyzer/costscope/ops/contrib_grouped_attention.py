"""onnxruntime's attention where several query heads share keys, or sequences are packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from costscope.errors import ShapeError
from costscope.graph.types import Node, Tensor, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_attention import (
    Heads,
    dims,
    head_count,
    parted,
    required,
    scaled_dot_product,
)
from costscope.work import KernelKind, Work

_ATTENTION = KernelKind.ATTENTION
_Q = Slot.QUANTIZATION
_SETTING = Slot.SETTING

# Slot of the scalar that says how many keys there are, the cache's included.
_TOTAL = {"GroupQueryAttention": 6, "SparseAttention": 7}


def _grouped(op_type: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]) -> Heads:
    """Sizes of attention whose queries may stand alone or be packed with keys and values.

    The number of keys is the total length where it is known; else the new keys are added
    to the cache, which SparseAttention gives at its full length.
    """
    query, key = required(inputs, 0), dims(inputs, 1)
    heads, shared = head_count(attributes), head_count(attributes, "kv_num_heads")
    if len(query) != 3 or heads % shared:
        raise ShapeError(f"queries of shape {list(query)} for {heads} heads, {shared} of keys")
    width = parted(query[2], heads if key is not None else heads + 2 * shared)
    new = query[1] if key is None else key[1]
    past, tensor = dims(inputs, 3), inputs[_TOTAL[op_type]]
    cached = past[2] if past is not None else 0
    total = None if tensor is None or not tensor.value else int(tensor.value[0])
    if total is None:
        keys = cached if op_type == "SparseAttention" else cached + new
    else:
        keys = max(total, 0)
    return Heads(query[0], heads, query[1], keys, width, width)


def _capped(attributes: Mapping[str, Any]) -> bool:
    """Whether scores pass through a soft cap."""
    return float(attributes.get("softcap", 0.0)) != 0.0


@op("GroupQueryAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={**dict.fromkeys((5, 6, 9), _SETTING), 12: _Q, 13: _Q})  # fmt: skip
@op("SparseAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots=dict.fromkeys((5, 6, 7, 8), _SETTING))  # fmt: skip
def grouped_attention(node: Node) -> Work:
    """Attention whose query heads share the keys and values of fewer heads.

    macs = N * h * L * S * 2*d whatever is shared; a causal mask or a bias adds 1 operation
    a score, a soft cap 2 and a tanh; a rotary embedding 3 for each number of queries and
    new keys; a normalization of them 4, with 3 and a square root a head.

    Shapes:
        Q: (N, L, h*d), or packed (N, L, (h + 2*hkv)*d)    K, V: (N, L, hkv*d)
        past: (N, hkv, P, d)    Y: (N, L, h*d)
    """
    size = _grouped(node.op_type, node.inputs, node.attributes)
    gqa = node.op_type == "GroupQueryAttention"
    biased = gqa and node.input(10) is not None
    causal = bool(node.attributes.get("causal", 1))
    capped = _capped(node.attributes)
    rows = size.batch * size.queries * (size.heads + int(node.attributes["kv_num_heads"]))
    turned = 3 * int(bool(node.attributes.get("do_rotary", 0)))
    normed = gqa and node.input(14) is not None
    per_head = (turned + 4 * normed) * size.width + 3 * normed
    return scaled_dot_product(size, added=biased + causal, capped=capped) + Work(
        vector_ops=rows * per_head, special_ops=rows * normed
    )


@shape_of("GroupQueryAttention", "SparseAttention", domain=MICROSOFT)
def grouped_attention_shape(site: Site) -> Sequence[TensorType]:
    """As many values as queries; keys and values with the cache before them; the scores."""
    size = _grouped(site.op_type, site.inputs, site.attributes)
    _capped(site.attributes)
    if site.op_type == "SparseAttention":
        site.assume("SparseAttention is counted as if no block were left out, an upper bound")
    if site.value(_TOTAL[site.op_type]) is None:
        site.assume(f"{site.op_type} attends to its whole cache: its total length depends on data")
    dtype, past = site.input(0).dtype, site.inputs[3]
    shared, held = head_count(site.attributes, "kv_num_heads"), dtype
    length, width = size.keys, size.width
    if past is not None and past.shape is not None:
        held, length, width = past.dtype, max(past.shape[2], length), past.shape[3]
    cache = TensorType((size.batch, shared, length, width), held)
    scores = (size.batch, size.heads, size.queries, size.keys)
    output = TensorType((size.batch, size.queries, size.heads * size.width), dtype)
    return [output, cache, cache, TensorType(scores, dtype)]


def _paged(inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]) -> Heads:
    """Sizes of attention over pages: every token sees all pages of its sequence."""
    query, key = required(inputs, 0), dims(inputs, 1)
    heads, shared = head_count(attributes), head_count(attributes, "kv_num_heads")
    pages, table = required(inputs, 3), required(inputs, 7)
    if len(query) != 2 or len(pages) != 4 or len(table) != 2:
        raise ShapeError(f"queries {list(query)}, pages {list(pages)}, tables {list(table)}")
    width = parted(query[1], heads if key is not None else heads + 2 * shared)
    value_width = int(attributes.get("v_head_size", 0)) or width
    return Heads(1, heads, query[0], table[1] * pages[1], width, value_width)


@op("PagedAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={**dict.fromkeys((5, 6, 7, 10, 16), _SETTING), 14: _Q, 15: _Q})  # fmt: skip
def paged_attention(node: Node) -> Work:
    """Attention of packed tokens over a cache in pages, as GroupQueryAttention.

    Shapes:
        Q: (tokens, h*d)    cache: (pages, page, hkv, d)    table: (N, pages of a sequence)
    """
    size = _paged(node.inputs, node.attributes)
    capped = _capped(node.attributes)
    causal = int(bool(node.attributes.get("is_causal", 1)))
    rows = size.queries * (size.heads + int(node.attributes["kv_num_heads"]))
    turned = 3 * rows * size.width * int(bool(node.attributes.get("do_rotary", 0)))
    return scaled_dot_product(size, added=causal, capped=capped) + Work(vector_ops=turned)


@shape_of("PagedAttention", domain=MICROSOFT)
def paged_attention_shape(site: Site) -> Sequence[TensorType]:
    """A value per token and head; the pages as they were."""
    size = _paged(site.inputs, site.attributes)
    _capped(site.attributes)
    site.assume("PagedAttention attends to every page of its tables, an upper bound")
    output = (size.queries, size.heads * size.value_width)
    caches = [
        TensorType(tensor.shape, tensor.dtype) for tensor in site.inputs[3:5] if tensor is not None
    ]
    return [TensorType(output, site.input(0).dtype), *caches]


def _packed(op_type: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]) -> Heads:
    """Sizes of attention among packed tokens: each sees at most the longest sequence."""
    query, heads = required(inputs, 0), head_count(attributes)
    places = required(inputs, 3 if op_type == "PackedAttention" else 4)
    if len(places) != 2 or len(query) not in (2, 4):
        raise ShapeError(f"tokens {list(query)} in places {list(places)}")
    if op_type == "PackedAttention":
        weight = required(inputs, 1)
        if len(weight) != 2 or weight[0] != query[-1]:
            raise ShapeError(f"a weight of shape {list(weight)} for tokens {list(query)}")
        sizes = tuple(attributes.get("qkv_hidden_sizes", ())) or (parted(weight[1], 3),) * 3
        widths = parted(sizes[0], heads), parted(sizes[2], heads)
    elif len(query) == 4:
        widths = query[3], query[3]
    else:
        widths = parted(query[1], heads), parted(required(inputs, 2)[1], heads)
    return Heads(1, heads, query[0], places[1], *widths)


@op("PackedAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={2: Slot.BIAS, 3: _SETTING, 4: _SETTING})  # fmt: skip
@op("PackedMultiHeadAttention", kind=_ATTENTION, domain=MICROSOFT,
    slots={3: Slot.BIAS, 4: _SETTING, 5: _SETTING})  # fmt: skip
def packed_attention(node: Node) -> Work:
    """Attention among tokens without padding; PackedAttention projects them before.

    macs = tokens * h * L * (d + dv) for the longest sequence L, and tokens * I * (Hq + Hk +
    Hv) for the projections; 1 addition per projected number for a bias.

    Shapes:
        X: (tokens, I)    Q, K, V: (tokens, H)    places: (N, L)    Y: (tokens, Hv)
    """
    projects = node.op_type == "PackedAttention"
    size = _packed(node.op_type, node.inputs, node.attributes)
    added = int(node.input(5 if projects else 6) is not None)
    work = scaled_dot_product(size, added=added)
    bias = node.input(2 if projects else 3)
    projected = prod(bias.dims) * size.queries if bias is not None else 0
    if projects:
        features, width = node.shape(1)
        work += Work(macs=size.queries * features * width)
    return work + Work(vector_ops=projected)


@shape_of("PackedAttention", "PackedMultiHeadAttention", domain=MICROSOFT)
def packed_attention_shape(site: Site) -> Sequence[TensorType]:
    """A value per token and head."""
    size = _packed(site.op_type, site.inputs, site.attributes)
    site.assume(f"{site.op_type} takes all sequences as long as the longest, an upper bound")
    return [TensorType((size.queries, size.heads * size.value_width), site.input(0).dtype)]
