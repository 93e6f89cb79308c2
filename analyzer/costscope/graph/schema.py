"""ONNX's own knowledge of operators: schemas, and shape inference of one node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy.typing as npt

from costscope.dtypes import from_onnx, to_onnx
from costscope.graph.types import Tensor, TensorType


@cache
def newest_opset() -> int:
    """The newest opset of the standard domain that the installed onnx knows."""
    from onnx import defs

    return int(defs.onnx_opset_version())


@cache
def schema(op_type: str, version: int, domain: str) -> Any | None:
    """The schema of an operator at an opset version, None if ONNX has none."""
    from onnx import defs

    try:
        return defs.get_schema(op_type, version, domain)
    except defs.SchemaError:
        return None


def input_range(op_type: str, version: int, domain: str) -> tuple[int, int] | None:
    """The least and the greatest number of inputs of an operator; None without a schema."""
    found = schema(op_type, version, domain)
    return None if found is None else (found.min_input, found.max_input)


@cache
def _attribute_kinds(op_type: str, version: int, domain: str) -> dict[str, int]:
    """Kind of each attribute of an operator, by name."""
    found = schema(op_type, version, domain)
    attributes = {} if found is None else found.attributes
    return {name: int(attribute.type.value) for name, attribute in attributes.items()}


def wrong_attribute(proto: Any, version: int, domain: str) -> str | None:
    """Which attribute of a node is of another kind than its operator has; None if none is."""
    kinds = _attribute_kinds(proto.op_type, version, domain)
    for attribute in proto.attribute:
        name, kind = attribute.name, attribute.type
        wanted = kinds.get(name, kind)
        if kind not in (wanted, 0):  # files from before IR version 2 leave the kind out
            return f"its attribute {name!r} is {_article(kind)}, it must be {_article(wanted)}"
    return None


def _article(kind: int) -> str:
    from onnx import AttributeProto

    try:
        word = AttributeProto.AttributeType.Name(kind).lower().replace("_", " ")
    except ValueError:
        return "of an unknown kind"
    if word.endswith("s"):
        return f"a list of {word}"
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def infer(
    proto: Any,
    inputs: Sequence[Tensor | None],
    values: Sequence[npt.NDArray[Any] | None],
    *,
    version: int,
    opsets: Mapping[str, int],
) -> list[TensorType] | None:
    """What ONNX infers of a node's outputs, from its inputs' shapes and known values.

    Args:
        proto: the NodeProto, whose input and output names need not be unique in the graph.
        inputs: tensors in the order of the node's inputs, None where one is left out.
        values: known values in the same order.
        version: opset version of the node's domain.
        opsets: versions of all domains.

    Returns:
        One type per output asked for; None where ONNX has no schema, or contradicts itself.

    Raises:
        ValueError: the inputs contradict the operator (ONNX's sentence).
    """
    from onnx import NodeProto, checker, helper, shape_inference

    domain = "" if proto.domain == "ai.onnx" else proto.domain
    found = schema(proto.op_type, version, domain)
    if found is None or len(inputs) > len(proto.input):
        return None
    node = NodeProto()
    node.op_type, node.domain = proto.op_type, domain
    node.attribute.extend(proto.attribute)
    types, data = {}, {}
    for slot, tensor in enumerate(inputs):
        node.input.append("" if tensor is None else f"i{slot}")
        if tensor is None:
            continue
        types[f"i{slot}"] = _type_proto(tensor)
        value = values[slot]
        if value is not None:
            data[f"i{slot}"] = _tensor_proto(value, tensor)
    node.output.extend(f"o{slot}" if name else "" for slot, name in enumerate(proto.output))
    imports = [helper.make_opsetid(domain, number) for domain, number in opsets.items()]
    try:
        answer = shape_inference.infer_node_outputs(
            found, node, types, input_data=data, opset_imports=imports
        )
    except shape_inference.InferenceError as error:
        raise ValueError(_sentence(str(error))) from None
    except checker.ValidationError as error:
        # The element type of a tensor of unknown shape is only a guess.
        if any(t is not None and t.shape is None and t.items is None for t in inputs):
            return None
        raise ValueError(_sentence(str(error))) from None
    except (RuntimeError, TypeError, ValueError, KeyError):
        return None
    return [
        _type_of(answer[name]) if name in answer else TensorType(None, from_onnx(0))
        for name in node.output
    ]


def _sentence(message: str) -> str:
    """ONNX's message without its decoration."""
    line = message.strip().splitlines()[-1] if message.strip() else "shape inference failed"
    return line.replace("[ShapeInferenceError]", "").replace("[TypeInferenceError]", "").strip()


def _type_proto(tensor: Tensor) -> Any:
    from onnx import TypeProto, helper

    if tensor.items is not None:
        first = tensor.items[0] if tensor.items else TensorType(None, tensor.dtype)
        inner = helper.make_tensor_type_proto(to_onnx(first.dtype), None)
        return helper.make_sequence_type_proto(inner)
    proto = TypeProto()
    proto.tensor_type.elem_type = to_onnx(tensor.dtype)
    if tensor.shape is not None:
        shape = proto.tensor_type.shape
        shape.SetInParent()
        for dim in tensor.shape:
            shape.dim.add().dim_value = dim
    return proto


def _tensor_proto(value: npt.NDArray[Any], tensor: Tensor) -> Any:
    from onnx import TensorProto

    proto = TensorProto()
    proto.data_type = to_onnx(tensor.dtype)
    proto.dims.extend(value.shape)
    proto.raw_data = value.tobytes()
    return proto


def _type_of(proto: Any) -> TensorType:
    """Shape and element type of a TypeProto; the shape is None unless every dim is known."""
    if not proto.HasField("tensor_type"):
        return TensorType(None, from_onnx(0))
    tensor = proto.tensor_type
    dtype = from_onnx(tensor.elem_type)
    if not tensor.HasField("shape"):
        return TensorType(None, dtype)
    dims = tensor.shape.dim
    if not all(dim.HasField("dim_value") for dim in dims):
        return TensorType(None, dtype)
    return TensorType(tuple(dim.dim_value for dim in dims), dtype)
