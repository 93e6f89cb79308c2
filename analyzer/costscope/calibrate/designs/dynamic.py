"""Products of 8-bit integers whose first operand is quantized while the network runs."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SCALE = 0.01


@step("dynamic", weight=8.0, dtype="dynamic")
def dynamic(net: Net, x: Value, draw: Draw) -> Value:
    """Layers over channels, as dynamic quantization leaves them."""
    y = net.tokens(x)
    for index in range(draw.whole(1, 3)):
        with net.scope(f"layer{index}"):
            y = _layer(net, y, draw.channels(x.channels * 0.5, x.channels * 3), draw)
    with net.scope("last"):
        y = _layer(net, y, x.channels, draw)
    return net.image(y, x.spatial)


def _layer(net: Net, x: Value, out: int, draw: Draw) -> Value:
    """The nodes that quantizers write: quantize, multiply, scale back, a bias."""
    from onnx import TensorProto, helper

    whole, scale, zero = net.emit_many(
        "DynamicQuantizeLinear", [x], "quantize", [x.shape, (1,), (1,)]
    )
    size = (x.shape[-1], out)
    fill = helper.make_tensor("value", TensorProto.INT8, [1], [1])
    weight = net.emit("ConstantOfShape", [net.shape_constant(size)], "weight", size, value=fill)
    shape = (*x.shape[:-1], out)
    y = net.emit("MatMulInteger", [whole, weight, zero], "product", shape)
    y = net.emit("Cast", [y], "real", shape, to=TensorProto.FLOAT)
    factor = net.emit("Mul", [scale, net.constant([_SCALE], [])], "factor", (1,))
    y = net.emit("Mul", [y, factor], "scaled", shape)
    y = net.shifted(y, (out,), "bias")
    return net.act(y, draw.one(("relu", "gelu", None)))
