"""Nodes with shapes and attributes at random: refused in a sentence, or costed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, defs

from costscope.errors import CostscopeError
from costscope.ops import OPS, kind_of, why_uncosted, work_of
from costscope.shapes import resolve
from costscope.work import KernelKind
from operator_cases import CASES
from single_node import NEWEST, Of, model

SHAPES = st.lists(st.integers(1, 7), max_size=5).map(tuple)
VALUES = st.lists(st.integers(-3, 9), max_size=5)
INPUTS = st.one_of(
    SHAPES,
    st.builds(Of, st.sampled_from([TensorProto.INT64, TensorProto.UINT8]), SHAPES),
    VALUES.map(lambda values: np.array(values, np.int64)),
    VALUES.map(lambda values: np.array(values, np.float32)),
    st.none(),
)
INTEGERS = st.integers(-3, 5)
ATTRIBUTES: dict[Any, Any] = {
    defs.OpSchema.AttrType.INT: INTEGERS,
    defs.OpSchema.AttrType.INTS: st.lists(INTEGERS, min_size=1, max_size=6),
    defs.OpSchema.AttrType.FLOAT: st.floats(-2, 2),
    defs.OpSchema.AttrType.FLOATS: st.lists(st.floats(-2, 2), min_size=1, max_size=5),
    defs.OpSchema.AttrType.STRINGS: st.lists(st.sampled_from(["Relu", "?"]), min_size=1),
    defs.OpSchema.AttrType.STRING: st.sampled_from(
        ["SAME_UPPER", "VALID", "linear", "cubic", "ij,jk->ik", "...i->i", "none", "bidirectional"]
    ),
}


OPSETS = [7, 9, 11, 13, 14, 18, 21]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number][0])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_refused_or_costed(number: int, data: st.DataObject) -> None:
    op_type, inputs, attributes, outputs = CASES[number]
    opset = data.draw(st.sampled_from([*OPSETS, NEWEST]))
    given_inputs, given_attributes = [*inputs], dict(attributes)
    if inputs and data.draw(st.booleans()):
        given_inputs[data.draw(st.integers(0, len(inputs) - 1))] = data.draw(INPUTS)
    else:
        given_inputs = given_inputs[: data.draw(st.integers(0, len(inputs)))]
    schema = defs.get_schema(op_type, NEWEST, "")
    known = sorted(set(schema.attributes) | set(attributes))
    if known:
        name = data.draw(st.sampled_from(known))
        kind = schema.attributes[name].type
        if data.draw(st.integers(0, 4)) == 0:
            kind = data.draw(st.sampled_from(sorted(ATTRIBUTES, key=str)))
        given_attributes[name] = data.draw(ATTRIBUTES[kind])
    proto = model(op_type, *given_inputs, opset=opset, outputs=outputs, **given_attributes)

    _check(proto)


def _check(proto: Any) -> None:
    try:
        graph = resolve(proto)
    except CostscopeError as error:
        assert "\n" not in str(error)
        return
    for node in graph.nodes:
        work = work_of(node)
        assert min(work.macs, work.vector_ops, work.special_ops) >= 0
        assert kind_of(node) in KernelKind
        spec = OPS.get(node.key)
        if spec is not None and spec.reads is not None and why_uncosted(node) is None:
            assert min(spec.reads(node).values()) >= 0
        assert why_uncosted(node) is None or work.flops == 0
