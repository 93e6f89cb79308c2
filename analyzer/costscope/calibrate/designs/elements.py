"""Elementwise operators, normalizations and reductions on their own."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_UNARY = (
    *("Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Softplus"),
    *("Exp", "Sqrt", "Abs", "Neg", "Erf", "Reciprocal", "Log", "Floor", "Gelu", "Softsign"),
    *("Clip", "Selu", "Sin", "Cos", "Ceil", "Round", "Celu"),
)
_BINARY = ("Add", "Add", "Sub", "Mul", "Mul", "Div", "Max", "Min")
_LOGS = ("Log", "Sqrt", "Reciprocal")


@step("unary", weight=0.7)
def unary(net: Net, x: Value, draw: Draw) -> Value:
    """Four functions of an element, as tokens so that nothing is fused."""
    y = net.tokens(x) if draw.chance(0.5) else x
    for index in range(4):
        op_type = draw.one(_UNARY)
        if op_type == "Gelu":
            y = net.act(y, "gelu", f"gelu{index}")
            continue
        if op_type in _LOGS:
            y = net.emit("Abs", [y], f"positive{index}", y.shape)
            y = net.binary("Add", y, _number(net, 0.5), f"above{index}")
        if op_type == "Clip":
            y = net.act(y, "relu6", f"clip{index}")
        else:
            y = net.emit(op_type, [y], f"{op_type.lower()}{index}", y.shape)
        y = net.emit("Tanh", [y], f"bounded{index}", y.shape) if op_type == "Exp" else y
    return y if len(y.shape) == len(x.shape) else net.image(y, x.spatial)


@step("binary", weight=0.9)
def binary(net: Net, x: Value, draw: Draw) -> Value:
    """Two operands: alike, a number, a row, or a column that is repeated."""
    y = net.tokens(x) if draw.chance(0.5) else x
    plain = len(y.shape) != len(x.shape)
    for index in range(draw.whole(2, 5)):
        op_type = draw.one(_BINARY)
        other = _operand(net, y, draw.one(("same", "number", "row", "column", "channel")), index)
        if op_type == "Div":
            other = net.emit("Exp", [other], f"positive{index}", other.shape)
            other = net.binary("Add", other, _number(net, 0.5), f"above{index}")
        y = net.binary(op_type, y, other, f"{op_type.lower()}{index}")
    return net.image(y, x.spatial) if plain else y


def _number(net: Net, value: float) -> Value:
    return Value(net.constant([value], []), ())


def _operand(net: Net, y: Value, kind: str, index: int) -> Value:
    """An operand that is computed, so that it is not folded into anything."""
    if kind == "same":
        return net.emit("Abs", [y], f"other{index}", y.shape)
    if kind == "number":
        return _number(net, 0.3 + index)
    if kind == "row":
        shape = (*[1] * (len(y.shape) - 1), y.shape[-1])
        return Value(net.weight(f"row{index}", shape), shape)
    axes = [len(y.shape) - 1] if kind == "column" else list(range(2, len(y.shape)))
    return net.mean(y, axes, f"other{index}")


@step("normalize", weight=0.9)
def normalize(net: Net, x: Value, draw: Draw) -> Value:
    """A normalization that no convolution takes in."""
    kind = draw.one(("batch", "batch", "instance", "layer", "by_hand", "local", "length"))
    if kind == "length":
        return net.emit("LpNormalization", [x], "length", x.shape, axis=1, p=2)
    if kind == "local":
        return net.emit("LRN", [x], "local", x.shape, size=5)
    if kind == "batch":
        y = net.batch_norm(net.act(x, "relu", "before"))  # behind a convolution it is folded
        return net.conv(net.act(y, "relu"), "conv", x.channels)
    if kind == "instance":
        scales = [
            net.weight("scale", (x.channels,), like="scale"),
            net.weight("shift", (x.channels,)),
        ]
        return net.emit("InstanceNormalization", [x, *scales], "instance", x.shape)
    if kind == "layer":
        return net.image(net.layer_norm(net.tokens(x), "norm"), x.spatial)
    y = net.binary("Sub", x, net.mean(x, [1], "mean"), "centred")
    spread = net.mean(net.binary("Mul", y, y, "square"), [1], "variance")
    spread = net.binary("Add", spread, _number(net, 1e-3), "above")
    return net.binary("Div", y, net.emit("Sqrt", [spread], "root", spread.shape), "scaled")


@step("reduce", weight=0.5)
def reduce(net: Net, x: Value, draw: Draw) -> Value:
    """Reductions over channels, positions or rows, which gate what they came from."""
    op_type = draw.one(("ReduceMean", "ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2"))
    axes = draw.one(([1], [2, 3], [3], [2]))
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    if op_type == "ReduceSum":
        gate = net.emit(op_type, [x, net.shape_constant(axes)], "reduce", shape, keepdims=1)
    else:
        gate = net.emit(op_type, [x], "reduce", shape, axes=axes, keepdims=1)
    return net.mul(x, net.act(gate, "sigmoid", "gate"))


@step("spread", weight=0.3)
def spread(net: Net, x: Value, draw: Draw) -> Value:
    """A softmax over rows or channels."""
    y = net.tokens(x)
    axis = draw.weighted(((-1, 0.8), (1, 0.2)))
    return net.image(net.softmax(y, axis=axis), x.spatial)


@step("gather", weight=0.4)
def gather(net: Net, x: Value, draw: Draw) -> Value:
    """Channels or rows in another order, or one row repeated."""
    if draw.chance(0.4):
        row = net.mean(x, [draw.one((1, 2, 3))], "row")
        return net.emit("Expand", [row, net.shape_constant(x.shape)], "expand", x.shape)
    axis = draw.one((1, 2, 3))
    size = x.shape[axis]
    order = net.constant([(7 * i) % size for i in range(size)], [size], "int64")
    return net.emit("Gather", [x, order], "gather", x.shape, axis=axis)
