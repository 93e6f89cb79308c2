"""Small networks of convolutions, written down operator by operator, for tests of G2 to G4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Draft:
    """A network of one input under construction; tensors are called as what makes them."""

    def __init__(self, channels: int, size: int) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.input = helper.make_tensor_value_info(
            "x", TensorProto.FLOAT, [1, channels, size, size]
        )

    def conv(self, data: str, name: str, channels: tuple[int, int], **how: Any) -> str:
        """A convolution without bias; `how`: kernel, stride, group, act."""
        kernel, group = how.get("kernel", 1), how.get("group", 1)
        shape = (channels[1], channels[0] // group, kernel, kernel)
        weight = np.zeros(shape, np.float32)
        self.weights.append(numpy_helper.from_array(weight, f"{name}.weight"))
        made = self.node(
            "Conv",
            [data, f"{name}.weight"],
            name,
            group=group,
            strides=[how.get("stride", 1)] * 2,
            pads=[kernel // 2] * 4,
        )
        return self.node(how["act"], [made], f"{name}.act") if "act" in how else made

    def node(self, op_type: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Any operator of one output."""
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=name, **attributes))
        return name

    def pool(self, data: str, name: str) -> str:
        """A 3x3 pooling that keeps the size."""
        window = {"kernel_shape": [3, 3], "pads": [1] * 4, "strides": [1, 1]}
        return self.node("MaxPool", [data], name, **window)

    def norm(self, data: str, name: str, channels: int) -> str:
        """A batch norm."""
        names = [f"{name}.{part}" for part in ("scale", "bias", "mean", "variance")]
        values = np.ones(channels, np.float32)
        self.weights += [numpy_helper.from_array(values, each) for each in names]
        return self.node("BatchNormalization", [data, *names], name)

    def model(self, *outputs: str) -> Any:
        """The network as a ModelProto; sizes of its outputs are left to be inferred."""
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self.nodes, "draft", [self.input], ends, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
