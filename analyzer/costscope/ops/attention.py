"""Attention as one operator, in its kinds, and rotary position embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_PREVIEW = "ai.onnx.preview"
_ATTENTION = KernelKind.ATTENTION


class _Heads(NamedTuple):
    """Sizes of scaled dot-product attention."""

    batch: int
    query_heads: int
    kv_heads: int
    queries: int
    keys: int  # with those of the cache
    width: int
    value_width: int


def _heads(
    attributes: Mapping[str, Any], query: Shape, key: Shape, value: Shape, past: Shape | None
) -> _Heads:
    """Sizes from the shapes of Q, K and V, packed (3-D) or by heads (4-D).

    Raises:
        ShapeError: they do not fit together.
    """
    misfit = ShapeError(
        f"Q {list(query)}, K {list(key)} and V {list(value)} do not fit together as heads"
    )
    if not len(query) == len(key) == len(value) or len(query) not in (3, 4):
        raise misfit
    if len(query) == 3:
        count = int(attributes.get("q_num_heads", 0))
        kv_count = int(attributes.get("kv_num_heads", 0))
        if count < 1 or kv_count < 1:
            raise ShapeError("with packed heads q_num_heads and kv_num_heads must be given")
        query, key, value = (
            _unpacked(shape, heads)
            for shape, heads in ((query, count), (key, kv_count), (value, kv_count))
        )
    batch, count, length, width = query
    keys = key[2] + (past[2] if past is not None and len(past) == 4 else 0)
    fits = key[0] == value[0] == batch and key[1:3] == value[1:3] and key[3] == width
    if not fits or key[1] < 1 or count % key[1]:
        raise misfit
    return _Heads(batch, count, key[1], length, keys, width, value[3])


def _unpacked(shape: Shape, heads: int) -> Shape:
    if shape[2] % heads:
        raise ShapeError(f"{shape[2]} features do not divide into {heads} heads")
    return shape[0], heads, shape[1], shape[2] // heads


def _scaled_dot_product(size: _Heads, *, mask: bool, cap: bool) -> Work:
    """Work of softmax(scale * Q K') V; see `attention`."""
    scores = size.batch * size.query_heads * size.queries * size.keys
    return Work(
        macs=scores * (size.width + size.value_width),
        vector_ops=scores * (5 + mask + 2 * cap),
        special_ops=scores * (1 + cap),
    )


@op("Attention", kind=_ATTENTION, slots={6: Slot.SETTING})
def attention(node: Node) -> Work:
    """Scaled dot-product attention, dense convention: masked positions count.

    There are batch * query heads * queries * keys scores. macs = scores * (d + dv). Per
    score: 1 product to scale and the 4 operations and 1 exp of softmax; 1 addition of a
    mask (given, or causal); 2 operations and 1 tanh of a soft cap.

    Shapes:
        Q: (N, Hq, L, d)    K: (N, Hkv, S, d)    V: (N, Hkv, S, dv), or packed
        (N, L, Hq*d) and so on    Y: (N, Hq, L, dv)    keys = S + those of the cache
    """
    past = node.input(4)
    size = _heads(
        node.attributes,
        node.shape(0),
        node.shape(1),
        node.shape(2),
        None if past is None else past.shape,
    )
    mask = node.input(3) is not None or bool(node.attributes.get("is_causal", 0))
    cap = node.attributes.get("softcap", 0.0) != 0.0
    return _scaled_dot_product(size, mask=mask, cap=cap)


@op("FlexAttention", kind=_ATTENTION, domain=_PREVIEW)
def flex_attention(node: Node) -> Work:
    """Scaled dot-product attention, without what its modifier graphs compute."""
    size = _heads(node.attributes, node.shape(0), node.shape(1), node.shape(2), None)
    return _scaled_dot_product(size, mask=False, cap=False)


@op("LinearAttention", kind=_ATTENTION)
def linear_attention(node: Node) -> Work:
    """Attention by a state of d x dv numbers per head, one token after the other.

    Per token and key head d*dv macs write the state, and per query head d*dv read it; the
    delta rules read it once more per key head, with 2 operations per value. A gate decays
    the state: d*dv products, and an exp per number of the decay.

    Shapes:
        Q: (N, T, Hq*d)    K: (N, T, Hkv*d)    V: (N, T, Hkv*dv)    state: (N, Hkv, d, dv)
    """
    size = _heads(node.attributes, node.shape(0), node.shape(1), node.shape(2), None)
    rule = str(node.attributes.get("update_rule", "gated_delta"))
    delta, gated = "delta" in rule, "gated" in rule
    tokens = size.batch * size.queries
    area = size.width * size.value_width
    reads = size.kv_heads * (1 + delta) + size.query_heads
    vector = tokens * size.kv_heads * (2 * size.value_width * delta + area * gated)
    decay = node.input(4)
    exps = decay.elements if gated and decay is not None else 0
    return Work(tokens * reads * area, vector, exps)


def _rotated(attributes: Mapping[str, Any], shape: Shape) -> int:
    """Numbers that a rotary embedding turns: all, or the first of each head.

    Raises:
        ShapeError: its heads do not fit the shape, or have fewer numbers than are turned.
    """
    if len(shape) not in (3, 4):
        raise ShapeError(f"an input of rank {len(shape)}; it must have 3 or 4 axes")
    heads = shape[1] if len(shape) == 4 else int(attributes.get("num_heads", 0))
    if len(shape) == 3 and (heads < 1 or shape[2] % heads):
        raise ShapeError(f"{shape[2]} features do not divide into {heads} heads")
    width = shape[3] if len(shape) == 4 else shape[2] // heads
    turned = int(attributes.get("rotary_embedding_dim", 0)) or width
    if not 0 < turned <= width:
        raise ShapeError(f"{turned} numbers cannot be turned in heads of {width}")
    return _tokens(shape) * heads * turned


def _tokens(shape: Shape) -> int:
    """Positions of all samples: heads stand before the positions, or inside the features."""
    return shape[0] * shape[-2]


def _cache_reads(node: Node) -> Mapping[int, int]:
    """One row of cosines and sines per token, however many heads share it."""
    tokens = _tokens(node.shape(0))
    return {slot: tokens * node.shape(slot)[-1] for slot in (1, 2)}


@op("RotaryEmbedding", kind=KernelKind.ELEMENTWISE, slots={3: Slot.SETTING}, reads=_cache_reads)
def rotary_embedding(node: Node) -> Work:
    """Pairs of numbers turned by an angle: 2 products and 1 addition for each number."""
    return Work(vector_ops=3 * _rotated(node.attributes, node.shape(0)))


@shape_of("Attention")
def attention_shape(site: Site) -> Sequence[TensorType]:
    """Y in the form of Q; keys and values with the cache before them; the scores."""
    past = site.shape(4) if site.has(4) else None
    query, dtype = site.shape(0), site.input(0).dtype
    size = _heads(site.attributes, query, site.shape(1), site.shape(2), past)
    if site.has(6):
        site.assume("Attention uses its whole cache: nonpad_kv_seqlen depends on data")
    value = site.input(2).dtype
    cache = (size.batch, size.kv_heads, size.keys)
    types = [
        TensorType(_attended(size, query), dtype),
        TensorType((*cache, size.width), dtype),
        TensorType((*cache, size.value_width), value),
        TensorType((size.batch, size.query_heads, size.queries, size.keys), dtype),
    ]
    return types[: len(site.outputs)]


@shape_of("FlexAttention", domain=_PREVIEW)
def flex_attention_shape(site: Site) -> Sequence[TensorType]:
    """Y in the form of Q."""
    query = site.shape(0)
    size = _heads(site.attributes, query, site.shape(1), site.shape(2), None)
    site.assume("modifier graphs of FlexAttention, where there are any, are not counted")
    return [TensorType(_attended(size, query), site.input(0).dtype)]


def _attended(size: _Heads, query: Shape) -> Shape:
    if len(query) == 4:
        return (size.batch, size.query_heads, size.queries, size.value_width)
    return (size.batch, size.queries, size.query_heads * size.value_width)


@shape_of("LinearAttention")
def linear_attention_shape(site: Site) -> Sequence[TensorType]:
    """Y packed as Q, and the state."""
    query = site.shape(0)
    size = _heads(site.attributes, query, site.shape(1), site.shape(2), None)
    dtype = site.input(0).dtype
    state_dtype = site.input(3).dtype if site.has(3) else dtype
    state = (size.batch, size.kv_heads, size.width, size.value_width)
    types = [TensorType(_attended(size, query), dtype), TensorType(state, state_dtype)]
    return types[: len(site.outputs)]


@shape_of("RotaryEmbedding")
def rotary_embedding_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape: heads packed (3-D) or apart (4-D)."""
    shape = site.shape(0)
    _rotated(site.attributes, shape)
    if not site.shape(1) or not site.shape(2):
        raise ShapeError("its cosines and sines must be rows of a table, not single numbers")
    return [TensorType(shape, site.input(0).dtype)]
