"""Small networks as onnxruntime's optimizer saves them: every node known, shapes as it ran."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper

from contrib_cases import weight
from costscope.graph import proto
from costscope.graph.types import Graph
from costscope.ops import NCHWC, why_uncosted, work_of
from costscope.shapes import resolve
from optimized import found, optimized

pytest.importorskip("onnxruntime")


def network(channels: int) -> ModelProto:
    """Three convolutions, the middle one depthwise, with a residual; then a layer."""
    kernels = {
        "w0": weight(channels, 3, 3, 3),
        "w1": weight(channels, 1, 3, 3),
        "w2": weight(channels, channels, 1, 1),
        "w3": weight(channels, 10),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w1"], ["c"], pads=[1, 1, 1, 1], group=channels),
        helper.make_node("Clip", ["c", "low", "high"], ["d"]),
        helper.make_node("Conv", ["d", "w2"], ["e"]),
        helper.make_node("Add", ["b", "e"], ["f"]),
        helper.make_node("MaxPool", ["f"], ["g"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["g"], ["h"]),
        helper.make_node("Flatten", ["h"], ["i"]),
        helper.make_node("MatMul", ["i", "w3"], ["j"]),
        helper.make_node("Softmax", ["j"], ["y"]),
    ]
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, value.shape, value.tobytes(), raw=True)
        for name, value in kernels.items()
    ]
    limits = {"low": 0.0, "high": 6.0}
    bounds = [helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in limits.items()]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        [*constants, *bounds],
    )
    for index, node in enumerate(nodes):
        graph.node[index].name = f"{node.op_type}{index}"
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def macs(channels: int) -> int:
    """27 inputs a position, 9, all channels; then a layer of 10."""
    return 64 * channels * (27 + 9 + channels) + channels * 10


def counted(graph: Graph) -> int:
    return sum(work_of(node).macs for node in graph.nodes)


@pytest.mark.parametrize("level", ["ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL"])
@pytest.mark.parametrize("channels", [16, 24, 32])
def test_every_node_is_costed_with_the_shape_that_ran(
    channels: int, level: str, tmp_path: Path
) -> None:
    path, ran = optimized(network(channels).SerializeToString(), tmp_path, level)

    graph = resolve(proto.read(path))

    assert [why_uncosted(node) for node in graph.nodes] == [None] * len(graph.nodes)
    assert found(graph) == ran
    blocked = any(node.domain == NCHWC for node in graph.nodes)
    assert any(node.domain for node in graph.nodes)
    if channels % 16 == 0 or not blocked:
        assert counted(graph) == macs(channels)
    else:
        # Blocks of 16 hold 24 channels in 32, the layer behind them does not.
        whole = macs(32) - 32 * 10 + channels * 10
        assert counted(graph) in (macs(channels), whole)
