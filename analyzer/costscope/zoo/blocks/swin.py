"""Swin transformer: attention inside windows, which every second block shifts.

Source: Liu et al. 2021, arXiv 2103.14030, Sections 3.1 to 3.3 and Figure 3.
"""

from __future__ import annotations

from itertools import product

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import self_attention, two_layers
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("swin_stem")
def swin_stem(net: Net, x: Value, *, out: int, patch: int = 4) -> Value:
    """Patches by a convolution, channels last, layer norm."""
    y = net.conv(x, "patches", out, patch, stride=patch, pad=0)
    return net.layer_norm(net.transpose(y, [0, 2, 3, 1], "channels_last"), "norm")


@block("swin_merge")
def swin_merge(net: Net, x: Value) -> Value:
    """Patch merging: 2x2 neighbours side by side, layer norm, half as many channels."""
    _, height, width, channels = x.shape
    if height % 2 or width % 2:
        x = net.pad(x, [0, 0, 0, 0], [0, height % 2, width % 2, 0])
    corners = []
    for right, below in product((0, 1), (0, 1)):
        with net.scope(f"corner{2 * right + below}"):
            rows = net.cut(x, below, x.shape[1], "rows", axis=1, step=2)
            corners.append(net.cut(rows, right, x.shape[2], "columns", axis=2, step=2))
    joined = net.layer_norm(net.concat(corners, "join", axis=-1), "norm")
    return net.linear(joined, "reduce", 2 * channels, bias=False)


@block("swin_stage")
def swin_stage(net: Net, x: Value, *, depth: int, heads: int, window: int = 7) -> Value:
    """Blocks of one resolution, every second with shifted windows.

    Args:
        net: the network.
        x: (N, H, W, C).
        depth: number of blocks.
        heads: of the attention.
        window: height and width of a window.
    """
    for index in range(depth):
        with net.scope(f"block{index + 1}"):
            with net.scope("attention"):
                y = net.layer_norm(x, "norm")
                x = net.add(x, _window_attention(net, y, heads, window, shift=index % 2 == 1))
            with net.scope("mlp"):
                y = two_layers(net, net.layer_norm(x, "norm"), 4 * x.shape[-1])
                x = net.add(x, y)
    return x


@block("swin_head")
def swin_head(net: Net, x: Value, *, classes: int) -> Value:
    """Layer norm, mean over all positions, fully connected layer."""
    return net.fc(net.mean(net.layer_norm(x, "norm"), [1, 2], keep=False), "", classes)


def _window_attention(net: Net, x: Value, heads: int, window: int, *, shift: bool) -> Value:
    batch, height, width, channels = x.shape
    below, right = -height % window, -width % window
    if below or right:
        x = net.pad(x, [0, 0, 0, 0], [0, below, right, 0])
    high, wide = x.shape[1:3]
    # An image of one window along an axis has nothing to shift there.
    moves = [window // 2 if shift and size > window else 0 for size in (high, wide)]
    x = _rolled(net, x, moves, "roll")
    rows, columns = high // window, wide // window
    y = net.reshape(x, [batch, rows, window, columns, window, channels], "cut")
    y = net.transpose(y, [0, 1, 3, 2, 4, 5], "windows")
    y = net.reshape(y, [-1, window**2, channels], "tokens")
    y = self_attention(
        net, y, heads, shift=_bias(net, heads, window), mask=_mask(net, x, window, moves)
    )
    y = net.reshape(y, [batch, rows, columns, window, window, channels], "apart")
    y = net.transpose(y, [0, 1, 3, 2, 4, 5], "back")
    y = net.reshape(y, [batch, high, wide, channels], "join")
    y = _rolled(net, y, [-move for move in moves], "unroll")
    if below or right:
        y = net.cut(net.cut(y, 0, height, "rows", axis=1), 0, width, "columns", axis=2)
    return y


def _rolled(net: Net, x: Value, moves: list[int], name: str) -> Value:
    """Rows and columns moved up and left, round the edge."""
    for axis, move in enumerate(moves, start=1):
        if move:
            at = move % x.shape[axis]
            with net.scope(f"{name}{axis}"):
                front = net.cut(x, 0, at, "front", axis=axis)
                back = net.cut(x, at, x.shape[axis], "back", axis=axis)
                x = net.concat([back, front], axis=axis)
    return x


def _bias(net: Net, heads: int, window: int) -> Value:
    """(heads, L, L): a learned bias for each head and offset between two positions of a window."""
    span, length = 2 * window - 1, window**2
    places = list(product(range(window), range(window)))
    index = [(y - v + window - 1) * span + x - u + window - 1 for y, x in places for v, u in places]
    at = net.constant(index, [length, length], "int64")
    table = net.weight("bias_table.weight", [heads, span**2], like="bias")
    return net.emit("Gather", [table, at], "bias", (heads, length, length), axis=1)


def _mask(net: Net, x: Value, window: int, moves: list[int]) -> Value | None:
    """False between positions that only the shift brought into one window."""
    if not any(moves):
        return None
    high, wide = x.shape[1:3]
    length = window**2
    with net.scope("mask"):
        # Three rows of regions times three columns; 3 y + x tells them apart.
        down = net.reshape(_regions(net, high, window, moves[0], 3, "rows"), [high, 1], "down")
        across = _regions(net, wide, window, moves[1], 1, "columns")
        y = net.add(down, across, "regions")
        y = net.reshape(y, [high // window, window, wide // window, window], "cut")
        y = net.transpose(y, [0, 2, 1, 3], "windows")
        ones = net.reshape(y, [-1, 1, length, 1], "ones")
        others = net.reshape(y, [-1, 1, 1, length], "others")
        return net.binary("Equal", ones, others, "same")


def _regions(net: Net, size: int, window: int, move: int, step: int, name: str) -> Value:
    """A number at each place of an axis: which of its regions the shift keeps together."""
    sizes = [size - window, window - move, move] if move else [size]
    parts = []
    for index, count in enumerate(sizes):
        with net.scope(f"{name}{index + 1}"):
            limits = [index * step, index * step + 1, 1]
            number = net.emit(
                "Range", [net.constant([limit], [], "int64") for limit in limits], "number", (1,)
            )
            parts.append(net.emit("Expand", [number, net.shape_constant([count])], "all", (count,)))
    return net.concat(parts, name, axis=0)
