"""PeleeNet's stem and two-way dense stages, and their cross stage partial form.

Source: Wang et al. 2018, arXiv 1804.06882, Section 2; Wang et al. 2019, arXiv 1911.11929,
Section 3.1, Figure 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_STEP = 4  # channels of bottlenecks are multiples of this
_HALF = 2  # a bottleneck has at most half as many channels as enter it


@block("pelee_stem")
def pelee_stem(net: Net, x: Value, *, out: int = 32) -> Value:
    """3x3 convolution, then a convolved and a pooled way to a quarter of the size."""
    x = net.conv(x, "conv1", out, 3, stride=2, bn=True, act="relu")
    y = net.conv(x, "conv2a", out // 2, bn=True, act="relu")
    y = net.conv(y, "conv2b", out, 3, stride=2, bn=True, act="relu")
    joined = net.concat([y, net.max_pool(x, "pool", 2, stride=2)])
    return net.conv(joined, "conv3", out, bn=True, act="relu")


@block("pelee_stage")
def pelee_stage(
    net: Net,
    x: Value,
    *,
    layers: int,
    growth: int = 32,
    bottleneck: float = 1,
    pool: bool = True,
    gamma: float = 1.0,
    fusion: str = "both",
) -> Value:
    """Two-way dense layers and a transition.

    Args:
        net: the network.
        x: (N, C, H, W).
        layers: their number.
        growth: channels that each layer adds, half of them in each way.
        bottleneck: channels in the middle, for each that a way adds.
        pool: whether the stage ends by average pooling.
        gamma: part of the input that enters the layers; the rest joins behind them.
        fusion: transitions before (`last`) or behind (`first`) the junction, or `both`.
    """
    inner = round(x.channels * gamma)
    out = x.channels + layers * growth
    parts = net.split(x, [x.channels - inner, inner]) if inner < x.channels else [x]
    y = parts[-1]
    for index in range(layers):
        with net.scope(f"layer{index + 1}"):
            y = _two_way(net, y, growth // 2, bottleneck)
    if len(parts) > 1:
        if fusion in ("both", "last"):
            y = net.conv(y, "inner_transition", y.channels, bn=True, act="relu")
        y = net.concat([parts[0], y])
    if len(parts) == 1 or fusion in ("both", "first"):
        y = net.conv(y, "transition", out, bn=True, act="relu")
    return net.avg_pool(y, "pool", 2, stride=2) if pool else y


def _two_way(net: Net, x: Value, growth: int, bottleneck: float) -> Value:
    middle = int(growth * bottleneck / _STEP) * _STEP
    if middle > x.channels // _HALF:
        middle = max(1, x.channels // (_HALF * _STEP)) * _STEP
    ways = [x]
    for way in (1, 2):
        with net.scope(f"way{way}"):
            y = net.conv(x, "reduce", middle, bn=True, act="relu")
            for index in range(way):
                y = net.conv(y, f"conv{index + 1}", growth, 3, bn=True, act="relu")
        ways.append(y)
    return net.concat(ways)
