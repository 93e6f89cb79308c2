"""One-shot aggregation with effective squeeze and excitation.

Source: Lee et al. 2019, arXiv 1904.09730, Section 3.2 (one-shot aggregation); Lee and Park
2020, arXiv 1911.06667, Section 3.2 (effective squeeze and excitation).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("vovnet_separable")
def vovnet_separable(net: Net, x: Value, *, out: int, stride: int = 1) -> Value:
    """A depthwise convolution without batch norm, then a pointwise one with it."""
    y = net.depthwise(x, "depthwise", 3, stride=stride, bias=False)
    return net.conv(y, "pointwise", out, bn=True, act="relu")


@block("vovnet_aggregation")
def vovnet_aggregation(net: Net, x: Value, *, middle: int, out: int, depth: int = 3) -> Value:
    """Layers one behind the other, all joined once at the end.

    Args:
        net: the network.
        x: (N, C, H, W).
        middle: channels of each layer; the input is brought to them first.
        out: output channels.
        depth: number of layers.
    """
    taken = [x]
    y = x
    if x.channels != middle:
        y = net.conv(x, "reduce", middle, bn=True, act="relu")
    for index in range(depth):
        with net.scope(f"layer{index + 1}"):
            y = vovnet_separable(net, y, out=middle)
        taken.append(y)
    y = net.conv(net.concat(taken), "join", out, bn=True, act="relu")
    with net.scope("se"):
        gate = net.conv(net.global_pool(y), "fc", out)
        return net.mul(y, net.act(gate, "hsigmoid", "gate"))
