"""EfficientFormer: pooling blocks on images, attention blocks on sequences at the end.

Source: Li et al. 2022, arXiv 2206.01191, Section 4.1 and Figure 3; Graham et al. 2021, arXiv
2104.01136, Section 4 (attention with a bias a head and distance).
"""

from __future__ import annotations

from itertools import product

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import attend, join_heads, layer_scale, two_layers
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("efficientformer_stem")
def efficientformer_stem(net: Net, x: Value, *, out: int, act: str = "relu") -> Value:
    """Two 3x3 convolutions of stride 2."""
    y = net.conv(x, "conv1", out // 2, 3, stride=2, bias=True, bn=True, act=act)
    return net.conv(y, "conv2", out, 3, stride=2, bias=True, bn=True, act=act)


@block("efficientformer_pool")
def efficientformer_pool(net: Net, x: Value, *, expand: int = 4) -> Value:
    """Average pooling less its input, then two 1x1 convolutions."""
    pooled = net.avg_pool(x, "pool", 3, pad=1, count_pad=False)
    y = net.binary("Sub", pooled, x, "difference")
    x = net.add(x, layer_scale(net, y, "pool_scale"), "add_pool")
    with net.scope("mlp"):
        y = net.conv(x, "expand", x.channels * expand, bias=True, bn=True, act="gelu")
        y = net.conv(y, "project", x.channels, bias=True, bn=True)
        return net.add(x, layer_scale(net, y))


@block("tokens")
def tokens(net: Net, x: Value) -> Value:
    """An image (N, C, H, W) as a sequence (N, H * W, C)."""
    return net.tokens(x, "")


@block("efficientformer_attention")
def efficientformer_attention(
    net: Net,
    x: Value,
    *,
    size: list[int],
    heads: int = 8,
    key: int = 32,
    ratio: int = 4,
    expand: int = 4,
) -> Value:
    """Attention with a bias a distance, then two fully connected layers.

    Args:
        net: the network.
        x: (N, H * W, C).
        size: H and W.
        heads: of the attention.
        key: channels of a query or key in one head.
        ratio: channels of a value in those of a key.
        expand: channels between the fully connected layers, in those of x.
    """
    with net.scope("attention"):
        y = net.linear(net.layer_norm(x, "norm"), "qkv", heads * key * (2 + ratio))
        y = net.reshape(y, [*x.shape[:2], heads, -1], "split_heads")
        y = net.transpose(y, [0, 2, 1, 3], "heads_first")
        q, k, v = net.split(y, [key, key, ratio * key], axis=-1)
        y = attend(net, q, k, v, shift=distance_bias(net, heads, size))
        y = net.linear(join_heads(net, y), "project", x.shape[-1])
        x = net.add(x, layer_scale(net, y, axis=-1))
    with net.scope("mlp"):
        y = two_layers(net, net.layer_norm(x, "norm"), x.shape[-1] * expand)
        return net.add(x, layer_scale(net, y, axis=-1))


@block("efficientformer_head")
def efficientformer_head(net: Net, x: Value, *, classes: int) -> Value:
    """Layer norm, mean, and the mean of a classifier and a distilled one."""
    return two_classifiers(net, net.mean(net.layer_norm(x, "norm"), [1], keep=False), classes)


def two_classifiers(net: Net, x: Value, classes: int) -> Value:
    """The mean of two fully connected layers: one learns from labels, one from a teacher."""
    both = net.add(net.fc(x, "labels", classes), net.fc(x, "teacher", classes))
    return net.times(both, 0.5, "half")


def distance_bias(net: Net, heads: int, size: list[int], step: int = 1) -> Value:
    """A learned bias for each head and distance between two positions.

    Args:
        net: the network.
        heads: their number.
        size: of the image that keys lie on.
        step: between the positions of queries, in those of keys.

    Returns:
        (heads, queries, keys), gathered from a table with a column a distance.
    """
    height, width = size
    keys = list(product(range(height), range(width)))
    queries = list(product(range(0, height, step), range(0, width, step)))
    index = [abs(y - v) * width + abs(x - u) for y, x in queries for v, u in keys]
    at = net.constant(index, [len(queries), len(keys)], "int64")
    table = net.weight("bias_table.weight", [heads, height * width], like="bias")
    shape = (heads, len(queries), len(keys))
    return net.emit("Gather", [table, at], "bias", shape, axis=1)
