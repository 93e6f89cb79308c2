"""onnxruntime's own position embeddings, and attention that keeps a state instead of a cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, Site, Slot, UnknownShapeError, op, shape_of
from costscope.ops.contrib_attention import head_count, parted
from costscope.ops.contrib_elementwise import same_shape
from costscope.work import KernelKind, Work

_ELEMENTWISE = KernelKind.ELEMENTWISE


def _rotated(node: Node) -> int:
    """Numbers that a rotary embedding turns: all, or the first of each head."""
    width, shape = int(node.attributes.get("rotary_embedding_dim", 0)), node.shape(0)
    if not width or len(shape) not in (3, 4):
        return prod(shape)
    heads = shape[1] if len(shape) == 4 else int(node.attributes.get("num_heads", 0))
    tokens = shape[0] * (shape[2] if len(shape) == 4 else shape[1])
    return min(prod(shape), tokens * heads * width)


def _turns_read(node: Node) -> Mapping[int, int]:
    """One row of cosines and sines a token, however many heads share it; at most all."""
    shape = node.shape(0)
    tokens = shape[0] * (shape[2] if len(shape) == 4 else shape[1])
    return {slot: min(prod(node.shape(slot)), tokens * node.shape(slot)[-1]) for slot in (2, 3)}


@op("RotaryEmbedding", "MRotaryEmbedding", kind=_ELEMENTWISE, domain=MICROSOFT,
    slots={1: Slot.SETTING}, reads=_turns_read)  # fmt: skip
def rotary_embedding(node: Node) -> Work:
    """Pairs of numbers turned by an angle: 2 products and 1 addition for each number."""
    return Work(vector_ops=3 * _rotated(node))


@op("GemmaRotaryEmbedding", kind=_ELEMENTWISE, domain=MICROSOFT)
def gemma_rotary_embedding(node: Node) -> Work:
    """A sine and a cosine of each angle; 2 products and 1 addition for each number.

    Shapes:
        angles: (N, L, d)    q, k and their halves turned: (N, h, L, d)
    """
    turned = prod(node.shape(1)) + prod(node.shape(3))
    return Work(vector_ops=3 * turned, special_ops=2 * prod(node.shape(0)))


@op("RelativePositionBias", kind=KernelKind.GATHER, domain=MICROSOFT,
    slots={1: Slot.SETTING, 2: Slot.SETTING})  # fmt: skip
def relative_position_bias(node: Node) -> Work:
    """A bucket for each distance, and its entry of a table for each head.

    Per pair of positions 6 operations and 1 logarithm (T5's buckets).
    """
    pairs = prod(node.output.dims[2:])
    return Work(vector_ops=6 * pairs, special_ops=pairs)


@op("GatedRelativePositionBias", kind=_ELEMENTWISE, domain=MICROSOFT,
    slots={1: Slot.BIAS, 4: Slot.BIAS, 6: Slot.SETTING})  # fmt: skip
def gated_relative_position_bias(node: Node) -> Work:
    """Position biases times a gate of each query and head.

    macs = N*L*h*d*D for the gate's linear layer; d additions of a bias per query and head,
    then D of a bias, D to sum its halves up, and 2 sigmoids with 4 operations; 1 product
    for each bias.

    Shapes:
        query: (N, L, h*d)    rel_pos: (1, h, L, L)    weight: (d, D)    Y: (N, h, L, L)
    """
    (width, gates), rows = node.shape(3), prod(node.output.dims[:3])
    vector = rows * (width + 2 * gates + 6 + 4) + node.output.elements
    return Work(rows * width * gates, vector_ops=vector, special_ops=2 * rows)


class _State(NamedTuple):
    """Sizes of attention by a state of width x value_width numbers a head."""

    tokens: int
    query_heads: int
    heads: int
    width: int
    value_width: int


def _recurrence(size: _State, rule: str, decays: int) -> Work:
    """Work of one pass over the tokens; see `linear_attention`."""
    delta, gated = "delta" in rule, "gated" in rule
    area = size.width * size.value_width
    touched = size.heads * (1 + delta) + max(size.query_heads, size.heads)
    each = size.heads * (2 * size.value_width * delta + area * gated)
    return Work(
        size.tokens * touched * area,
        vector_ops=size.tokens * each,
        special_ops=decays if gated else 0,
    )


@op("LinearAttention", kind=KernelKind.ATTENTION, domain=MICROSOFT)
def linear_attention(node: Node) -> Work:
    """Attention by a state of d x dv numbers per head, one token after the other.

    Per token and head d*dv macs write the state, and d*dv for each head that puts a value
    out; the delta rules read it once more, with 2 operations per value. A gate decays the
    state: d*dv products, and an exp per number of the decay.

    Shapes:
        Q: (N, T, hq*d)    K: (N, T, h*d)    V: (N, T, h*dv)    state: (N, h, d, dv)
    """
    decay = node.input(4)
    rule = str(node.attributes.get("update_rule", "gated_delta"))
    size = _linear(node.attributes, node.shape(0), node.shape(2))
    return _recurrence(size, rule, decay.elements if decay is not None else 0)


@op("GatedDeltaNet", kind=KernelKind.ATTENTION, domain=MICROSOFT,
    slots={**dict.fromkeys((3, 9, 10), Slot.SETTING), 8: Slot.BIAS})  # fmt: skip
def gated_delta_net(node: Node) -> Work:
    """As LinearAttention, for packed tokens; without what prepares its gates.

    Shapes:
        Q, K: (tokens, h, d)    V: (tokens, hv, dv)    Y: (tokens, max(h, hv), dv)
    """
    decay, value, query = node.input(4), node.shape(2), node.shape(0)
    rule = str(node.attributes.get("update_rule", "gated_delta"))
    size = _State(prod(query[:-2]), query[-2], value[-2], query[-1], value[-1])
    return _recurrence(size, rule, decay.elements if decay is not None else 0)


def _linear(attributes: Mapping[str, object], query: Shape, value: Shape) -> _State:
    if len(query) != 3 or len(value) != 3:
        raise ShapeError(f"queries {list(query)} and values {list(value)} need three axes")
    count, heads = head_count(attributes, "q_num_heads"), head_count(attributes, "kv_num_heads")
    width, value_width = parted(query[2], count), parted(value[2], heads)
    return _State(query[0] * query[1], count, heads, width, value_width)


@shape_of("RotaryEmbedding", "MRotaryEmbedding", domain=MICROSOFT)
def rotary_embedding_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape."""
    if len(site.shape(0)) not in (3, 4):
        raise ShapeError(f"an input of rank {len(site.shape(0))}; it must have 3 or 4 axes")
    widths = [int(site.attributes.get(n, 0)) for n in ("num_heads", "rotary_embedding_dim")]
    if len(site.shape(2)) != 2 or site.shape(3) != site.shape(2) or min(widths) < 0:
        raise ShapeError(f"cosines {list(site.shape(2))} and sines {list(site.shape(3))}")
    return same_shape(site)


@shape_of("GemmaRotaryEmbedding", domain=MICROSOFT)
def gemma_rotary_embedding_shape(site: Site) -> Sequence[TensorType]:
    """The shapes of queries and keys."""
    site.shape(0)
    return [TensorType(site.shape(slot), site.input(slot).dtype) for slot in (1, 3)]


@shape_of("RelativePositionBias", domain=MICROSOFT)
def relative_position_bias_shape(site: Site) -> Sequence[TensorType]:
    """A bias for each head, query and key.

    Raises:
        UnknownShapeError: a length is computed from data.
    """
    queries, keys = site.ints(1), site.ints(2)
    if not queries or not keys:
        raise ShapeError("its lengths are missing")
    table = site.shape(0)
    return [TensorType((1, table[1], queries[0], keys[0]), site.input(0).dtype)]


@shape_of("GatedRelativePositionBias", domain=MICROSOFT)
def gated_relative_position_bias_shape(site: Site) -> Sequence[TensorType]:
    """A bias for each sample, head, query and key; packed tokens name their places."""
    batch = site.shape(6)[0] if site.has(6) else site.shape(0)[0]
    biases, weight = site.shape(2), site.shape(3)
    if len(biases) != 4 or len(weight) != 2:
        raise ShapeError(f"biases {list(biases)} with a weight of shape {list(weight)}")
    return [TensorType((batch, *biases[1:]), site.input(0).dtype)]


@shape_of("LinearAttention", domain=MICROSOFT)
def linear_attention_shape(site: Site) -> Sequence[TensorType]:
    """The values that come out, and the state; several of them if a window is kept."""
    query, value, dtype = site.shape(0), site.shape(2), site.input(0).dtype
    size = _linear(site.attributes, query, value)
    state: Shape = (query[0], size.heads, size.width, size.value_width)
    window = int(site.attributes.get("state_window", 0))
    kept = site.input(3).dtype if site.has(3) else dtype
    out = (*query[:2], max(size.query_heads, size.heads) * size.value_width)
    return [TensorType(out, dtype), TensorType((window, *state) if window else state, kept)]


@shape_of("GatedDeltaNet", domain=MICROSOFT)
def gated_delta_net_shape(site: Site) -> Sequence[TensorType]:
    """The values that come out, and the state of each sequence.

    Raises:
        UnknownShapeError: queries, keys and values are packed into one tensor, or there is
            no state to tell how many sequences there are.
    """
    if not site.has(1) or not site.has(2) or not site.has(6):
        raise UnknownShapeError("its keys, values and state are not given apart")
    query, value, state = site.shape(0), site.shape(2), site.shape(6)
    heads = max(query[-2], value[-2])
    kept = int(site.attributes.get("state_update_capacity", 0))
    updates = kept * (value[-2] + query[-2] * query[-1] + value[-2] * value[-1])
    held = site.input(6).dtype
    return [
        TensorType((*query[:-2], heads, value[-1]), site.input(0).dtype),
        TensorType(state, held),
        TensorType((state[0], updates), held),
    ]
