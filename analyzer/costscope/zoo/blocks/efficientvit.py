"""EfficientViT: attention with a ReLU for a softmax, its cost linear in the positions.

Source: Cai et al. 2023, arXiv 2205.14756, Section 3.1 and Figures 2 and 5.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import inverted_residual
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_ACT = "hswish"


@block("efficientvit_separable")
def efficientvit_separable(net: Net, x: Value) -> Value:
    """Depthwise and pointwise convolution, with a shortcut."""
    y = net.depthwise(x, "depthwise", bn=True, act=_ACT)
    return net.add(x, net.conv(y, "pointwise", x.channels, bn=True))


@block("efficientvit_residual")
def efficientvit_residual(
    net: Net, x: Value, *, out: int, expand: int = 4, stride: int = 1
) -> Value:
    """Inverted residual with hard swish."""
    y: Value = inverted_residual(net, x, out=out, expand=expand, stride=stride, act=_ACT)
    return y


@block("efficientvit_few_norms")
def efficientvit_few_norms(
    net: Net, x: Value, *, out: int, expand: int = 4, stride: int = 1
) -> Value:
    """Inverted residual whose first two convolutions have a bias in place of a norm."""
    return _few_norms(net, x, out, expand, stride)


@block("efficientvit_attention")
def efficientvit_attention(
    net: Net, x: Value, *, head: int, expand: int = 4, kernel: int = 5
) -> Value:
    """Multi-scale linear attention, then an inverted residual.

    Args:
        net: the network.
        x: (N, C, H, W).
        head: channels of one head.
        expand: of the inverted residual.
        kernel: of the depthwise convolution that makes the second scale.
    """
    with net.scope("attention"):
        y = _multi_scale_attention(net, x, head, kernel)
        x = net.add(x, net.conv(y, "project", x.channels, bn=True))
    with net.scope("local"):
        return _few_norms(net, x, x.channels, expand, 1)


@block("efficientvit_head")
def efficientvit_head(net: Net, x: Value, *, widths: list[int], classes: int) -> Value:
    """1x1 convolution, global average pooling, two fully connected layers."""
    wide, middle = widths
    y = net.global_pool(net.conv(x, "conv", wide, bn=True, act=_ACT))
    y = net.fc(net.flatten(y), "hidden", middle, bias=False)
    y = net.act(net.layer_norm(y, "norm"), _ACT)
    return net.fc(y, "", classes)


def _few_norms(net: Net, x: Value, out: int, expand: int, stride: int) -> Value:
    y = net.conv(x, "expand", x.channels * expand, act=_ACT)
    y = net.depthwise(y, "depthwise", stride=stride, act=_ACT)
    y = net.conv(y, "project", out, bn=True)
    return net.add(x, y) if stride == 1 and x.channels == out else y


def _multi_scale_attention(net: Net, x: Value, head: int, kernel: int) -> Value:
    """(N, 2C, H, W): attention on the tokens and on tokens that saw their surroundings."""
    heads = x.channels // head
    one = net.conv(x, "qkv", 3 * heads * head, bias=False)
    two = net.depthwise(one, "aggregate.depthwise", kernel, bias=False)
    two = net.conv(two, "aggregate.pointwise", two.channels, groups=3 * heads, bias=False)
    y = net.concat([one, two], "scales")
    y = net.reshape(y, [x.shape[0], 2 * heads, 3 * head, -1], "split_heads")
    y = net.transpose(y, [0, 1, 3, 2], "tokens")
    q, k, v = net.split(y, [head] * 3, axis=-1)
    y = _linear_attention(net, net.act(q, "relu", "q.relu"), net.act(k, "relu", "k.relu"), v)
    y = net.transpose(y, [0, 1, 3, 2], "channels_first")
    return net.reshape(y, [x.shape[0], -1, *x.spatial], "join_heads")


def _linear_attention(net: Net, q: Value, k: Value, v: Value) -> Value:
    """Q (k^T v) over q (k^T 1): a column of ones behind v gives the divisor along the way."""
    wider = (*v.shape[:-1], v.shape[-1] + 1)
    pads = net.shape_constant([0] * 7 + [1])
    padded = net.emit("Pad", [v, pads, net.constant([1.0], [])], "ones", wider)
    context = net.matmul(net.transpose(k, [0, 1, 3, 2], "turned_k"), padded, "context")
    y, divisor = net.split(net.matmul(q, context, "mix"), [v.shape[-1], 1], "parts", axis=-1)
    safe = net.emit("Add", [divisor, net.constant([1e-5], [])], "safe", divisor.shape)
    return net.binary("Div", y, safe, "divide")
