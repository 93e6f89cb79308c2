"""A convolution and the activation that is its only reader: y = f(conv(x)).

Source:
    onnxruntime: core/optimizer/conv_activation_fusion (CPU).
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_ACTIVATIONS = ("Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid")


@pattern("conv_activation", "Conv")
def conv_activation(cell: Cell, draft: Draft) -> None:
    """Merge an activation whose bounds, if it has any, are constant."""
    reader = draft.follower(cell, *_ACTIVATIONS)
    if reader is not None and all(t is None or t.constant for t in reader.inputs[1:]):
        draft.merge([cell, reader], "FusedConv", cell.inputs)
