"""ONNX's own test cases, one or several for every operator: shapes, element types, values.

The cases are made by the onnx package. Inputs but the first become constants, so that
shapes, axes and pads are known; then all of them, to see the values that are followed.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, helper, numpy_helper

from costscope.dtypes import to_onnx
from costscope.errors import ShapeError
from costscope.graph.types import Graph, Node, Tensor
from costscope.ops import why_uncosted
from costscope.shapes import resolve

# Operators that are uncosted by decision, or whose sizes no file can tell.
UNCOSTED = {
    "Adagrad", "Adam", "Momentum", "ImageDecoder", "RegexFullMatch", "StringConcat",
    "StringNormalizer", "StringSplit", "TfIdfVectorizer", "TreeEnsemble",
}  # fmt: skip


@cache
def cases() -> list[Any]:
    """The cases with a model; making them is noisy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return [case for case in collect_testcases(None) if case.model is not None]


def with_constants(case: Any, first: int) -> ModelProto:
    """The case's model with its inputs from this one on, and empty ones, as constants."""
    model = ModelProto()
    model.CopyFrom(case.model)
    for slot, (value, array) in enumerate(
        zip(model.graph.input, case.data_sets[0][0], strict=False)
    ):
        if not isinstance(array, np.ndarray) or array.dtype == object:
            continue
        if slot >= first or array.size == 0:
            code = value.type.tensor_type.elem_type
            if array.dtype.name.startswith(
                ("bfloat", "float8", "float4", "int4", "uint4", "int2", "uint2")
            ):  # no numpy type: only shape and type
                model.graph.initializer.add(name=value.name, data_type=code, dims=array.shape)
            else:
                model.graph.initializer.append(numpy_helper.from_array(array, value.name))
    return model


def nodes(graph: Graph) -> list[Node]:
    """Nodes, those of graphs inside nodes too."""
    inner = [n for node in graph.nodes for b in node.branches for n in nodes(b.graph)]
    return [*graph.nodes, *inner]


def differs(tensor: Tensor, array: Any, graph: Graph) -> bool:
    """Whether an output is not of the shape and element type that the case gives."""
    if not isinstance(array, np.ndarray) or array.dtype == object:
        return False
    if any("--trip-count" in sentence for sentence in graph.assumptions):
        return len(tensor.dims) != array.ndim
    if any("upper bound" in sentence for sentence in graph.assumptions):
        return any(a < b for a, b in zip(tensor.dims, array.shape, strict=True))
    code = helper.np_dtype_to_tensor_dtype(array.dtype)
    return tensor.dims != array.shape or to_onnx(tensor.dtype) != code


def test_there_are_cases_for_most_operators() -> None:
    assert len({node.op_type for case in cases() for node in case.model.graph.node}) > 180


def test_shapes_and_element_types() -> None:
    wrong, checked = [], 0
    for case in cases():
        try:
            graph = resolve(with_constants(case, 1))
        except ShapeError as error:
            assert "is 0; bind the shape" in str(error), case.name  # an empty text input
            continue
        if any(why_uncosted(node) for node in nodes(graph)):
            continue
        checked += 1
        for tensor, array in zip(graph.outputs, case.data_sets[0][1], strict=True):
            if differs(tensor, array, graph):
                wrong.append((case.name, tensor.shape, tensor.dtype.name, np.shape(array)))

    assert wrong == []
    assert checked > 1650


def test_only_a_few_operators_are_uncosted() -> None:
    for case in cases():
        try:
            graph = resolve(with_constants(case, 1))
        except ShapeError:
            continue
        for node in nodes(graph):
            reason = why_uncosted(node)
            if reason is None or node.op_type in UNCOSTED:
                continue
            # A sequence that the caller gives, a slice that moves with the iteration.
            assert "is unknown" in reason, (case.name, node.op_type, reason)
            assert any(
                tensor is not None and (tensor.items is None) and not tensor.constant
                for tensor in node.inputs
            ), (case.name, node.op_type, reason)


@pytest.mark.parametrize("first", [0, 1])
def test_values_that_are_followed(first: int) -> None:
    wrong, checked = [], 0
    for case in cases():
        try:
            graph = resolve(with_constants(case, first))
        except ShapeError:
            continue
        for tensor, array in zip(graph.outputs, case.data_sets[0][1], strict=True):
            assumed = any("is taken as given" in sentence for sentence in graph.assumptions)
            if tensor.value is None or assumed or not isinstance(array, np.ndarray):
                continue
            checked += 1
            expected = array.astype(np.float64).ravel()
            if not np.allclose(tensor.value, expected, rtol=1e-3, atol=1e-3, equal_nan=True):
                wrong.append((case.name, tensor.value, expected.tolist()))

    assert wrong == []
    assert checked > (250 if first == 0 else 20)
