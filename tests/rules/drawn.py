"""Small networks, drawn operator by operator, for tests of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import ModelProto, TensorProto, helper


class Drawn:
    """A network that grows by an operator at a time; weights are zeros.

    Args:
        shape: of its one input, `x`.
    """

    def __init__(self, *shape: int) -> None:
        self.input = shape
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []

    def zeros(self, name: str, *shape: int) -> str:
        """A constant of zeros."""
        count = 1
        for size in shape:
            count *= size
        raw = bytes(4 * count)
        self.initializers.append(helper.make_tensor(name, TensorProto.FLOAT, shape, raw, raw=True))
        return name

    def values(self, name: str, values: Sequence[float], kind: int = TensorProto.FLOAT) -> str:
        """A constant of some values in a row."""
        self.initializers.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def op(self, op_type: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """An operator; its result has its name."""
        self.nodes.append(
            helper.make_node(op_type, inputs, [f"{name}.out"], name=name, **attributes)
        )
        return f"{name}.out"

    def conv(
        self,
        data: str,
        name: str,
        channels: int,
        filters: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        group: int = 1,
        bias: bool = False,
        pad: int | None = None,
    ) -> str:
        """A convolution that keeps the size of maps, but for its stride."""
        inputs = [data, self.zeros(f"{name}.w", filters, channels // group, kernel, kernel)]
        inputs += [self.zeros(f"{name}.b", filters)] if bias else []
        pads = [kernel // 2 if pad is None else pad] * 4
        sizes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": pads}
        return self.op("Conv", inputs, name, group=group, **sizes)

    def norm(self, data: str, name: str, channels: int, **attributes: Any) -> str:
        """A batch norm."""
        parts = [self.zeros(f"{name}.{part}", channels) for part in ("s", "b", "m", "v")]
        return self.op("BatchNormalization", [data, *parts], name, **attributes)

    def model(self, *outputs: str) -> ModelProto:
        """The model; the last result leaves it if none is named."""
        leaving = outputs or (self.nodes[-1].output[0],)
        graph = helper.make_graph(
            self.nodes,
            "drawn",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.input)],
            [helper.make_empty_tensor_value_info(name) for name in leaving],
            self.initializers,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
