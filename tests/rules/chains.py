"""Convolutions in a row, written with onnx.helper: what tests of rules change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onnx import ModelProto, NodeProto, TensorProto, helper


@dataclass(frozen=True, kw_only=True)
class Conv:
    """A convolution from the channels that come in, with an activation behind it."""

    filters: int
    side: int = 1
    stride: int = 1
    depthwise: bool = False
    dilation: int = 1
    act: str = "Relu"


def chain(
    layers: Sequence[Conv], *, size: int = 32, channels: int = 3, classes: int = 0
) -> ModelProto:
    """A network of convolutions `conv1`, `conv2`, ...

    With classes, global average pooling and a `classifier` stand behind them; weights are
    filled in when the model runs, so that they take no room here.
    """
    build = Build(channels)
    for index, layer in enumerate(layers, start=1):
        build.conv(f"conv{index}", layer)
    if classes:
        build.add("GlobalAveragePool", "pool")
        build.flatten_and_classify(build.channels, classes)
    return build.model((1, channels, size, size))


class Build:
    """A network that grows at its end."""

    def __init__(self, channels: int) -> None:
        self.nodes: list[NodeProto] = []
        self.shapes: dict[str, list[int]] = {}
        self.current = "image"
        self.channels = channels

    def weight(self, name: str, shape: Sequence[int]) -> str:
        """A weight of a shape, without elements in the file."""
        self.shapes[f"{name}.shape"] = list(shape)
        self.nodes.append(helper.make_node("ConstantOfShape", [f"{name}.shape"], [name]))
        return name

    def add(self, op_type: str, name: str, *others: str, **attributes: Any) -> None:
        """An operator on what there is."""
        self.nodes.append(
            helper.make_node(
                op_type, [self.current, *others], [f"{name}.out"], name=name, **attributes
            )
        )
        self.current = f"{name}.out"

    def conv(self, name: str, layer: Conv) -> None:
        """A convolution that keeps the map, but for its stride."""
        groups = self.channels if layer.depthwise else 1
        pad = layer.dilation * (layer.side // 2)
        self.add(
            "Conv",
            name,
            self.weight(f"{name}.w", [layer.filters, self.channels // groups, *[layer.side] * 2]),
            self.weight(f"{name}.b", [layer.filters]),
            kernel_shape=[layer.side] * 2,
            strides=[layer.stride] * 2,
            dilations=[layer.dilation] * 2,
            group=groups,
            pads=[pad] * 4,
        )
        if layer.act:
            self.add(layer.act, f"{name}.act")
        self.channels = layer.filters

    def flatten_and_classify(self, features: int, classes: int) -> None:
        """A fully connected layer on everything there is."""
        self.add("Flatten", "flatten")
        weight = self.weight("classifier.w", [classes, features])
        self.add("Gemm", "classifier", weight, self.weight("classifier.b", [classes]), transB=1)

    def model(self, shape: Sequence[int]) -> ModelProto:
        """The network on an image of a shape."""
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
        output = helper.make_tensor_value_info(self.current, TensorProto.FLOAT, None)
        stored = [
            helper.make_tensor(name, TensorProto.INT64, [len(sizes)], sizes)
            for name, sizes in self.shapes.items()
        ]
        graph = helper.make_graph(self.nodes, "chain", [image], [output], stored)
        opsets = [helper.make_opsetid("", 18)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)
