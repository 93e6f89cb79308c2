"""Attention in an image: over channels, over positions, of one head's keys or of many.

Source: Hu et al. 2018, arXiv 1709.01507 (squeeze and excitation); Woo et al. 2018, arXiv
1807.06521 (CBAM); Vaswani et al. 2017, arXiv 1706.03762 (many heads); Qin et al. 2024, arXiv
2404.10518, Section 4.2 (Mobile MQA: shared keys and values, from fewer positions).
"""

from __future__ import annotations

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_CBAM_KERNEL = 7
_KINDS = ("se", "cbam", "mhsa", "mqa")


@block("attention_block")
def attention_block(
    net: Net, x: Value, *, kind: str, heads: int = 4, reduction: int = 4, stride: int = 1
) -> Value:
    """The attention of a kind, by itself.

    Args:
        net: the network.
        x: (N, C, H, W).
        kind: se, cbam, mhsa or mqa.
        heads: of mhsa and mqa.
        reduction: of the channels in the middle of se and cbam.
        stride: of the keys' and values' positions in mqa.

    Raises:
        ArchitectureError: there is no such kind, or the heads do not divide the channels.
    """
    if kind == "se":
        return squeeze_excite(net, x, x.channels // reduction)
    if kind == "cbam":
        return _cbam(net, x, x.channels // reduction)
    if x.channels % heads:
        raise ArchitectureError(f"{heads} heads do not divide {x.channels} channels")
    if kind == "mhsa":
        return _attend(net, x, net.tokens(x), net.tokens(x, "tokens_value"), heads, heads)
    if kind == "mqa":
        keys, values = (_positions(net, x, name, stride) for name in ("key", "value"))
        return _attend(net, x, keys, values, heads, 1)
    raise ArchitectureError(f"unknown attention {kind!r}: {', '.join(_KINDS)}")


def _positions(net: Net, x: Value, name: str, stride: int) -> Value:
    with net.scope(name):
        if stride > 1:
            x = net.depthwise(x, "reduce", 3, stride=stride, bn=True)
        return net.tokens(x)


def _attend(net: Net, x: Value, keys: Value, values: Value, heads: int, shared: int) -> Value:
    """Softmax(Q K / sqrt d) V and a projection; K and V have `shared` heads."""
    size = x.channels // heads
    query = net.linear(net.tokens(x, "tokens_query"), "q", x.channels, bias=False)
    query = _heads(net, query, heads, "q")
    key = net.linear(keys, "k", shared * size, bias=False)
    key = net.transpose(_heads(net, key, shared, "k"), [0, 1, 3, 2], "k.transpose")
    value = _heads(net, net.linear(values, "v", shared * size, bias=False), shared, "v")
    scores = net.times(net.matmul(query, key, "scores"), size**-0.5)
    y = net.matmul(net.softmax(scores), value, "mix")
    y = net.transpose(y, [0, 2, 1, 3], "join")
    y = net.reshape(y, [y.shape[0], y.shape[1], x.channels], "joined")
    return net.image(net.linear(y, "project", x.channels, bias=False), x.spatial)


def _heads(net: Net, x: Value, heads: int, name: str) -> Value:
    """(N, L, h d) to (N, h, L, d)."""
    split = net.reshape(x, [*x.shape[:2], heads, x.shape[2] // heads], f"{name}.split")
    return net.transpose(split, [0, 2, 1, 3], f"{name}.heads")


def _cbam(net: Net, x: Value, middle: int) -> Value:
    """Gates a channel from means and maxima through the same layers, then a gate a position."""
    with net.scope("channel"):
        peak = net.emit("GlobalMaxPool", [x], "max", (*x.shape[:2], 1, 1))
        both = net.concat([net.global_pool(x), peak], axis=3)  # side by side: shared weights
        y = net.conv(both, "reduce", middle, bias=False, act="relu")
        y = net.conv(y, "expand", x.channels, bias=False)
        of_mean, of_peak = net.split(y, [1, 1], axis=3)
        gate = net.add(of_mean, of_peak)
        x = net.mul(x, net.act(gate, "sigmoid", "gate"))
    with net.scope("position"):
        shape = (x.shape[0], 1, *x.spatial)
        peak = net.emit("ReduceMax", [x], "max", shape, axes=[1], keepdims=1)
        both = net.concat([net.mean(x, [1]), peak])
        gate = net.conv(both, "conv", 1, _CBAM_KERNEL, bias=False, act="sigmoid")
        return net.mul(x, gate)
