"""onnxruntime's own operators on 8-bit values, but for products and convolutions.

Every value that is read takes 2 operations back to a real number (subtract the zero point,
multiply by the scale) and every value that is written 2 to a quantized one, as in
`quantize`; between them stands the operator's own work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from costscope.dtypes import INT32, UINT8, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import axes_of, axis_of, broadcast
from costscope.graph.types import Node, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import per_element, same_shape
from costscope.ops.contrib_layout import pooled
from costscope.ops.quantize import (
    SCALE_AND_ZERO,
    check_scales,
    dequantize,
    dequantize_shape,
    quantize,
)
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION
_UNARY = dict.fromkeys((1, 2, 3, 4), _Q)
_BINARY = dict.fromkeys((1, 2, 4, 5, 6, 7), _Q)
# Scale and zero point of the output, then of each input behind its data.
_CONCAT = dict.fromkeys((0, 1, *(2 + 3 * i + j for i in range(1024) for j in (1, 2))), _Q)

op("QuantizeLinear", kind=KernelKind.QUANTIZATION, domain=MICROSOFT, slots=SCALE_AND_ZERO)(quantize)
op("DequantizeLinear", kind=KernelKind.QUANTIZATION, domain=MICROSOFT, slots=SCALE_AND_ZERO)(
    dequantize
)
shape_of("DequantizeLinear", domain=MICROSOFT)(dequantize_shape)

# Rows and columns laid out anew for one vendor's library, and quantized on the way.
op("QuantizeWithOrder", "DequantizeWithOrder", kind=KernelKind.QUANTIZATION, domain=MICROSOFT,
   slots={1: _Q})(per_element(1))  # fmt: skip

# Two values in, one sum or product, one value out.
op("QLinearAdd", "QLinearMul", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots=_BINARY)(
    per_element(2 + 2 + 1 + 2)
)
op("MulInteger", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: _Q, 3: _Q})(
    per_element(1 + 1 + 1)  # two zero points and the product: the result stays an integer
)
# As the standard's LeakyRelu, Sigmoid and Softmax, between 2 operations in and 2 out.
op("QLinearLeakyRelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots=_UNARY)(
    per_element(2 + 3 + 2)
)
op("QLinearSigmoid", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots=_UNARY)(
    per_element(2 + 3 + 2, 1)
)
op("QLinearSoftmax", kind=KernelKind.SOFTMAX, domain=MICROSOFT, slots=_UNARY)(
    per_element(2 + 4 + 2, 1)
)
# A selection, and the chosen value brought into the output's scale.
op("QLinearWhere", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT,
   slots=dict.fromkeys((2, 3, 5, 6, 7, 8), _Q))(per_element(1 + 2 + 2))  # fmt: skip


@op("QLinearConcat", kind=KernelKind.MOVEMENT, domain=MICROSOFT, slots=_CONCAT)
def quantized_concat(node: Node) -> Work:
    """Every value is brought into the output's scale: 2 operations in, 2 out."""
    return Work(vector_ops=4 * node.output.elements)


@op("QLinearGlobalAveragePool", kind=KernelKind.POOLING, domain=MICROSOFT, slots=_UNARY)
def quantized_global_pool(node: Node) -> Work:
    """One integer addition per input element; 2 + 2 operations per output element."""
    return Work(vector_ops=prod(node.shape(0)) + 4 * node.output.elements)


@op("QLinearAveragePool", kind=KernelKind.POOLING, domain=MICROSOFT, slots=_UNARY)
def quantized_average_pool(node: Node) -> Work:
    """One addition per position of the window; 2 + 2 operations per output element."""
    window = prod(node.attributes["kernel_shape"])
    return Work(vector_ops=(window + 4) * node.output.elements)


@op("QLinearReduceMean", kind=KernelKind.REDUCTION, domain=MICROSOFT, slots=_UNARY)
def quantized_mean(node: Node) -> Work:
    """One integer addition per input element; a division and 2 + 2 operations per output."""
    return Work(vector_ops=prod(node.shape(0)) + 5 * node.output.elements)


@op("ReduceSumInteger", kind=KernelKind.REDUCTION, domain=MICROSOFT)
def integer_sum(node: Node) -> Work:
    """One addition per input element."""
    return Work(vector_ops=prod(node.shape(0)))


@shape_of("QuantizeLinear", domain=MICROSOFT)
def quantize_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape, in the zero point's element type."""
    check_scales(site)
    return [TensorType(site.shape(0), site.input(2).dtype if site.has(2) else UINT8)]


@shape_of("QuantizeWithOrder", "DequantizeWithOrder", domain=MICROSOFT)
def ordered_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape, as int8 or in the named type."""
    quantizes = site.op_type == "QuantizeWithOrder"
    return [TensorType(site.shape(0), from_onnx(3 if quantizes else int(site.attributes["to"])))]


@shape_of("QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax", domain=MICROSOFT)
def unary_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape and type."""
    return same_shape(site)


def _broadcast_of(*slots: int) -> Callable[[Site], Sequence[TensorType]]:
    """A rule: the inputs in these slots broadcast, in the type of the last of them."""

    def rule(site: Site) -> Sequence[TensorType]:
        shape = broadcast(*(site.shape(slot) for slot in slots))
        integer = site.op_type == "MulInteger"
        return [TensorType(shape, INT32 if integer else site.input(slots[-1]).dtype)]

    return rule


shape_of("QLinearAdd", "QLinearMul", domain=MICROSOFT)(_broadcast_of(0, 3))
shape_of("MulInteger", domain=MICROSOFT)(_broadcast_of(0, 2))
shape_of("QLinearWhere", domain=MICROSOFT)(_broadcast_of(0, 1, 4))


@shape_of("QLinearConcat", domain=MICROSOFT)
def quantized_concat_shape(site: Site) -> Sequence[TensorType]:
    """The inputs' shape, with their sizes along the axis added up.

    Shapes:
        scale and zero point of the output, then data, scale and zero point of each input.
    """
    shapes = [site.shape(slot) for slot in range(2, len(site.inputs), 3)]
    axis = axis_of(int(site.attributes["axis"]), len(shapes[0]))
    rests = {(*shape[:axis], None, *shape[axis + 1 :]) for shape in shapes}
    if len(rests) > 1 or len(site.inputs) % 3 != 2:
        raise ShapeError(f"{', '.join(str(list(s)) for s in shapes)} do not fit on axis {axis}")
    total = sum(shape[axis] for shape in shapes)
    joined = (*shapes[0][:axis], total, *shapes[0][axis + 1 :])
    return [TensorType(joined, site.input(1).dtype)]


@shape_of("QLinearGlobalAveragePool", domain=MICROSOFT)
def quantized_global_pool_shape(site: Site) -> Sequence[TensorType]:
    """One value per sample and channel."""
    shape, dtype = site.shape(0), site.input(0).dtype
    if len(shape) < 3:
        raise ShapeError(f"an input of rank {len(shape)} has no positions to pool over")
    ones = (1,) * (len(shape) - 2)
    last = site.attributes.get("channels_last", 0)
    pooled = (shape[0], *ones, shape[-1]) if last else (*shape[:2], *ones)
    return [TensorType(pooled, dtype)]


@shape_of("QLinearAveragePool", domain=MICROSOFT)
def quantized_average_pool_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a window, in either layout."""
    last = bool(site.attributes.get("channels_last", 0))
    return [TensorType(pooled(site, channels_last=last), site.input(0).dtype)]


@shape_of("QLinearReduceMean", "ReduceSumInteger", domain=MICROSOFT)
def reduced_shape(site: Site) -> Sequence[TensorType]:
    """The shape without the reduced axes, or with size 1 there."""
    shape, dtype = site.shape(0), site.input(0).dtype
    axes = axes_of(site.attributes.get("axes") or range(len(shape)), len(shape))
    keep = bool(site.attributes.get("keepdims", 1))
    sizes = tuple(
        1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes
    )
    return [TensorType(sizes, INT32 if site.op_type == "ReduceSumInteger" else dtype)]
