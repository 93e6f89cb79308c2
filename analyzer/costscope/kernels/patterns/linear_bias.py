"""A product by a constant matrix and the row added to it: one fully connected layer.

Unlike onnxruntime's Gemm, the layers of other runtimes take any number of leading axes.

Source:
    TensorFlow: compiler/mlir/lite/transforms/optimize_pass (FuseFullyConnectedAndAdd).
    ncnn: tools/ncnnoptimize, fuse_innerproduct_add.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern


@pattern("linear_bias", "MatMul")
def linear_bias(cell: Cell, draft: Draft) -> None:
    """Merge the Add of a constant row."""
    reader = draft.follower(cell, "Add")
    if reader is None or not cell.is_constant(1) or cell.output.shape != reader.output.shape:
        return
    row = next((t for t in reader.inputs if t is not None and t.constant), None)
    if row is not None and row.elements in (1, (cell.output.shape or (0,))[-1]):
        draft.merge([cell, reader], "Gemm", (*cell.inputs[:2], row), attributes={})
