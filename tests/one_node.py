"""One operator at a time: what costscope finds, what ONNX infers, what onnxruntime runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from costscope.graph.constants import numpy_dtype
from costscope.graph.types import Node, Tensor, TensorType
from costscope.ops import UnknownShapeError, work_of
from costscope.shapes import Bindings, resolve
from costscope.shapes.folding import values_of
from costscope.shapes.scope import Scope
from costscope.shapes.stored import add_initializers
from costscope.shapes.walk import Walk
from costscope.work import Work

Array = npt.NDArray[Any]


def ints(*values: int) -> Array:
    """A list of integers, as shapes and axes are given."""
    return np.array(values, np.int64)


def ramp(*sizes: int, dtype: type = np.float32) -> Array:
    """0, 1, 2, ... in a shape."""
    return np.arange(int(np.prod(sizes)), dtype=dtype).reshape(sizes)


class OneNode:
    """A model of a single node, whose inputs are given as arrays (None: left out)."""

    def __init__(
        self,
        op_type: str,
        *inputs: Array | None,
        opset: int = 18,
        outputs: int | Sequence[str] = 1,
        domain: str = "",
        **attributes: Any,
    ) -> None:
        self.inputs = {f"i{k}": array for k, array in enumerate(inputs) if array is not None}
        names = [f"i{k}" if array is not None else "" for k, array in enumerate(inputs)]
        self.outputs = (
            [f"o{k}" for k in range(outputs)] if isinstance(outputs, int) else list(outputs)
        )
        self.node = helper.make_node(
            op_type, names, self.outputs, name="n", domain=domain, **attributes
        )
        self.opsets = [helper.make_opsetid("", opset)]
        if domain:
            self.opsets.append(helper.make_opsetid(domain, 3))

    def model(self, constants: Sequence[str]) -> onnx.ModelProto:
        """The model with these inputs as initializers and the others as graph inputs."""
        initializers = []
        given = []
        for name, array in self.inputs.items():
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            if name in constants:
                raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
                initializers.append(helper.make_tensor(name, kind, array.shape, raw, raw=True))
            else:
                given.append(helper.make_tensor_value_info(name, kind, array.shape))
        graph = helper.make_graph(
            [self.node],
            "g",
            given,
            [helper.make_empty_tensor_value_info(name) for name in self.outputs if name],
            initializers,
        )
        return helper.make_model(graph, opset_imports=self.opsets, ir_version=8)

    def resolved(self, constants: Sequence[str] = ()) -> tuple[Node | None, tuple[Tensor, ...]]:
        """The node if it stays in the graph, and the outputs, with some inputs constant."""
        graph = resolve(self.model(constants))
        return (graph.nodes[0] if graph.nodes else None), graph.outputs

    @property
    def settings(self) -> list[str]:
        """All inputs but the first."""
        return [name for name in self.inputs if name != "i0"]

    def stays(self) -> Node:
        """The node, when only its first input is computed."""
        node, _ = self.resolved(self.settings)
        assert node is not None
        assert node.problem is None
        return node

    def work(self) -> Work:
        """Work of the node, when only its first input is computed."""
        return work_of(self.stays())

    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the outputs, when only the first input is computed."""
        return [tensor.dims for tensor in self.stays().outputs]

    def values(self) -> list[Array] | None:
        """What the value rule gives when every input is known."""
        model = self.model(list(self.inputs))
        walk, scope = Walk(model, Bindings()), Scope()
        add_initializers(walk, model.graph, scope)
        site = walk.site(self.node, self.node.domain, "n", scope)
        types = walk._types(site)
        found = values_of(site, types)
        if found is None:
            return None
        for kind, value in zip(types, found, strict=True):
            assert value.shape == kind.shape
            assert value.dtype == numpy_dtype(kind.dtype)
        return list(found)

    def inferred(self) -> list[TensorType] | None:
        """What ONNX's own inference says, None where it does not know."""
        model = self.model(self.settings)
        walk, scope = Walk(model, Bindings()), Scope()
        add_initializers(walk, model.graph, scope)
        for name in self.inputs:
            if name not in scope.tensors:
                array = self.inputs[name]
                kind = helper.np_dtype_to_tensor_dtype(array.dtype)
                from costscope.dtypes import from_onnx

                scope.add(name, Tensor(name, array.shape, from_onnx(kind)))
        try:
            return list(walk.site(self.node, self.node.domain, "n", scope).infer())
        except UnknownShapeError:
            return None

    def run(self, constants: Sequence[str] = ()) -> list[Array]:
        """What onnxruntime computes."""
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = ort.InferenceSession(
            self.model(constants).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        feeds = {name: array for name, array in self.inputs.items() if name not in constants}
        return list(session.run(None, feeds))


def agrees(one: OneNode, *, valued: bool = True) -> None:
    """Shapes, element types and values as onnxruntime has them and as ONNX infers them."""
    expected = one.run()
    node = one.stays()
    found = [tensor for tensor, name in zip(node.outputs, one.outputs, strict=False) if name]
    assert [t.dims for t in found] == [array.shape for array in expected]
    assert [numpy_dtype(t.dtype) for t in found] == [array.dtype for array in expected]
    inferred = one.inferred()
    if inferred is not None:
        assert [t.shape for t in inferred] == [t.dims for t in node.outputs]
    if not valued:
        return
    values = one.values()
    assert values is not None
    asked = [value for value, name in zip(values, one.outputs, strict=True) if name]
    for value, array in zip(asked, expected, strict=True):
        np.testing.assert_array_equal(value, array, strict=True)
