"""Transformer parts: attention over all positions or over windows, and their layers."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.blocks.swin import swin_stage
from costscope.zoo.blocks.transformer_encoder import transformer_layer
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_MOST_POSITIONS = 800
_HEAD_SIZES = (16, 24, 32, 32, 48, 64, 64)


@step("transformer", weight=0.9)
def transformer(net: Net, x: Value, draw: Draw) -> Value:
    """One or two transformer layers over the positions of the image."""
    if x.spatial[0] * x.spatial[1] > _MOST_POSITIONS:
        return gated_mlp(net, x, draw)
    size = draw.one(_HEAD_SIZES)
    heads = max(1, round(x.channels / size))
    width = heads * size
    x = net.conv(x, "enter", width)
    y = net.tokens(x)
    if draw.chance(0.3) and x.shape[0] == 1:  # a class token makes the number of positions odd
        token = net.weight("class", (1, 1, width))
        y = net.emit("Concat", [token, y], "join", (1, y.shape[1] + 1, width), axis=1)
    ratio = draw.one((2, 3, 4, 4))
    for index in range(draw.whole(1, 2)):
        with net.scope(f"layer{index}"):
            act = draw.weighted((("gelu", 0.8), ("relu", 0.2)))
            first = draw.chance(0.8)
            y = transformer_layer(
                net, y, heads=heads, hidden=ratio * width, norm_first=first, act=act
            )
    if y.shape[1] != x.spatial[0] * x.spatial[1]:
        y = net.cut(y, 1, y.shape[1], "positions", axis=1)
    return net.image(y, x.spatial)


@step("windows", weight=0.45)
def windows(net: Net, x: Value, draw: Draw) -> Value:
    """Attention within windows, in the layout that keeps channels last."""
    window = draw.one((4, 6, 7, 7, 8))
    if min(x.spatial) < window:
        return transformer(net, x, draw)
    heads = max(1, round(min(x.channels, 256) / 32))
    x = net.conv(x, "enter", heads * 32)
    y = net.transpose(x, [0, 2, 3, 1], "last")
    y = swin_stage(net, y, depth=draw.whole(1, 2), heads=heads, window=window)
    return net.transpose(y, [0, 3, 1, 2], "first")


@step("convnext", weight=0.5)
def convnext(net: Net, x: Value, draw: Draw) -> Value:
    """A depthwise convolution, then a layer norm and two layers with channels last."""
    y = net.depthwise(x, "depthwise", 7, bias=True)
    y = net.layer_norm(net.transpose(y, [0, 2, 3, 1], "last"), "norm")
    y = net.linear(y, "expand", draw.one((2, 4)) * x.channels)
    y = net.linear(net.act(y, "gelu"), "project", x.channels)
    if draw.chance(0.7):
        y = net.scaled(y, "scale", (x.channels,))
    return net.add(x, net.transpose(y, [0, 3, 1, 2], "first"))


@step("channel_attention", weight=0.2)
def channel_attention(net: Net, x: Value, draw: Draw) -> Value:
    """Attention between channels instead of positions."""
    heads = draw.one((2, 4, 8))
    size = max(8, round(min(x.channels, 256) / heads / 8) * 8)
    width, length = heads * size, x.spatial[0] * x.spatial[1]
    y = net.linear(net.layer_norm(net.tokens(x), "norm"), "qkv", 3 * width)
    batch = x.shape[0]
    y = net.reshape(y, [batch, length, 3, heads, size], "parts")
    y = net.transpose(y, [2, 0, 3, 4, 1], "turn")
    query, key, value = (
        net.reshape(part, [batch, heads, size, length], f"part{index}")
        for index, part in enumerate(net.split(y, [1, 1, 1], axis=0))
    )
    scores = net.matmul(query, net.transpose(key, [0, 1, 3, 2], "key"), "scores")
    y = net.matmul(net.softmax(net.times(scores, 0.1)), value, "mix")
    y = net.transpose(y, [0, 3, 1, 2], "back")
    y = net.reshape(y, [batch, length, width], "joined")
    return net.image(net.linear(y, "project", x.channels), x.spatial)


@step("gated_mlp", weight=0.2)
def gated_mlp(net: Net, x: Value, draw: Draw) -> Value:
    """A layer norm and layers of which one gates the other."""
    y = net.layer_norm(net.tokens(x), "norm")
    hidden = draw.channels(x.channels, x.channels * 3)
    gate = net.act(net.linear(y, "gate", hidden), draw.one(("swish", "gelu", "sigmoid", "relu")))
    y = net.mul(gate, net.linear(y, "value", hidden, bias=draw.chance(0.5)))
    return net.image(net.linear(y, "project", x.channels), x.spatial)
