"""A row of a table to a ModelProto."""

from __future__ import annotations

from typing import Any

from costscope.experiment.designs import design_of
from costscope.experiment.published import blocks, image
from costscope.experiment.types import Row
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net
from costscope.zoo.weights import Weights

_IR_VERSION = 8


def network(row: Row, *, seed: int | None = 0) -> Any:
    """The row's block ten times over, on one image; equal arguments give equal bytes.

    Args:
        row: of a guideline's table.
        seed: of random weights, all different; None leaves weights out.
    """
    net = Net(deploy=True, weights=Weights(seed))
    block = design_of(row.guideline)
    start = x = Value("x", (1, row.channels[0], image(), image()))
    for number in range(blocks()):
        with net.scope(f"block{number + 1}"):
            x = block(net, x, row)
    return _model(net, row, start, x)


def name_of(row: Row) -> str:
    """The network's name: guideline, setting and channels."""
    return f"{row.guideline} {row.setting} {told(row.channels)}"


def told(channels: tuple[int, ...]) -> str:
    """Channels as the tables print them: `(32, 32)`, or `64` alone."""
    return str(channels[0]) if len(channels) == 1 else f"({', '.join(map(str, channels))})"


def _model(net: Net, row: Row, start: Value, end: Value) -> Any:
    from onnx import helper

    graph = helper.make_graph(
        net.nodes,
        name_of(row),
        [helper.make_tensor_value_info(start.name, net.dtype, start.shape)],
        [helper.make_tensor_value_info(end.name, net.dtype, end.shape)],
        net.initializers,
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", net.opset)],
        producer_name="costscope",
        ir_version=_IR_VERSION,
    )
