"""EdgeNeXt: ConvNeXt blocks, and attention across channels behind a cascade of convolutions.

Source: Maaz et al. 2022, arXiv 2206.10589, Section 3 and Figure 2; Ali et al. 2021, arXiv
2106.09681, Section 3 (attention across channels).
"""

from __future__ import annotations

from math import ceil, log, pi

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import layer_scale, two_layers
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_FLOAT32 = 1  # ONNX's number of it
_TEMPERATURE = 10000.0
_WAVES = 32


@block("edgenext_split")
def edgenext_split(
    net: Net, x: Value, *, scales: int, heads: int = 8, expand: int = 4, position: bool = False
) -> Value:
    """Split depthwise transpose attention: parts convolved in a cascade, then attention.

    Args:
        net: the network.
        x: (N, C, H, W).
        scales: number of parts that the channels are split into.
        heads: of the attention.
        expand: channels between the fully connected layers, in those of x.
        position: whether an encoding of the position is added.
    """
    y = net.tokens(_cascade(net, x, scales))
    if position:
        with net.scope("position"):
            y = net.add(y, net.tokens(_encoding(net, x)))
    with net.scope("attention"):
        mixed = _across_channels(net, net.layer_norm(y, "norm"), heads)
        y = net.add(y, layer_scale(net, mixed, axis=-1))
    with net.scope("mlp"):
        z = two_layers(net, net.layer_norm(y, "norm"), expand * x.channels)
        z = layer_scale(net, z, axis=-1)
    return net.add(x, net.image(z, x.spatial))


def _cascade(net: Net, x: Value, scales: int) -> Value:
    """Each part but the last goes through a depthwise convolution, the one before it added."""
    width = ceil(x.channels / scales)
    sizes = [min(width, x.channels - at) for at in range(0, x.channels, width)]
    parts = net.split(x, sizes)
    done: list[Value] = []
    for index, part in enumerate(parts[:-1] if len(parts) > 1 else parts):
        with net.scope(f"scale{index + 1}"):
            entering = net.add(done[-1], part) if done else part
            done.append(net.depthwise(entering, "depthwise"))
    return net.concat([*done, parts[-1]] if len(parts) > 1 else done, "join")


def _across_channels(net: Net, x: Value, heads: int) -> Value:
    """Attention between channels: its map is (C / heads) square, whatever the image."""
    length, channels = x.shape[1:]
    y = net.linear(x, "qkv", 3 * channels)
    y = net.reshape(y, [x.shape[0], length, 3, heads, -1], "split_heads")
    y = net.transpose(y, [2, 0, 3, 4, 1], "channels_first")
    q, k, v = (
        net.reshape(part, part.shape[1:], name)
        for part, name in zip(net.split(y, [1, 1, 1], axis=0), "qkv", strict=True)
    )
    turned = net.transpose(_unit(net, k, "unit_k"), [0, 1, 3, 2], "turned_k")
    scores = net.matmul(_unit(net, q, "unit_q"), turned, "scores")
    scores = net.scaled(scores, "temperature", (heads, 1, 1))
    y = net.matmul(net.softmax(scores), v, "mix")
    y = net.reshape(net.transpose(y, [0, 3, 1, 2], "tokens"), x.shape, "join_heads")
    return net.linear(y, "project", channels)


def _unit(net: Net, x: Value, name: str) -> Value:
    """X with vectors along the last axis of length one."""
    with net.scope(name):
        shape = (*x.shape[:-1], 1)
        length = net.emit("ReduceL2", [x], "length", shape, axes=[-1], keepdims=1)
        safe = net.emit("Max", [length, net.constant([1e-12], [])], "safe", shape)
        return net.binary("Div", x, safe, "divide")


def _encoding(net: Net, x: Value) -> Value:
    """(1, C, H, W): sines and cosines of row and column, through a 1x1 convolution."""
    height, width = x.spatial
    rows = net.reshape(_waves(net, height, "rows"), [1, _WAVES, height, 1], "as_rows")
    columns = net.reshape(_waves(net, width, "columns"), [1, _WAVES, 1, width], "as_columns")
    shape = (1, _WAVES, height, width)
    size = net.shape_constant(shape)
    parts = [
        net.emit("Expand", [part, size], name, shape)
        for part, name in ((rows, "all_rows"), (columns, "all_columns"))
    ]
    return net.conv(net.concat(parts, "waves"), "project", x.channels)


def _waves(net: Net, size: int, name: str) -> Value:
    """(32, size): sine and cosine of each place at 16 rates."""
    half = _WAVES // 2

    def ramp(name: str, start: float, limit: float, step: float, length: int) -> Value:
        ends = [net.constant([float(each)], [], "float32") for each in (start, limit, step)]
        if net.dtype == _FLOAT32:
            return net.emit("Range", ends, name, (length,))
        full = net.emit("Range", ends, f"{name}.float32", (length,))  # it knows no half precision
        return net.emit("Cast", [full], name, full.shape, to=net.dtype)

    with net.scope(name):
        step = log(_TEMPERATURE) / half
        powers = ramp("powers", 0, step * (half - 0.5), step, half)
        rates = net.emit("Exp", [powers], "rates", (half,))
        turn = 2 * pi / size
        places = ramp("places", turn, turn * (size + 0.5), turn, size)
        angles = net.binary("Div", places, net.reshape(rates, [half, 1], "column"), "angles")
        sines = net.reshape(net.emit("Sin", [angles], "sin", angles.shape), [half, 1, size], "s")
        cosines = net.reshape(net.emit("Cos", [angles], "cos", angles.shape), [half, 1, size], "c")
        return net.concat([sines, cosines], "pairs", axis=1)
