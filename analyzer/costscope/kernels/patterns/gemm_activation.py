"""A Gemm and the activation that is its only reader.

Source:
    onnxruntime: core/optimizer/gemm_activation_fusion (CPU).
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_ACTIVATIONS = (
    "Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "Elu", "Selu", "Softplus", "Softsign",
    "ThresholdedRelu",
)  # fmt: skip


@pattern("gemm_activation", "Gemm")
def gemm_activation(cell: Cell, draft: Draft) -> None:
    """Merge the activation."""
    reader = draft.follower(cell, *_ACTIVATIONS)
    if reader is not None:
        draft.merge([cell, reader], "FusedGemm", cell.inputs)
