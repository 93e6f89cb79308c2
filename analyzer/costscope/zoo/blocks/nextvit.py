"""Next-ViT: convolutional blocks, and blocks of attention beside convolution at a stage's end.

Source: Li et al. 2022, arXiv 2207.05501, Sections 3.2 to 3.4 and Table 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import attend, join_heads, split_heads
from costscope.zoo.emitter import Value
from costscope.zoo.expression import divisible
from costscope.zoo.net import Net

_HEAD = 32
_SHARE_OF_ATTENTION = 0.75


@block("nextvit_stage")
def nextvit_stage(
    net: Net,
    x: Value,
    *,
    depth: int,
    channels: int,
    mixed: int = 0,
    period: int = 0,
    stride: int = 1,
    reduction: int = 1,
) -> Value:
    """Convolutional blocks, with an attention block at the end of each period.

    Args:
        net: the network.
        x: (N, C, H, W).
        depth: number of blocks.
        channels: of the convolutional blocks.
        mixed: channels of the attention blocks; there are none if 0.
        period: blocks from one attention block to the next; the depth if 0.
        stride: of the first block.
        reduction: attention sees the image at a resolution this much lower.
    """
    for index in range(depth):
        with net.scope(f"block{index + 1}"):
            step = stride if index == 0 else 1
            if mixed and (index + 1) % (period or depth) == 0:
                x = _attention_block(net, x, mixed, step, reduction)
            else:
                x = _convolution_block(net, x, channels, step)
    return x


@block("nextvit_head")
def nextvit_head(net: Net, x: Value, *, classes: int) -> Value:
    """Batch norm, global average pooling, fully connected layer."""
    return net.fc(net.flatten(net.global_pool(net.batch_norm(x, "norm"))), "", classes)


def _convolution_block(net: Net, x: Value, out: int, stride: int) -> Value:
    x = _patches(net, x, "patches", out, stride)
    x = net.add(x, _convolution_attention(net, x), "add_attention")
    return _feed_forward(net, x, 3)


def _attention_block(net: Net, x: Value, out: int, stride: int, reduction: int) -> Value:
    wide = divisible(int(out * _SHARE_OF_ATTENTION), 32)
    x = _patches(net, x, "patches", wide, stride)
    with net.scope("attention"):
        y = _reduced_attention(net, _norm(net, x, "norm"), reduction)
        x = net.add(x, net.image(y, x.spatial))
    local = _patches(net, x, "narrow", out - wide, 1)
    local = net.add(local, _convolution_attention(net, local), "add_local")
    return _feed_forward(net, net.concat([x, local]), 2)


def _patches(net: Net, x: Value, name: str, out: int, stride: int) -> Value:
    """Average pooling where there is a stride, then a 1x1 convolution where sizes change."""
    if stride > 1:
        x = net.avg_pool(x, f"{name}.pool", stride, stride=stride, ceil=True, count_pad=False)
    elif x.channels == out:
        return x
    return net.conv(x, name, out, bn=True)


def _convolution_attention(net: Net, x: Value) -> Value:
    """3x3 convolution with a group a head, then a 1x1 one."""
    with net.scope("local"):
        y = net.conv(x, "heads", x.channels, 3, groups=x.channels // _HEAD, bn=True, act="relu")
        return net.conv(y, "project", x.channels, bias=False)


def _feed_forward(net: Net, x: Value, expand: int) -> Value:
    with net.scope("mlp"):
        y = net.conv(_norm(net, x, "norm"), "expand", x.channels * expand, act="relu")
        return net.add(x, net.conv(y, "project", x.channels))


def _norm(net: Net, x: Value, name: str) -> Value:
    """A batch norm that the products behind it take in for the deploy form."""
    return x if net.deploy else net.batch_norm(x, name)


def _reduced_attention(net: Net, x: Value, reduction: int) -> Value:
    """Attention of all positions to averages of neighbours in raster order."""
    flat = net.reshape(x, [*x.shape[:2], -1], "flat")
    tokens = net.transpose(flat, [0, 2, 1], "tokens")
    seen = tokens
    if reduction > 1:
        run = reduction**2
        few = _norm(net, net.avg_pool(flat, "average", run, stride=run), "average.norm")
        seen = net.transpose(few, [0, 2, 1], "seen")
    q = net.linear(tokens, "q", x.channels)
    k = net.linear(seen, "k", x.channels)
    v = net.linear(seen, "v", x.channels)
    heads = x.channels // _HEAD
    parts = (("q", q), ("k", k), ("v", v))
    q, k, v = (split_heads(net, each, heads, f"{name}.heads") for name, each in parts)
    return net.linear(join_heads(net, attend(net, q, k, v)), "project", x.channels)
