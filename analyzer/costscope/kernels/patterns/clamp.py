"""An activation that only clamps, behind an operator that can clamp what it writes.

    RELU, RELU6, RELU_N1_TO_1     fused by TensorFlow Lite's converter: `relu`
    any constant bounds           fused by XNNPACK: `clamp`

Source:
    TensorFlow: compiler/mlir/lite/transforms/optimize_patterns.td (convolutions, pools, Add,
    Sub, Mul, Div) and optimize_pass (FullyConnected).
    XNNPACK: src/subgraph.c (a clamp goes into the operator before it).
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.clipping import bounds
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_CLAMPING = (
    "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "AveragePool",
    "MaxPool",
)  # fmt: skip
_BUILT_IN = ((0.0, None), (0.0, 6.0), (-1.0, 1.0))


@pattern("clamp", *_CLAMPING)
def clamp(cell: Cell, draft: Draft) -> None:
    """Merge a Relu, or a Clip with constant bounds."""
    reader = draft.follower(cell, "Relu", "Clip")
    if reader is not None and all(t is None or t.constant for t in reader.inputs[1:]):
        draft.merge([cell, reader], f"Fused{cell.op}", cell.inputs)


@pattern("relu", *_CLAMPING)
def relu(cell: Cell, draft: Draft) -> None:
    """Merge a Relu, or a Clip to [0, 6] or [-1, 1]."""
    reader = draft.follower(cell, "Relu", "Clip")
    if reader is not None and (reader.op == "Relu" or bounds(reader) in _BUILT_IN):
        draft.merge([cell, reader], f"Fused{cell.op}", cell.inputs)
