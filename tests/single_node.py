"""Models of one node, to ask three judges: costscope, ONNX's inference and onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper, shape_inference

from costscope.dtypes import from_onnx
from costscope.graph.types import Node, Shape, Tensor, TensorType
from costscope.ops import VALUES, Site, kind_of, why_uncosted, work_of
from costscope.shapes import resolve
from costscope.work import KernelKind, Work

NEWEST = 28
# Newest opset that the installed onnxruntime runs.
RUNNABLE = 23


class Of(NamedTuple):
    """A graph input of an element type other than float32."""

    dtype: int
    shape: Shape


# A graph input of float32, one of another type, a constant, or an input left out.
Given = Shape | Of | npt.NDArray[Any] | None


def ints(*values: int) -> npt.NDArray[np.int64]:
    """A constant vector of integers."""
    return np.array(values, np.int64)


def floats(*values: float) -> npt.NDArray[np.float32]:
    """A constant vector of floats."""
    return np.array(values, np.float32)


def model(
    op_type: str,
    *inputs: Given,
    opset: int = NEWEST,
    outputs: int = 1,
    domain: str = "",
    **attributes: Any,
) -> ModelProto:
    """A model of one node, named by its operator."""
    names, values, constants = [], [], []
    for slot, given in enumerate(inputs):
        name = "" if given is None else f"i{slot}"
        names.append(name)
        if isinstance(given, np.ndarray):
            constants.append(numpy_helper.from_array(given, name))
        elif given is not None:
            dtype, shape = given if isinstance(given, Of) else (TensorProto.FLOAT, given)
            values.append(helper.make_tensor_value_info(name, dtype, shape))
    results = [f"o{slot}" for slot in range(outputs)]
    node = helper.make_node(op_type, names, results, name=op_type, domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "single",
        values,
        [helper.make_empty_tensor_value_info(n) for n in results],
        constants,
    )
    opsets = [helper.make_opsetid("", opset)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def node_of(*arguments: Any, **keywords: Any) -> Node:
    """The node as costscope resolves it; the arguments are those of `model`."""
    (node,) = resolve(model(*arguments, **keywords)).nodes
    return node


def shapes_of(*arguments: Any, **keywords: Any) -> list[Shape | None]:
    """Shapes of the outputs as costscope finds them."""
    return [output.shape for output in node_of(*arguments, **keywords).outputs]


def work(*arguments: Any, **keywords: Any) -> Work:
    """The work of the node, which must be costed."""
    node = node_of(*arguments, **keywords)
    assert why_uncosted(node) is None
    return work_of(node)


def kind(*arguments: Any, **keywords: Any) -> KernelKind:
    """The kernel kind of the node."""
    return kind_of(node_of(*arguments, **keywords))


def value_of(
    op_type: str, *inputs: npt.NDArray[Any] | None, opset: int = 18, **attributes: Any
) -> npt.NDArray[Any]:
    """The first output's value as costscope folds it."""
    tensors = tuple(
        None
        if given is None
        else Tensor(
            f"i{slot}",
            given.shape,
            from_onnx(helper.np_dtype_to_tensor_dtype(given.dtype)),
            constant=True,
        )
        for slot, given in enumerate(inputs)
    )
    spec = VALUES.get(("", op_type))
    assert spec is not None
    site = Site(
        op_type, op_type, "", opset, tensors, ("o0",), attributes, inputs, lambda _: None, list
    )
    return spec.rule(site)[0]


def inferred(proto: ModelProto) -> list[TensorType]:
    """Types of the outputs as ONNX infers them; an open dimension makes no shape."""
    answer = shape_inference.infer_shapes(proto, strict_mode=True, data_prop=True)
    return [_type(value.type.tensor_type) for value in answer.graph.output]


def _type(tensor: Any) -> TensorType:
    dtype = from_onnx(tensor.elem_type)
    dims = tensor.shape.dim
    if not tensor.HasField("shape") or not all(dim.HasField("dim_value") for dim in dims):
        return TensorType(None, dtype)
    return TensorType(tuple(dim.dim_value for dim in dims), dtype)


def ran(proto: ModelProto) -> list[Shape]:
    """Shapes of the outputs as onnxruntime computes them on random inputs."""
    return [result.shape for result in results(proto)]


def results(
    proto: ModelProto, given: Sequence[npt.NDArray[Any]] | None = None
) -> list[npt.NDArray[Any]]:
    """Outputs of onnxruntime, on the inputs given or on random ones."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    rng = np.random.default_rng(0)
    feeds = {}
    for place, value in enumerate(proto.graph.input):
        tensor = value.type.tensor_type
        shape = [dim.dim_value for dim in tensor.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        made = rng.random(shape) if given is None else given[place]
        feeds[value.name] = np.asarray(made, dtype)
    return [np.asarray(result) for result in session.run(None, feeds)]
