"""Steps that move data: shuffles, splits, joins, crops, pools and resizes."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SMALLEST = 4


@step("shuffle_unit", weight=0.8)
def shuffle_unit(net: Net, x: Value, draw: Draw) -> Value:
    """Half of the channels through convolutions, then joined and shuffled."""
    half = draw.channels(x.channels * 0.25, x.channels * 0.6)
    x = net.conv(x, "enter", 2 * half, act="relu")
    kept, y = net.split(x, [half, half]) if draw.chance(0.7) else _halves(net, x, half)
    y = net.conv(y, "one", half, act="relu")
    y = net.depthwise(y, "depthwise", 3, bias=True)
    y = net.conv(y, "two", half, act="relu")
    return net.shuffle(net.concat([kept, y]), 2)


def _halves(net: Net, x: Value, half: int) -> list[Value]:
    return [net.cut(x, 0, half, "first"), net.cut(x, half, 2 * half, "second")]


@step("group_shuffle", weight=0.4)
def group_shuffle(net: Net, x: Value, draw: Draw) -> Value:
    """Grouped 1x1 convolutions with a shuffle between them."""
    groups = draw.one((2, 3, 4, 8))
    size = max(4, round(x.channels / groups / 4) * 4)
    x = net.conv(x, "enter", groups * size, act="relu")
    y = net.conv(x, "one", groups * size, groups=groups, bias=True, act="relu")
    y = net.depthwise(net.shuffle(y, groups), "depthwise", 3, bias=True)
    y = net.conv(y, "two", groups * size, groups=groups, bias=True)
    return net.act(net.add(x, y), "relu")


@step("ghost", weight=0.4)
def ghost(net: Net, x: Value, draw: Draw) -> Value:
    """Features of a small convolution joined with cheap ones made from them."""
    out = draw.channels(x.channels * 0.4, x.channels)
    y = net.conv(x, "primary", out, act="relu")
    cheap = net.depthwise(y, "cheap", 3, bias=True, act=draw.one(("relu", None)))
    return net.concat([y, cheap])


@step("pool", weight=0.4)
def pool(net: Net, x: Value, draw: Draw) -> Value:
    """A pool that keeps the size."""
    kernel = draw.weighted(((3, 0.7), (5, 0.3)))
    make = net.max_pool if draw.chance(0.5) else net.avg_pool
    y = make(x, "pool", kernel, stride=1, pad=kernel // 2)
    if draw.chance(0.5):
        return net.add(x, net.binary("Sub", y, x, "less"), "back")
    return y


@step("resize", weight=0.5)
def resize(net: Net, x: Value, draw: Draw) -> Value:
    """Down by a pool and up again, joined or added as pyramids do; odd sizes are no whole steps."""
    if min(x.spatial) < 2 * _SMALLEST:
        return pool(net, x, draw)
    y = net.max_pool(x, "down", 2, stride=2)
    if draw.chance(0.5):
        y = net.conv(y, "lateral", x.channels, act="relu")
    mode = draw.weighted((("nearest", 0.4), ("linear", 0.4), ("cubic", 0.2)))
    y = net.resize(y, x.spatial, mode=mode)
    return net.add(x, y) if draw.chance(0.5) else net.concat([x, y])


@step("crop", weight=0.35)
def crop(net: Net, x: Value, draw: Draw) -> Value:
    """A pad or a crop of the image, on either side."""
    if draw.chance(0.5):
        return net.pad(x, [0, 0, 1, 1], [0, 0, draw.whole(1, 2), 1])
    if min(x.spatial) <= _SMALLEST:
        return x
    x = net.cut(x, 1, x.spatial[0], "rows", axis=2)
    return net.cut(x, 0, x.spatial[1] - 1, "columns", axis=3)


@step("turn", weight=0.5)
def turn(net: Net, x: Value, draw: Draw) -> Value:
    """Transposes of many forms, with something done in between so that none goes away."""
    n, c, h, w = x.shape
    orders = ([0, 2, 3, 1], [0, 2, 1, 3], [0, 1, 3, 2], [0, 3, 2, 1], [0, 3, 1, 2])
    order = draw.one(orders)
    y = net.transpose(x, order, "there")
    y = net.scaled(y, "between", (y.shape[-1],))
    back = [order.index(axis) for axis in range(4)]
    if draw.chance(0.4) and c % 4 == 0:
        y = net.transpose(y, back, "back")
        y = net.reshape(y, [n, 4, c // 4, h * w], "split")
        y = net.transpose(y, draw.one(([0, 3, 1, 2], [0, 2, 1, 3], [0, 1, 3, 2])), "mixed")
        return net.conv(net.reshape(y, x.shape, "joined"), "leave", c)
    return net.conv(net.transpose(y, back, "back"), "leave", c)


@step("space_to_depth", weight=0.15)
def space_to_depth(net: Net, x: Value, draw: Draw) -> Value:
    """Every second row and column apart, joined as channels; now and then the way back."""
    if min(x.spatial) < 2 * _SMALLEST:
        return x
    h, w = (size // 2 * 2 for size in x.spatial)
    parts = []
    for index, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        part = net.cut(x, row, h, f"rows{index}", axis=2, step=2)
        parts.append(net.cut(part, column, w, f"columns{index}", axis=3, step=2))
    out = draw.channels(x.channels, x.channels * 2)
    if draw.chance(0.5):
        return net.depth_to_space(net.conv(net.concat(parts), "leave", out * 4), 2)
    return net.conv(net.concat(parts), "leave", out)
