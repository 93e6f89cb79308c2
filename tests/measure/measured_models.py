"""Small networks that onnxruntime runs in microseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, parser

HEAD = '<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]>'


def network(text: str, **weights: np.ndarray) -> ModelProto:
    """A model written as text, with weights by name."""
    model = parser.parse_model(f"{HEAD} net {text}")
    for name, array in weights.items():
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    return model


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed + sum(shape)).standard_normal(shape, dtype=np.float32)


def two_convolutions() -> ModelProto:
    """Conv - relu - conv, with a residual around the second."""
    return network(
        """(float[1,16,8,8] x) => (float[1,16,8,8] y) {
            a = Conv <pads=[1,1,1,1]> (x, w)
            b = Relu (a)
            c = Conv <pads=[1,1,1,1]> (b, v)
            y = Add (c, b)
        }""",
        w=random(16, 16, 3, 3),
        v=random(16, 16, 3, 3, seed=1),
    )


def perceptron() -> ModelProto:
    """Two products with a bias, a Gelu written out between."""
    return network(
        """(float[4,16] x) => (float[4,8] y) {
            a = MatMul (x, w)
            b = Add (a, bias)
            c = Div (b, root)
            d = Erf (c)
            e = Add (d, one)
            f = Mul (b, e)
            g = Mul (f, half)
            y = MatMul (g, v)
        }""",
        w=random(16, 32),
        v=random(32, 8),
        bias=random(32),
        root=np.float32(2**0.5),
        one=np.float32(1),
        half=np.float32(0.5),
    )


def loop(trips: int = 5) -> ModelProto:
    """A convolution and a Relu that run as often as asked for."""
    body = parser.parse_graph(
        """body (int64 i, bool on, float[1,8,8,8] s) => (bool still, float[1,8,8,8] after) {
            still = Identity (on)
            a = Conv <pads=[1,1,1,1]> (s, w)
            after = Sigmoid (a)
        }"""
    )
    for node, name in zip(body.node, ("keep", "conv", "act"), strict=True):
        node.name = name
    model = network(
        "(float[1,8,8,8] x) => (float[1,8,8,8] y) { y = Relu (x) }",
        w=random(8, 8, 3, 3),
        trips=np.int64(trips),
        on=np.bool_(1),
    )
    del model.graph.node[:]
    model.graph.node.append(
        helper.make_node("Loop", ["trips", "on", "x"], ["z"], name="again", body=body)
    )
    model.graph.node.append(helper.make_node("Neg", ["z"], ["y"], name="last"))
    return model


def branches() -> ModelProto:
    """An If on the data: one Neg, or the dearer Exp and Sqrt."""
    cheap = parser.parse_graph("cheap () => (float[4] c) { c = Neg (x) }")
    dear = parser.parse_graph("dear () => (float[4] d) { e = Exp (x) d = Sqrt (e) }")
    cheap.node[0].name = "neg"
    dear.node[0].name, dear.node[1].name = "exp", "sqrt"
    model = network(
        "(float[4] x, bool[1] choose) => (float[4] y) { y = Relu (x) }",
    )
    del model.graph.node[:]
    model.graph.node.append(
        helper.make_node(
            "If", ["choose"], ["y"], name="either", then_branch=cheap, else_branch=dear
        )
    )
    return model


def quantized() -> ModelProto:
    """A convolution between QuantizeLinear and DequantizeLinear, on bytes."""
    return network(
        """(float[1,8,8,8] x) => (float[1,8,8,8] y) {
            xq = QuantizeLinear (x, s, z)
            xd = DequantizeLinear (xq, s, z)
            wd = DequantizeLinear (wq, ws, wz)
            a = Conv <pads=[1,1,1,1]> (xd, wd)
            b = Relu (a)
            yq = QuantizeLinear (b, s, zero)
            y = DequantizeLinear (yq, s, zero)
        }""",
        wq=np.random.default_rng(0).integers(-127, 127, (8, 8, 3, 3)).astype(np.int8),
        ws=np.float32(0.02),
        wz=np.int8(0),
        s=np.float32(0.05),
        z=np.uint8(128),
        zero=np.uint8(0),
    )


def filled() -> ModelProto:
    """Two equal weights in short form: a shape, and one value for all elements."""
    value = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.5])
    model = network(
        "(float[4,32] x) => (float[4,32] y) { a = MatMul (x, w) y = MatMul (a, v) }",
        shape=np.array([32, 32]),
    )
    fills = [
        helper.make_node("ConstantOfShape", ["shape"], [name], name=f"{name}.fill", value=value)
        for name in ("w", "v")
    ]
    nodes = [*fills, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def saved(model: ModelProto, folder: Path, name: str = "net.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path
