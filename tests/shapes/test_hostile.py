"""Damaged models end in one sentence of ours, or in a graph; never in a traceback."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, defs, helper, parser

from costscope.errors import CostscopeError
from costscope.ops import kind_of, why_uncosted, work_of
from costscope.shapes import resolve

OPS = sorted({schema.name for schema in defs.get_all_schemas() if not schema.domain})
SIZES = [0, 1, 2, 3, 7, -1, 2**40, 2**62, -(2**63)]
HEAD = '<ir_version: 9, opset_import: ["" : 18, "f" : 1]>'
CONV_NET = f"""{HEAD} g (float[1,3,16,16] x) => (float[] y)
<float[8,3,3,3] w, float[8] b, float[128,10] v> {{
  c = Conv <pads = [1,1,1,1], strides = [2,2]> (x, w, b)
  r = f.Act(c)
  s = Shape(r) zero = Constant <value_int = 0> () n = Gather(s, zero)
  axes = Constant <value_ints = [0]> () u = Unsqueeze(n, axes)
  eight = Constant <value_ints = [128]> () full = Concat <axis = 0> (u, eight)
  p = MaxPool <kernel_shape = [2,2], strides = [2,2]> (r)
  flat = Reshape(p, full)
  y = MatMul(flat, v)
}} <domain: "f", opset_import: ["" : 18]> Act (p) => (q) {{ h = Sigmoid(p) q = Mul(p, h) }}"""
CONTROL = f"""{HEAD} g (float[2,3] x, bool c, int64 m) => (float[] y) {{
  i = If (c) <then_branch = t () => (float[] p) {{ p = Relu(x) }},
              else_branch = e () => (float[] q) {{ z = Neg(x) q = Exp(z) }}>
  l, stacked = Loop (m, c, i) <body = b (int64 j, bool k, float[] s) =>
    (bool ko, float[] so, float[] o) {{ so = Tanh(s) o = ReduceSum(s) ko = Identity(k) }}>
  n = Scan (l) <num_scan_inputs = 1, body = d (float[] r) => (float[] w) {{ w = Softmax(r) }}>
  a, b2 = Split <axis = 0, num_outputs = 2> (n)
  q2 = SequenceConstruct(a, b2)
  j2 = ConcatFromSequence <axis = 1> (q2)
  k2, places = TopK(j2, one)
  one = Constant <value_ints = [1]> ()
  y = Squeeze(k2)
}}"""


def parse(text: str) -> ModelProto:
    """A model whose weights have a shape but no data."""
    model: Any = parser.parse_model(text)
    for value in model.graph.value_info:
        dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        model.graph.initializer.add(name=value.name, data_type=1, dims=dims)
    del model.graph.value_info[:]
    return model


MODELS = [parse(CONV_NET), parse(CONTROL)]


def graphs(graph: GraphProto) -> list[GraphProto]:
    found = [graph]
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                found += graphs(attribute.g)
    return found


def names(graph: GraphProto) -> list[str]:
    made = [output for node in graph.node for output in node.output]
    return [*made, *(v.name for v in graph.input), *(t.name for t in graph.initializer), ""]


def damage_node(graph: GraphProto, node: NodeProto, dice: random.Random) -> None:
    kind = dice.randrange(8)
    if kind == 0:
        node.op_type = dice.choice(OPS)
    elif kind == 1 and node.attribute:
        del node.attribute[dice.randrange(len(node.attribute))]
    elif kind == 2 and node.attribute:
        attribute = dice.choice(node.attribute)
        if attribute.type == AttributeProto.INTS and attribute.ints:
            attribute.ints[dice.randrange(len(attribute.ints))] = dice.choice(SIZES)
        elif attribute.type == AttributeProto.INT:
            attribute.i = dice.choice(SIZES)
    elif kind == 3 and node.attribute:
        attribute = dice.choice(node.attribute)
        value = dice.choice([3, "s", 1.5, [1, 2], [1.0], ["a"]])
        attribute.CopyFrom(helper.make_attribute(attribute.name, value))
    elif kind == 4 and node.input:
        del node.input[dice.randrange(len(node.input))]
    elif kind == 5 and node.input:
        node.input[dice.randrange(len(node.input))] = dice.choice(names(graph))
    elif kind == 6:
        node.input.append(dice.choice(names(graph)))
    else:
        node.output.append(f"extra{dice.randrange(9)}")


def damage(model: ModelProto, dice: random.Random) -> None:
    graph = dice.choice(graphs(model.graph))
    kind = dice.randrange(6)
    if kind == 0 and graph.initializer:
        tensor = dice.choice(graph.initializer)
        if tensor.dims:
            tensor.dims[dice.randrange(len(tensor.dims))] = dice.choice(SIZES)
        tensor.data_type = dice.choice([tensor.data_type, 1, 7, 8, 9, 16, 22, 99])
    elif kind == 1 and graph.input:
        dims = dice.choice(graph.input).type.tensor_type.shape.dim
        if dims:
            dims[dice.randrange(len(dims))].dim_value = dice.choice(SIZES)
    elif kind == 2:
        model.opset_import[0].version = dice.choice([1, 6, 7, 9, 11, 13, 18, 21, 24])
    elif graph.node:
        damage_node(graph, dice.choice(graph.node), dice)


def check(model: ModelProto) -> None:
    try:
        graph = resolve(model)
    except CostscopeError as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    for node in graph.nodes:
        work = work_of(node)
        counts = (work.macs, work.vector_ops, work.special_ops)
        assert all(type(count) is int and count >= 0 for count in counts)
        assert kind_of(node)
        for tensor in node.outputs:
            if tensor.shape is not None:
                assert all(type(size) is int and size >= 0 for size in tensor.shape)
            elif why_uncosted(node) is None and not node.branches:
                assert tensor.items is not None


@pytest.mark.parametrize("model", MODELS)
def test_the_models_are_fine_to_begin_with(model: ModelProto) -> None:
    graph = resolve(model)

    assert [why_uncosted(node) for node in graph.nodes] == [None] * len(graph.nodes)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.sampled_from(MODELS), st.integers(0, 2**32), st.integers(1, 4))
def test_damaged_models(model: ModelProto, seed: int, count: int) -> None:
    damaged, dice = ModelProto(), random.Random(seed)
    damaged.CopyFrom(model)
    for _ in range(count):
        damage(damaged, dice)

    check(damaged)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(MODELS), st.data())
def test_damaged_bytes(model: ModelProto, data: st.DataObject) -> None:
    from costscope.graph import proto

    raw = bytearray(model.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    try:
        parsed = proto.parse(bytes(raw), "damaged")
    except CostscopeError:
        return
    check(parsed)
