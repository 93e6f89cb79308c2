"""A convolution with constants behind it: they are worked into its weights and bias.

    Conv -> BatchNormalization        w' = w * s, b' = (b - mean) * s + shift, s = scale / sd
    Conv -> Mul by a constant         w' = w * c, b' = b * c     (one factor a channel, or one)
    Conv -> Add of a constant         b' = b + c                 (one summand a channel, or one)

Nothing of them is left to compute or to read when the network runs.

Source:
    onnxruntime: core/optimizer, conv_bn_fusion, conv_mul_fusion, conv_add_fusion.
    TensorFlow Lite's converter and ncnnoptimize (fuse_convolution_batchnorm,
    fuse_convolutiondepthwise_mul, ...) do the same, for transposed convolutions and
    matrix products too.
"""

from __future__ import annotations

from collections.abc import Callable

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern

_STATISTICS = range(1, 5)
_SPATIAL = ("Conv", "ConvTranspose")
_LINEAR = ("Gemm", "MatMul")


def _fold(cell: Cell, reader: Cell, draft: Draft) -> None:
    """Make one cell of a product and what is worked into its constants."""
    draft.merge([cell, reader], cell.op, cell.inputs, folded=[reader])


def _batchnorm(cell: Cell, draft: Draft) -> None:
    reader = draft.follower(cell, "BatchNormalization")
    if reader is None or len(reader.outputs) != 1 or not cell.is_constant(1):
        return
    if reader.input(0) is cell.output or _name(reader.input(0)) == cell.output.name:
        if all(reader.is_constant(slot) for slot in _STATISTICS):
            _fold(cell, reader, draft)


def _scaled_by(op: str) -> Callable[[Cell, Draft], None]:
    def step(cell: Cell, draft: Draft) -> None:
        reader = draft.follower(cell, op)
        if reader is None or not cell.is_constant(1):
            return
        constant = next((t for t in reader.inputs if t is not None and t.constant), None)
        if constant is not None and _is_per_channel(constant, cell.output):
            _fold(cell, reader, draft)

    return step


def _is_per_channel(constant: Tensor, result: Tensor) -> bool:
    """Whether a constant has one element, or one for each channel (axis 1) of a result."""
    if constant.shape is None or result.shape is None or constant.rank > result.rank:
        return False
    if constant.elements == 1:
        return True
    aligned = (1,) * (result.rank - constant.rank) + constant.dims
    return all(size in (1, result.dims[1] if axis == 1 else 1) for axis, size in enumerate(aligned))


def _name(tensor: Tensor | None) -> str:
    return "" if tensor is None else tensor.name


pattern("conv_batchnorm", "Conv", needs="BatchNormalization")(_batchnorm)
pattern("conv_mul", "Conv", needs="Mul")(_scaled_by("Mul"))
pattern("conv_add", "Conv", needs="Add")(_scaled_by("Add"))
pattern("linear_batchnorm", *_SPATIAL, *_LINEAR, needs="BatchNormalization")(_batchnorm)
pattern("linear_mul", *_SPATIAL, needs="Mul")(_scaled_by("Mul"))
pattern("linear_add", *_SPATIAL, needs="Add")(_scaled_by("Add"))
