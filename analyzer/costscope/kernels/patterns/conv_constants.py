"""A product with constants behind it: they are worked into its weights and bias.

    -> BatchNormalization        w' = w * s, b' = (b - mean) * s + shift, s = scale / deviation
    -> Mul by a constant         w' = w * c, b' = b * c     (one factor a channel, or one number)
    -> Add of a constant         b' = b + c                 (one summand a channel)

Nothing of them is left to compute or to read when the network runs.

Source:
    onnxruntime: core/optimizer, conv_bn_fusion (transposed convolutions too),
    conv_mul_fusion, conv_add_fusion, matmul_bn_fusion; the constant is the second operand,
    a summand is never a single number. `linear_...`: TensorFlow Lite's converter and
    ncnnoptimize (fuse_convolution_batchnorm, fuse_deconvolution_mul, ...) take constants on
    either side, and matrix products too.
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
_MATRIX = 2


def _batchnorm(cell: Cell, draft: Draft, op: str | None = None) -> None:
    reader = draft.follower(cell, "BatchNormalization")
    if reader is None or len(reader.outputs) != 1 or not cell.is_constant(1):
        return
    if all(reader.is_constant(slot) for slot in _STATISTICS):
        draft.merge([cell, reader], op or cell.op, cell.inputs, folded=[reader])


@pattern("matmul_batchnorm", "MatMul", needs="BatchNormalization")
def matmul_batchnorm(cell: Cell, draft: Draft) -> None:
    """A product of matrices gets the bias that it lacks: Gemm."""
    if len(cell.output.shape or ()) == _MATRIX and draft.follower(cell, "BatchNormalization"):
        _batchnorm(cell, draft, op="Gemm")


def _scaled_by(
    op: str, fits: Callable[[Tensor, Tensor], bool], *, either_side: bool = False
) -> Callable[[Cell, Draft], None]:
    def step(cell: Cell, draft: Draft) -> None:
        reader = draft.follower(cell, op)
        if reader is None or not cell.is_constant(1):
            return
        sides = reader.inputs[:2] if either_side else reader.inputs[1:2]
        constant = next((t for t in sides if t is not None and t.constant), None)
        if constant is not None and fits(constant, cell.output):
            draft.merge([cell, reader], cell.op, cell.inputs, folded=[reader])

    return step


def _per_channel(constant: Tensor, result: Tensor) -> bool:
    """Whether a constant has one element for each channel (axis 1) of a result."""
    if constant.shape is None or result.shape is None:
        return False
    channels = (result.dims[1], *(1,) * (result.rank - 2))
    return constant.shape in (channels, (1, *channels))


def _per_channel_or_number(constant: Tensor, result: Tensor) -> bool:
    return constant.shape == () or _per_channel(constant, result)


def _at_most_per_channel(constant: Tensor, result: Tensor) -> bool:
    return constant.elements == 1 or _per_channel(constant, result)


pattern("conv_batchnorm", *_SPATIAL, needs="BatchNormalization")(_batchnorm)
pattern("conv_mul", "Conv", needs="Mul")(_scaled_by("Mul", _per_channel_or_number))
pattern("conv_add", "Conv", needs="Add")(_scaled_by("Add", _per_channel))
pattern("linear_batchnorm", *_SPATIAL, *_LINEAR, needs="BatchNormalization")(_batchnorm)
pattern("linear_mul", *_SPATIAL, needs="Mul")(
    _scaled_by("Mul", _at_most_per_channel, either_side=True)
)
pattern("linear_add", *_SPATIAL, needs="Add")(
    _scaled_by("Add", _at_most_per_channel, either_side=True)
)
