"""A convolution and the activation that is its only reader: y = f(conv(x))."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Node
from costscope.kernels.links import Links
from costscope.kernels.patterns import pattern

_CONVOLUTIONS = frozenset({"Conv", "FusedConv"})
# onnxruntime's ConvActivationFusion on CPU.
_ACTIVATIONS = frozenset({"Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid"})


@pattern("conv_activation")
def conv_activation(node: Node, links: Links) -> Sequence[Node] | None:
    """Match from the convolution."""
    if node.op_type not in _CONVOLUTIONS:
        return None
    reader = links.only_reader(node)
    if reader is None or reader.op_type not in _ACTIVATIONS:
        return None
    return node, reader
