"""Activations and views that ncnn's optimizer works into the layer before them.

    Convolution, depthwise too     ReLU (leaky too), Clip, Sigmoid, Mish, HardSwish
    InnerProduct                   the same
    Deconvolution                  ReLU (leaky too), Clip, Sigmoid
    Reshape, Flatten, Squeeze      behind a global pooling or an InnerProduct: gone

Source:
    ncnn: tools/ncnnoptimize.cpp (fuse_*_activation, eliminate_flatten_after_*,
    eliminate_reshape_after_global_pooling).
"""

from __future__ import annotations

from math import prod

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_ACTIVATIONS = {
    "Conv": ("Relu", "LeakyRelu", "Clip", "Sigmoid", "Mish", "HardSwish"),
    "Gemm": ("Relu", "LeakyRelu", "Clip", "Sigmoid", "Mish", "HardSwish"),
    "MatMul": ("Relu", "LeakyRelu", "Clip", "Sigmoid", "Mish", "HardSwish"),
    "ConvTranspose": ("Relu", "LeakyRelu", "Clip", "Sigmoid"),
}
_POOLED = ("GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "AveragePool")
_FLAT = ("Gemm", "FusedGemm")
_VIEWS = ("Reshape", "Flatten", "Squeeze")


@pattern("layer_activation", *_ACTIVATIONS)
def layer_activation(cell: Cell, draft: Draft) -> None:
    """Merge the activation that is a layer's only reader."""
    reader = draft.follower(cell, *_ACTIVATIONS[cell.op])
    if reader is None or (cell.op == "MatMul" and not cell.is_constant(1)):
        return
    if all(t is None or t.constant for t in reader.inputs[1:]):
        draft.merge([cell, reader], f"Fused{cell.op}", cell.inputs)


@pattern("flat_already", *_POOLED, *_FLAT)
def flat_already(cell: Cell, draft: Draft) -> None:
    """Drop a view behind a layer that gives one row of channels."""
    reader = draft.follower(cell, *_VIEWS)
    shape = cell.output.shape
    if reader is None or shape is None:
        return
    if cell.op in _FLAT or prod(shape[2:]) == 1:
        draft.merge([cell, reader], cell.op, cell.inputs, folded=[reader])
