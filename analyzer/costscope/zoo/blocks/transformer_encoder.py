"""Transformer encoder layers on sequences (N, L, C).

Source: Vaswani et al. 2017, arXiv 1706.03762, Section 3 (norm behind each sublayer); Xiong et
al. 2020, arXiv 2002.04745, Section 3.3 (norm in front of it).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_MASKED = -100.0


@block("transformer_embedding")
def transformer_embedding(net: Net, x: Value, *, vocabulary: int, dim: int) -> Value:
    """Token numbers (N, L) to rows of a table, plus learned positions."""
    table = net.weight("table.weight", [vocabulary, dim])
    y = net.emit("Gather", [table, x], "gather", (*x.shape, dim), axis=0)
    return net.shifted(y, (1, *y.shape[1:]), "position")


@block("transformer_layer")
def transformer_layer(
    net: Net,
    x: Value,
    *,
    heads: int,
    hidden: int,
    norm_first: bool = True,
    act: str = "gelu",
    qkv_bias: bool = True,
) -> Value:
    """Self-attention and two fully connected layers, each with a shortcut and a layer norm.

    Args:
        net: the network.
        x: (N, L, C).
        heads: of the attention.
        hidden: channels between the two fully connected layers.
        norm_first: whether layer norm comes before each sublayer, not behind its shortcut.
        act: activation between the two fully connected layers.
        qkv_bias: whether queries, keys and values have a bias.
    """
    y = net.layer_norm(x, "norm1") if norm_first else x
    with net.scope("attention"):
        y = self_attention(net, y, heads, bias=qkv_bias)
    x = net.add(x, y, "add1")
    x = x if norm_first else net.layer_norm(x, "norm1")
    y = net.layer_norm(x, "norm2") if norm_first else x
    with net.scope("mlp"):
        y = two_layers(net, y, hidden, act=act)
    x = net.add(x, y, "add2")
    return x if norm_first else net.layer_norm(x, "norm2")


@block("transformer_head")
def transformer_head(net: Net, x: Value, *, classes: int, norm: bool = False) -> Value:
    """Mean over the sequence and a fully connected layer."""
    x = net.layer_norm(x, "norm") if norm else x
    return net.fc(net.mean(x, [1], keep=False), "", classes)


def two_layers(net: Net, x: Value, hidden: int, *, act: str = "gelu") -> Value:
    """The feed-forward sublayer: to `hidden` channels and back."""
    y = net.linear(x, "expand", hidden, act=act)
    return net.linear(y, "project", x.shape[-1])


def self_attention(
    net: Net,
    x: Value,
    heads: int,
    *,
    bias: bool = True,
    shift: Value | None = None,
    mask: Value | None = None,
) -> Value:
    """Softmax attention of a sequence to itself; queries, keys and values by one product.

    Args:
        net: the network.
        x: (N, L, C).
        heads: their number; it divides C.
        bias: whether queries, keys and values have a bias.
        shift: added to the scores, (heads, L, L).
        mask: (windows, 1, L, L), true where a key is seen; x holds sequences of as many
            windows one after another.
    """
    size = x.shape[-1] // heads
    merged = net.linear(x, "qkv", 3 * x.shape[-1], bias=bias)
    apart = net.reshape(merged, [*x.shape[:2], 3, heads, size], "split_heads")
    apart = net.transpose(apart, [2, 0, 3, 1, 4], "heads_first")
    q, k, v = (
        net.reshape(part, part.shape[1:], name)
        for part, name in zip(net.split(apart, [1, 1, 1], axis=0), "qkv", strict=True)
    )
    y = attend(net, q, k, v, shift=shift, mask=mask)
    return net.linear(join_heads(net, y), "project", x.shape[-1])


def attend(
    net: Net,
    q: Value,
    k: Value,
    v: Value,
    *,
    shift: Value | None = None,
    mask: Value | None = None,
) -> Value:
    """softmax(q k^T / sqrt(d) + shift) v with some scores masked; all are (N, heads, L, d)."""
    turned = net.transpose(k, [0, 1, 3, 2], "turned_k")
    scores = net.matmul(net.times(q, q.shape[-1] ** -0.5, "scaled_q"), turned, "scores")
    if shift is not None:
        scores = net.add(scores, shift, "shifted")
    if mask is not None:
        by_window = net.reshape(scores, [-1, mask.shape[0], *scores.shape[1:]], "by_window")
        masked = net.emit(
            "Where", [mask, by_window, net.constant([_MASKED], [])], "masked", by_window.shape
        )
        scores = net.reshape(masked, scores.shape, "all_windows")
    return net.matmul(net.softmax(scores), v, "mix")


def join_heads(net: Net, x: Value) -> Value:
    """(N, heads, L, d) to (N, L, heads * d)."""
    turned = net.transpose(x, [0, 2, 1, 3], "heads_last")
    return net.reshape(turned, [*turned.shape[:2], -1], "join_heads")


def split_heads(net: Net, x: Value, heads: int, name: str) -> Value:
    """(N, L, heads * d) to (N, heads, L, d)."""
    with net.scope(name):
        apart = net.reshape(x, [*x.shape[:2], heads, x.shape[-1] // heads], "split_heads")
        return net.transpose(apart, [0, 2, 1, 3], "heads_first")


def layer_scale(net: Net, x: Value, name: str = "scale", *, axis: int = 1) -> Value:
    """X times one learned factor a channel, which begins near zero.

    Source: Touvron et al. 2021, arXiv 2103.17239, Section 2.
    """
    shape = [1] * (len(x.shape) - axis % len(x.shape))
    shape[0] = x.shape[axis]
    # Random factors around zero rather than one: a deep sum of blocks stays in range.
    return net.emit("Mul", [x, net.weight(f"{name}.weight", shape, like="bias")], name, x.shape)
