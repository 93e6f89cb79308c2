"""EfficientFormerV2: attention on images with talking heads, locality and a stride.

Source: Li et al. 2023, arXiv 2212.08059, Sections 3.1 to 3.5 and Figures 2 and 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.efficientformer import distance_bias, two_classifiers
from costscope.zoo.blocks.transformer_encoder import layer_scale
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_RATIO = 4
_HEADS = 8


@block("efficientformer_v2_stage")
def efficientformer_v2_stage(
    net: Net, x: Value, *, expand: list[int], attention: int = 0, stride: int = 1
) -> Value:
    """Blocks of one resolution, the last of them with attention.

    Args:
        net: the network.
        x: (N, C, H, W).
        expand: of each block's feed-forward network.
        attention: how many blocks at the end have attention.
        stride: attention sees the image at a resolution this much lower.
    """
    for index, ratio in enumerate(expand):
        with net.scope(f"block{index + 1}"):
            if index >= len(expand) - attention:
                with net.scope("attention"):
                    x = net.add(x, layer_scale(net, _attention(net, x, stride)))
            with net.scope("mlp"):
                x = net.add(x, layer_scale(net, _unified_feed_forward(net, x, ratio)))
    return x


@block("efficientformer_v2_downsample")
def efficientformer_v2_downsample(
    net: Net, x: Value, *, out: int, attention: bool = False
) -> Value:
    """3x3 convolution of stride 2, with attention from a coarse to the fine grid beside it."""
    y = _conv(net, x, "conv", out, 3, stride=2)
    if not attention:
        return y
    with net.scope("attention"):
        return net.add(_downsampling_attention(net, x, out), y)


@block("efficientformer_v2_head")
def efficientformer_v2_head(net: Net, x: Value, *, classes: int) -> Value:
    """Batch norm, global average pooling, and the mean of two classifiers."""
    pooled = net.flatten(net.global_pool(net.batch_norm(x, "norm")))
    return two_classifiers(net, pooled, classes)


def _conv(net: Net, x: Value, name: str, out: int, kernel: int = 1, **options: object) -> Value:
    """A convolution with a bias and a batch norm."""
    return net.conv(x, name, out, kernel, bias=True, bn=True, **options)  # type: ignore[arg-type]


def _unified_feed_forward(net: Net, x: Value, expand: int) -> Value:
    """Two 1x1 convolutions and a depthwise one between them."""
    y = _conv(net, x, "expand", x.channels * expand, act="gelu")
    y = _conv(net, y, "depthwise", y.channels, 3, groups=y.channels, act="gelu")
    return _conv(net, y, "project", x.channels)


def _attention(net: Net, x: Value, stride: int, key: int = 32) -> Value:
    fine = x
    if stride > 1:
        x = _conv(net, x, "stride", x.channels, 3, stride=stride, groups=x.channels)
    q = _heads(net, _conv(net, x, "q", key * _HEADS), "q")
    k = _columns(net, _conv(net, x, "k", key * _HEADS), "k")
    v = _conv(net, x, "v", _RATIO * key * _HEADS)
    local = _conv(net, v, "v_local", v.channels, 3, groups=v.channels)
    scores = net.matmul(net.times(q, key**-0.5, "scaled_q"), k, "scores")
    scores = net.add(scores, distance_bias(net, _HEADS, list(x.spatial)), "biased")
    scores = net.conv(scores, "talking_head1", _HEADS)
    scores = net.conv(net.softmax(scores), "talking_head2", _HEADS)
    y = net.add(_mix(net, scores, v, x.spatial), local, "add_local")
    if stride > 1:
        y = net.resize(y, fine.spatial, "upsample", mode="linear")
    return _conv(net, net.act(y, "gelu"), "project", x.channels)


def _downsampling_attention(net: Net, x: Value, out: int, key: int = 16) -> Value:
    """Attention of every second position to all; the query is local and pooled."""
    local = net.depthwise(x, "q.local", 3, stride=2)
    q = net.add(local, net.avg_pool(x, "q.pool", 1, stride=2), "q.add")
    coarse = q.spatial
    q = _heads(net, _conv(net, q, "q", key * _HEADS), "q")
    k = _columns(net, _conv(net, x, "k", key * _HEADS), "k")
    v = _conv(net, x, "v", _RATIO * key * _HEADS)
    local = _conv(net, v, "v_local", v.channels, 3, stride=2, groups=v.channels)
    scores = net.matmul(net.times(q, key**-0.5, "scaled_q"), k, "scores")
    bias = distance_bias(net, _HEADS, list(x.spatial), step=2)
    scores = net.softmax(net.add(scores, bias, "biased"))
    y = net.add(_mix(net, scores, v, coarse), local, "add_local")
    return _conv(net, net.act(y, "gelu"), "project", out)


def _columns(net: Net, x: Value, name: str) -> Value:
    """(N, heads * d, H, W) to (N, heads, d, H * W)."""
    shape = [x.shape[0], _HEADS, x.channels // _HEADS, -1]
    return net.reshape(x, shape, f"{name}.heads")


def _heads(net: Net, x: Value, name: str) -> Value:
    """(N, heads * d, H, W) to (N, heads, H * W, d)."""
    return net.transpose(_columns(net, x, name), [0, 1, 3, 2], f"{name}.turned")


def _mix(net: Net, scores: Value, v: Value, size: tuple[int, ...]) -> Value:
    """Values weighted by scores, as an image of the size."""
    y = net.matmul(scores, _heads(net, v, "v"), "mix")
    y = net.transpose(y, [0, 1, 3, 2], "mix.turned")
    return net.reshape(y, [y.shape[0], -1, *size], "mix.image")
