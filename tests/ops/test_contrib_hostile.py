"""Valid nodes of onnxruntime's own operators, broken a little: refused or costed, never a crash."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from contrib_cases import RUN, Case
from contrib_told import TOLD
from costscope.errors import CostscopeError
from costscope.ops import OPS, kind_of, packed_elements, why_uncosted, work_of
from costscope.shapes import resolve
from single_node import Given, Of, model

CASES = [*RUN, *(case for case, _ in TOLD)]
_MOST_ELEMENTS = 1_000_000  # of a constant, which must be made
SIZES = st.sampled_from([0, 1, 1, 2, 3, 4, 8, 16, 64])
SHAPES = st.lists(SIZES, max_size=5).map(tuple)
KINDS = st.sampled_from([TensorProto.INT64, TensorProto.INT32, TensorProto.UINT8, TensorProto.INT8])
VALUES = st.lists(st.integers(-3, 9), min_size=1, max_size=4)
INPUTS: st.SearchStrategy[Given] = st.one_of(
    SHAPES,
    st.builds(Of, KINDS, SHAPES),
    VALUES.map(lambda values: np.array(values, np.int64)),
    SHAPES.filter(lambda shape: prod(shape) <= _MOST_ELEMENTS).map(
        lambda shape: np.ones(shape, np.float32)
    ),
    st.none(),
)
ATTRIBUTES = st.one_of(
    st.integers(-3, 64),
    st.floats(-2, 2),
    st.sampled_from(["bogus", "VALID", "linear", "Relu"]),
    st.lists(st.integers(-1, 4), min_size=1, max_size=4),
)


def resized(given: Given, data: st.DataObject) -> Given:
    """The same input with an axis more, an axis less, or another size."""
    if given is None:
        return data.draw(INPUTS)
    sizes = list(given if type(given) is tuple else given.shape)  # type: ignore[union-attr]
    change = data.draw(st.sampled_from(["more", "less", "other"]))
    if change == "more" or not sizes:
        sizes.insert(data.draw(st.integers(0, len(sizes))), data.draw(SIZES))
    elif change == "less":
        sizes.pop(data.draw(st.integers(0, len(sizes) - 1)))
    else:
        sizes[data.draw(st.integers(0, len(sizes) - 1))] = data.draw(SIZES)
    if isinstance(given, np.ndarray):
        assume(prod(sizes) <= _MOST_ELEMENTS)
        return np.ones(sizes, given.dtype)
    return Of(given.dtype, tuple(sizes)) if isinstance(given, Of) else tuple(sizes)


def broken(case: Case, data: st.DataObject) -> tuple[list[Given], dict[str, Any]]:
    """The case's inputs and attributes with one or two of them changed."""
    inputs, keywords = list(case.inputs), dict(case.keywords)
    attributes = [name for name in keywords if name not in ("domain", "opset", "outputs")]
    for _ in range(data.draw(st.integers(1, 2))):
        slot = data.draw(st.integers(0, len(inputs) - 1)) if inputs else 0
        action = data.draw(st.sampled_from(["resize", "replace", "cut", "set", "drop"]))
        if action == "resize" and inputs:
            inputs[slot] = resized(inputs[slot], data)
        elif action == "replace" and inputs:
            inputs[slot] = data.draw(INPUTS)
        elif action == "cut":
            inputs = inputs[:slot]
        elif attributes:
            name = data.draw(st.sampled_from(attributes))
            if action == "set":
                keywords[name] = data.draw(ATTRIBUTES)
            else:
                keywords.pop(name, None)
    return inputs, keywords


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_refused_or_costed(case: Case, data: st.DataObject) -> None:
    inputs, keywords = broken(case, data)
    proto = model(case.op_type, *inputs, **keywords)

    try:
        nodes = resolve(proto).nodes
    except CostscopeError as error:
        assert "\n" not in str(error)
        return

    for node in nodes:
        work, spec = work_of(node), OPS.get(node.key)
        assert min(work.macs, work.vector_ops, work.special_ops) >= 0
        assert kind_of(node) is not None
        assert all(count >= 0 for count in packed_elements(node).values())
        if spec is not None and spec.reads is not None and why_uncosted(node) is None:
            assert all(count >= 0 for count in spec.reads(node).values())
        assert why_uncosted(node) is None or work.flops == 0
