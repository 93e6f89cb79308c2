"""A designed network: steps at random, with the pyramid of sizes that real ones have."""

from __future__ import annotations

from typing import Any

from costscope.calibrate.designs import STEPS
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net
from costscope.zoo.weights import Weights

OPSET = 17
_IR_VERSION = 8
_MOST_ELEMENTS = 2_000_000
_WIDEST = 2048
_SMALLEST_MAP = 4


def network(seed: int, *, batch: int = 1, dtype: str = "float32") -> Any:
    """The ModelProto of a designed network; equal seeds give equal networks.

    Args:
        seed: of all its choices, and of its weights.
        batch: images.
        dtype: `float32`, `float16`, `int8` (quantize-dequantize pairs), or `dynamic`: products
            of integers that are quantized while it runs.
    """
    draw = Draw(seed)
    net = Net(deploy=True, weights=Weights(None, half=dtype == "float16"))
    net.opset = OPSET
    size = draw.weighted(((224, 0.35), (draw.whole(32, 300) // 4 * 4, 0.65)))
    wide = draw.between(0.3, 2.5)
    image = Value("input", (batch, draw.weighted(((3, 0.85), (1, 0.1), (6, 0.05))), size, size))
    x = _stem(net, image, draw, wide)
    choices = [(each, each.weight) for _, each in STEPS.items() if each.dtype in ("", dtype)]
    for index in range(draw.whole(3, 26)):
        with net.scope(f"step{index}"):
            x = _narrow(net, _smaller(net, x, draw), draw)
            chosen = draw.weighted(choices)
            with net.scope(chosen.name):
                x = chosen.make(net, x, draw)
    y = _head(net, x, draw)
    model = _model(net, image, y)
    if dtype == "int8":
        from costscope.zoo.quantize import quantized

        return quantized(model)
    return model


def _stem(net: Net, x: Value, draw: Draw, wide: float) -> Value:
    kernel = draw.weighted(((3, 0.7), (7, 0.12), (5, 0.05), (4, 0.13)))
    stride = 4 if kernel == 4 else draw.weighted(((2, 0.8), (1, 0.2)))  # noqa: PLR2004 - patches
    pad = 0 if kernel == 4 else None  # noqa: PLR2004 - as above
    out = draw.channels(16 * wide, 64 * wide)
    x = net.conv(x, "stem", out, kernel, stride=stride, pad=pad, bias=True, act=draw.activation())
    if kernel == 7 and draw.chance(0.7):  # noqa: PLR2004 - as residual networks begin
        x = net.max_pool(x, "stem.pool", 3, stride=2, pad=1)
    return x


def _smaller(net: Net, x: Value, draw: Draw) -> Value:
    """Half the size, now and then, and always while the map is too large."""
    large = x.elements > _MOST_ELEMENTS / 3 or x.spatial[0] > 80  # noqa: PLR2004 - a stem's map
    if min(x.spatial) < 2 * _SMALLEST_MAP or not (large or draw.chance(0.22)):
        return x
    out = draw.channels(x.channels * 1.15, min(_WIDEST, x.channels * 2.4))
    how = draw.weighted((("dense", 0.35), ("depthwise", 0.4), ("pool", 0.1), ("point", 0.15)))
    if how == "dense":
        return net.conv(x, "down", out, 3, stride=2, bias=True, act=draw.activation())
    if how == "point":
        return net.conv(x, "down", out, 1, stride=2, bias=True)
    if how == "pool":
        x = net.max_pool(x, "down", 2, stride=2)
    else:
        x = net.depthwise(x, "down", draw.kernel(), stride=2, bias=True, act=draw.activation())
    return net.conv(x, "widen", out, act=draw.activation())


def _narrow(net: Net, x: Value, draw: Draw) -> Value:
    """Fewer channels where they would grow without end."""
    if x.channels <= _WIDEST and x.elements <= _MOST_ELEMENTS:
        return x
    return net.conv(x, "narrow", draw.channels(x.channels / 8, min(_WIDEST / 2, x.channels / 2)))


def _head(net: Net, x: Value, draw: Draw) -> Value:
    if draw.chance(0.45):
        out = draw.channels(x.channels, min(_WIDEST, 5 * x.channels))
        x = net.conv(x, "last", out, act=draw.activation())
    y = net.mean(x, [2, 3], "pool", keep=False) if draw.chance(0.5) else net.global_pool(x, "pool")
    for index in range(draw.weighted(((0, 0.65), (1, 0.2), (2, 0.1), (5, 0.05)))):
        act = draw.one(("relu", "hswish", None))
        y = net.fc(y, f"hidden{index}", draw.channels(16, 4096), act=act)
    return net.fc(y, "classes", draw.one((10, 100, 1000, 1000, 1000)))


def _model(net: Net, x: Value, y: Value) -> Any:
    from onnx import helper

    graph = helper.make_graph(
        net.nodes,
        "designed",
        [helper.make_tensor_value_info(x.name, net.dtype, x.shape)],
        [helper.make_tensor_value_info(y.name, net.dtype, y.shape)],
        net.initializers,
    )
    opsets = [helper.make_opsetid("", net.opset)]
    domains = sorted({node.domain for node in net.nodes if node.domain})
    opsets += [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(
        graph, opset_imports=opsets, producer_name="costscope", ir_version=_IR_VERSION
    )
