"""A float network in 8 bits, in the QDQ form that quantizers write.

Weights are stored as int8 and biases as int32, each behind a DequantizeLinear; every
activation that enters a quantizable operator passes a QuantizeLinear and a DequantizeLinear.
Scales are one for each tensor and arbitrary: the graph costs what a quantized network costs,
its outputs mean nothing.

Source:
    ONNX operators QuantizeLinear and DequantizeLinear; onnxruntime's documentation of its
    QDQ format (no pair between a product and the activation fused into it).
"""

from __future__ import annotations

from typing import Any

_WITH_WEIGHTS = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul"}
_QUANTIZABLE = _WITH_WEIGHTS | {
    "AveragePool", "Clip", "Concat", "DepthToSpace", "Flatten", "GlobalAveragePool", "HardSigmoid",
    "HardSwish", "LeakyRelu", "MaxPool", "Pad", "ReduceMean", "Relu", "Reshape", "Resize",
    "Sigmoid", "Slice", "Softmax", "Split", "Transpose",
}  # fmt: skip
_FUSED_ACTIVATIONS = {"Relu", "Clip"}
_PRODUCTS = {"Conv", "Gemm", "Add"}
_BIAS_SLOT = 2
# Activations from 0 to 5.99: runtimes drop a ReLU or ReLU6 that such a range already does.
_WEIGHT_SCALE, _ACTIVATION_SCALE, _ACTIVATION_ZERO = 0.02, 0.0235, 0


def quantized(model: Any) -> Any:
    """The network in int8: its nodes between pairs of quantize and dequantize; changed in place."""
    return _Quantizer(model).run()


class _Quantizer:
    """One pass over the nodes, in order."""

    def __init__(self, model: Any) -> None:
        from onnx import helper, shape_inference

        self._helper = helper
        self._model = model
        graph = model.graph
        self._stored = {each.name: each for each in graph.initializer}
        self._fills = {n.output[0]: n for n in graph.node if n.op_type == "ConstantOfShape"}
        typed = shape_inference.infer_shapes(model).graph
        self._floats = {
            each.name
            for each in (*typed.value_info, *typed.input, *typed.output)
            if each.type.tensor_type.elem_type == self._type("FLOAT")
        } - self._fills.keys()
        # A weight that others read too (an embedding tied to the last product) stays as it is.
        self._shared = {
            name for n in graph.node if n.op_type not in _WITH_WEIGHTS for name in n.input
        }
        self._producer: dict[str, str] = {}
        self._readers: dict[str, int] = {}
        for node in graph.node:
            for name in node.input:
                self._readers[name] = self._readers.get(name, 0) + 1
        self._pairs: dict[str, int] = {}
        self._weights: dict[str, str] = {}
        self._nodes: list[Any] = []
        self._literals: dict[str, Any] = {}

    def run(self) -> Any:
        """Rewire every quantizable node."""
        for node in list(self._model.graph.node):
            if node.op_type in _QUANTIZABLE:
                self._rewire(node)
            self._nodes.append(node)
            self._producer.update(dict.fromkeys(node.output, node.op_type))
        graph = self._model.graph
        for output in graph.output:
            if self._producer.get(output.name) in _QUANTIZABLE:
                output.name = self._pair(output.name)
        del graph.node[:]
        graph.node.extend(self._nodes)
        graph.initializer.extend(self._literals.values())
        return self._model

    def _rewire(self, node: Any) -> None:
        for slot, name in enumerate(list(node.input)):
            if name in self._floats and not self._is_fused(node, name):
                node.input[slot] = self._pair(name)
            elif slot and node.op_type in _WITH_WEIGHTS and self._is_weight(name):
                bits = "INT32" if slot == _BIAS_SLOT else "INT8"
                node.input[slot] = self._weight(name, bits)

    def _is_fused(self, node: Any, name: str) -> bool:
        """Whether nothing stands between a product and its activation."""
        return (
            node.op_type in _FUSED_ACTIVATIONS
            and self._producer.get(name) in _PRODUCTS
            and self._readers[name] == 1
        )

    def _is_weight(self, name: str) -> bool:
        if name in self._shared:
            return False
        stored = self._stored.get(name)
        real = stored is not None and stored.data_type == self._type("FLOAT") and stored.dims
        return name in self._weights or name in self._fills or bool(real)

    def _pair(self, name: str) -> str:
        """The tensor behind a pair: quantized once, dequantized for each reader on its own.

        Runtimes recognise an integer kernel by pairs that belong to one operator.
        """
        ends = [self._literal("activation.scale", "FLOAT", _ACTIVATION_SCALE)]
        ends.append(self._literal("activation.zero", "UINT8", _ACTIVATION_ZERO))
        count = self._pairs.get(name, 0) + 1
        self._pairs[name] = count
        if count == 1:
            self._add("QuantizeLinear", [name, *ends], f"{name}.quantized")
        output = f"{name}.float" if count == 1 else f"{name}.float{count}"
        self._add("DequantizeLinear", [f"{name}.quantized", *ends], output)
        return output

    def _weight(self, name: str, bits: str) -> str:
        if name in self._weights:
            return self._weights[name]
        factor = _WEIGHT_SCALE * (_ACTIVATION_SCALE if bits == "INT32" else 1.0)
        scale = self._literal(f"{bits.lower()}.scale", "FLOAT", factor)
        zero = self._literal(f"{bits.lower()}.zero", bits, 0)
        if name in self._fills:
            value = self._helper.make_tensor("value", self._type(bits), [1], [0])
            del self._fills[name].attribute[:]
            self._fills[name].attribute.append(self._helper.make_attribute("value", value))
        else:
            self._round(self._stored[name], bits, factor)
        self._add("DequantizeLinear", [name, scale, zero], f"{name}.float")
        self._weights[name] = f"{name}.float"
        return f"{name}.float"

    def _round(self, tensor: Any, bits: str, factor: float) -> None:
        import numpy as np

        kind = np.dtype(np.int8 if bits == "INT8" else np.int32)
        limits = np.iinfo(np.int8 if bits == "INT8" else np.int32)
        elements = np.rint(np.frombuffer(tensor.raw_data, "<f4").astype(np.float64) / factor)
        tensor.raw_data = elements.clip(limits.min, limits.max).astype(kind).tobytes()
        tensor.data_type = self._type(bits)

    def _add(self, op_type: str, inputs: list[str], output: str) -> None:
        self._nodes.append(self._helper.make_node(op_type, inputs, [output], name=output))

    def _literal(self, name: str, bits: str, value: float) -> str:
        if name not in self._literals:
            self._literals[name] = self._helper.make_tensor(name, self._type(bits), [], [value])
        return name

    @staticmethod
    def _type(name: str) -> int:
        from onnx import TensorProto

        return int(getattr(TensorProto, name))
