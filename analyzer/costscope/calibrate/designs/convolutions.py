"""Convolutions in the arrangements that image networks are made of."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SQUEEZE = (4, 4, 8, 16, 2)


@step("dense", weight=1.6)
def dense(net: Net, x: Value, draw: Draw) -> Value:
    """A k x k convolution, now and then dilated."""
    kernel = draw.weighted(((3, 0.8), (5, 0.12), (7, 0.05), (2, 0.03)))
    dilation = draw.weighted(((1, 0.93), (2, 0.07)))
    out = draw.channels(x.channels * 0.5, x.channels * 2)
    pad = 0 if kernel == 2 else None  # noqa: PLR2004 - even windows have no middle
    act = draw.activation()
    return net.conv(x, "conv", out, kernel, dilation=dilation, pad=pad, bias=True, act=act)


@step("pointwise", weight=1.6)
def pointwise(net: Net, x: Value, draw: Draw) -> Value:
    """One or two 1x1 convolutions."""
    x = net.conv(x, "one", draw.channels(x.channels * 0.25, x.channels * 4), act=draw.activation())
    if draw.chance(0.5):
        out = draw.channels(x.channels * 0.25, x.channels * 2)
        x = net.conv(x, "two", out, act=draw.activation())
    return x


@step("separable", weight=1.2)
def separable(net: Net, x: Value, draw: Draw) -> Value:
    """A depthwise and a 1x1 convolution."""
    size = draw.kernel()
    kernel = draw.weighted((((size, size), 0.85), ((1, 3), 0.08), ((3, 1), 0.07)))
    dilation = draw.weighted(((1, 0.85), (2, 0.1), (4, 0.05)))
    act = draw.activation()
    x = net.depthwise(x, "depthwise", kernel, dilation=dilation, bias=True, act=act)
    out = draw.channels(x.channels * 0.5, x.channels * 2)
    return net.conv(x, "pointwise", out, act=draw.activation())


@step("inverted", weight=2.4)
def inverted(net: Net, x: Value, draw: Draw) -> Value:
    """An inverted residual, half of them gated."""
    act = draw.activation()
    hidden = draw.channels(x.channels * 1.5, x.channels * 6.5)
    keeps = draw.chance(0.7)
    out = x.channels if keeps else draw.channels(x.channels * 0.7, x.channels * 1.6)
    y = net.conv(x, "expand", hidden, act=act)
    y = net.depthwise(y, "depthwise", draw.kernel(), bias=True, act=act)
    if draw.chance(0.45):
        middle = draw.channels(4, max(8, hidden / draw.one(_SQUEEZE)))
        gate = draw.one(("sigmoid", "hsigmoid"))
        y = squeeze_excite(net, y, middle, act=draw.one(("relu", "swish")), gate=gate)
    y = net.conv(y, "project", out)
    return net.add(x, y) if keeps else y


@step("residual", weight=1.2)
def residual(net: Net, x: Value, draw: Draw) -> Value:
    """Two 3x3 convolutions, or a bottleneck, and the shortcut around them."""
    act = draw.weighted((("relu", 0.8), ("swish", 0.2)))
    if draw.chance(0.5):
        y = net.conv(x, "one", draw.channels(x.channels * 0.5, x.channels * 1.5), 3, act=act)
        y = net.conv(y, "two", x.channels, 3)
    else:
        middle = draw.channels(x.channels * 0.2, x.channels * 0.6)
        y = net.conv(x, "reduce", middle, act=act)
        y = net.conv(y, "middle", middle, 3, act=act)
        y = net.conv(y, "expand", x.channels)
        if draw.chance(0.2):
            y = squeeze_excite(net, y, draw.channels(4, x.channels / 4))
    return net.act(net.add(x, y), act)


@step("grouped", weight=0.7)
def grouped(net: Net, x: Value, draw: Draw) -> Value:
    """A grouped convolution between two 1x1 ones."""
    size = draw.one((4, 8, 8, 16, 16, 24, 32))
    groups = draw.whole(2, max(2, min(32, round(2 * x.channels / size))))
    x = net.conv(x, "reduce", size * groups, act="relu")
    kernel = draw.weighted(((3, 0.85), (1, 0.15)))
    x = net.conv(x, "grouped", size * groups, kernel, groups=groups, bias=True, act="relu")
    return net.conv(x, "expand", draw.channels(x.channels * 0.7, x.channels * 1.4))


@step("inception", weight=0.5)
def inception(net: Net, x: Value, draw: Draw) -> Value:
    """Branches of several windows, joined."""
    part = x.channels / 4
    branches = [net.conv(x, "one", draw.channels(part / 2, part * 2), act="relu")]
    y = net.conv(x, "three.reduce", draw.channels(part / 2, part * 2), act="relu")
    branches.append(net.conv(y, "three", draw.channels(part / 2, part * 2), 3, act="relu"))
    if draw.chance(0.5):
        y = net.conv(x, "seven.reduce", draw.channels(part / 2, part), act="relu")
        y = net.conv(y, "seven.row", draw.channels(part / 2, part), (1, 7), act="relu")
        branches.append(net.conv(y, "seven", draw.channels(part / 2, part), (7, 1), act="relu"))
    if draw.chance(0.6):
        pool = net.max_pool if draw.chance(0.5) else net.avg_pool
        y = pool(x, "pool", 3, stride=1, pad=1)
        branches.append(net.conv(y, "pool.project", draw.channels(part / 2, part), act="relu"))
    return net.concat(branches)


@step("connected", weight=0.5)
def connected(net: Net, x: Value, draw: Draw) -> Value:
    """Convolutions whose results are joined to what they read."""
    for index in range(draw.whole(1, 3)):
        growth = draw.channels(8, max(12, x.channels / 3))
        y = net.conv(x, f"one{index}", growth * draw.one((1, 2, 4)), act="relu")
        y = net.conv(y, f"three{index}", growth, 3, act="relu")
        x = net.concat([x, y], f"join{index}")
    return net.conv(x, "transition", draw.channels(x.channels * 0.4, x.channels * 0.8))


@step("upward", weight=0.35)
def upward(net: Net, x: Value, draw: Draw) -> Value:
    """A transposed convolution after a stride, as decoders have it."""
    if min(x.spatial) < 4 or any(size % 2 for size in x.spatial):  # noqa: PLR2004 - nothing left
        return x
    y = net.conv(x, "down", x.channels, 3, stride=2, act="relu")
    return net.conv_transpose(y, "up", draw.channels(y.channels / 2, y.channels), 2, stride=2)
