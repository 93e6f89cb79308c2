"""A graph of floats as a quantizer would write it: pairs of QuantizeLinear and DequantizeLinear.

For runtimes that do not run every operator in integers: which ones do is then up to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from costscope.dtypes import FLOAT32, INT8, UINT8
from costscope.graph.types import Graph, Node, Storage, Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.ops import Slot, slot_of
from costscope.whatif.case import Case
from costscope.whatif.conversion import DEQUANTIZE, QUANTIZE
from costscope.work import KernelKind

_VERSION = 13
# What quantizers leave in floats.
_FLOATS = frozenset({KernelKind.NORMALIZATION, KernelKind.RECURRENT, KernelKind.ATTENTION})


def needs_pairs(runtime: Runtime) -> bool:
    """Whether a runtime has integer kernels for some operators alone."""
    patterns = {name for level in runtime.fusion for name in level}
    return "integer_products" in patterns


def paired(case: Case) -> Graph:
    """The graph with a pair on every tensor that a quantizable kernel reads, weights in 8 bits."""
    found = _Pairs(case)
    nodes = [each for node in case.graph.nodes for each in found.around(node)]
    return replace(
        case.graph, nodes=tuple(nodes), constants={**case.graph.constants, **found.constants}
    )


class _Pairs:
    """One pass over the nodes, in order."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._literals = (
            Tensor("scale of all", (), FLOAT32, True, ("scale of all",), value=(1.0,)),
            Tensor("zero of all", (), UINT8, True, ("zero of all",), value=(0.0,)),
        )
        self.constants = {tensor.name: tensor for tensor in self._literals}
        quantized = [k for k in case.deployment.kernels if k.kind not in _FLOATS]
        self._reads = {
            (node.name, tensor.name)
            for kernel in quantized
            for tensor in kernel.reads
            for node in kernel.nodes
            if tensor.dtype.is_float
        }
        self._leaving = {
            tensor.name
            for tensor in case.graph.outputs
            if tensor.dtype.is_float and self._is_made_by(tensor, quantized)
        }
        self._short: dict[str, Tensor] = {}

    def _is_made_by(self, tensor: Tensor, kernels: Iterable[Kernel]) -> bool:
        return any(tensor.name == made.name for kernel in kernels for made in kernel.writes)

    def around(self, node: Node) -> Iterable[Node]:
        """The operator with the conversions before and behind it."""
        inputs: list[Tensor | None] = []
        for slot, tensor in enumerate(node.inputs):
            if tensor is not None and (node.name, tensor.name) in self._reads:
                if tensor.name not in self._short:
                    yield self._quantize(tensor, tensor.name)
                back = replace(tensor, name=f"{tensor.name} for {node.name}")
                yield self._dequantize(tensor.name, back)
                inputs.append(back)
            else:
                inputs.append(self._stored(node, slot, tensor))
        outputs = tuple(
            replace(t, name=f"{t.name}, made") if t.name in self._leaving else t
            for t in node.outputs
        )
        yield replace(node, inputs=tuple(inputs), outputs=outputs)
        for tensor, made in zip(node.outputs, outputs, strict=True):
            if made is not tensor:
                yield self._quantize(made, tensor.name)
                yield self._dequantize(tensor.name, tensor)

    def _stored(self, node: Node, slot: int, tensor: Tensor | None) -> Tensor | None:
        """A weight as it is stored in 8 bits; another tensor as it is."""
        if tensor is None or not tensor.constant or tensor.elements <= 1:
            return tensor
        if not tensor.dtype.is_float or slot_of(node.key, slot) is not Slot.WEIGHT:
            return tensor
        name = f"{tensor.name} in 8 bits"
        stored = replace(tensor, name=name, sources=(name,), storage=Storage(INT8))
        self.constants[name] = stored
        return stored

    def _quantize(self, tensor: Tensor, name: str) -> Node:
        short = Tensor(f"{name}, quantized", tensor.shape, UINT8)
        self._short[name] = short
        return self._conversion(QUANTIZE, tensor, short)

    def _dequantize(self, name: str, made: Tensor) -> Node:
        return self._conversion(DEQUANTIZE, self._short[name], made)

    def _conversion(self, op_type: str, source: Tensor, made: Tensor) -> Node:
        return Node(
            name=f"{op_type} {made.name}",
            op_type=op_type,
            domain="",
            version=_VERSION,
            inputs=(source, *self._literals),
            outputs=(made,),
        )
