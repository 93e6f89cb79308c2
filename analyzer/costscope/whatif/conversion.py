"""QuantizeLinear and DequantizeLinear on a tensor that has none, in the units of others."""

from __future__ import annotations

from dataclasses import replace

from costscope.graph.types import Node, Tensor

QUANTIZE, DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"


def pair(tensor: Tensor, quantize: Node, dequantize: Node) -> tuple[Node, Node]:
    """The operators that quantize a tensor and bring it back; readers take the second's output.

    Args:
        tensor: to quantize.
        quantize: of another tensor, whose scale and zero point are taken.
        dequantize: of another tensor.
    """
    short = replace(quantize.output, name=f"{tensor.name}, quantized", shape=tensor.shape)
    forth = replace(
        quantize,
        name=f"quantize {tensor.name}",
        inputs=(tensor, *quantize.inputs[1:]),
        outputs=(short,),
    )
    return forth, back(tensor, forth, dequantize)


def back(tensor: Tensor, quantize: Node, dequantize: Node) -> Node:
    """The operator that brings back a tensor from the one that quantizes it."""
    return replace(
        dequantize,
        name=f"dequantize {tensor.name}",
        inputs=(quantize.output, *quantize.inputs[1:]),
        outputs=(replace(tensor, name=f"{tensor.name}, back"),),
    )
