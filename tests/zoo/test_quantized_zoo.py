"""Networks of the zoo in 8 bits."""

from __future__ import annotations

from onnx import TensorProto

from costscope.zoo.build import build


def test_a_weight_that_several_products_read_is_quantized_for_each():
    model = build("enas_rnn", dtype="int8", seed=0)

    stored = {each.name for each in model.graph.initializer if each.data_type == TensorProto.INT8}
    readers = {node.op_type for node in model.graph.node if stored & set(node.input)}

    assert readers == {"DequantizeLinear"}
