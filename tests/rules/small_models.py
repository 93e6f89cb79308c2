"""Small ONNX models for tests of rules, written operator by operator, and edits of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

OPSET = 18


def weights(*sizes: int) -> npt.NDArray[np.float32]:
    """A constant of a shape."""
    return np.ones(sizes, np.float32)


def scalar(value: float) -> npt.NDArray[np.float32]:
    """A constant of one element."""
    return np.array(value, np.float32)


def ints(*values: int) -> npt.NDArray[np.int64]:
    """A list of integers, as shapes and axes are given."""
    return np.array(values, np.int64)


def op(op_type: str, inputs: str, output: str, **attributes: object) -> NodeProto:
    """An operator named as what it makes; inputs are names with blanks between."""
    return helper.make_node(op_type, inputs.split(), [output], name=output, **attributes)


def model(
    nodes: Sequence[NodeProto],
    shape: Sequence[int],
    constants: Mapping[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]],
) -> ModelProto:
    """A model from `x` of a shape to what its last operator makes."""
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_empty_tensor_value_info(nodes[-1].output[0])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("elsewhere", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def without(given: ModelProto, names: Mapping[str, str]) -> ModelProto:
    """A copy without some operators: who reads their result reads another tensor.

    Args:
        given: the model.
        names: by operator, the tensor that is read instead.
    """
    changed = ModelProto()
    changed.CopyFrom(given)
    handed = {node.output[0]: names[node.name] for node in changed.graph.node if node.name in names}
    kept = [node for node in changed.graph.node if node.name not in names]
    for node in kept:
        for slot in range(len(node.input)):
            while node.input[slot] in handed:
                node.input[slot] = handed[node.input[slot]]
    del changed.graph.node[:]
    changed.graph.node.extend(_alive(kept, {each.name for each in changed.graph.output}))
    return changed


def swapped(given: ModelProto, nodes: Mapping[str, NodeProto]) -> ModelProto:
    """A copy with other operators in the place of some; what is read no more is gone."""
    changed = ModelProto()
    changed.CopyFrom(given)
    kept = [nodes.get(node.name, node) for node in changed.graph.node]
    outputs = {each.name for each in changed.graph.output}
    del changed.graph.node[:]
    changed.graph.node.extend(_alive(kept, outputs))
    return changed


def _alive(nodes: Sequence[NodeProto], outputs: set[str]) -> list[NodeProto]:
    """The operators whose results are read in the end."""
    wanted, found = set(outputs), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            found.append(node)
            wanted.update(node.input)
    return found[::-1]
