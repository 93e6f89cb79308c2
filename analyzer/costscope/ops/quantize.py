"""Quantization of the ONNX standard: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.dtypes import FLOAT32, UINT8, DType, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, Tensor, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

SCALE_AND_ZERO = {1: Slot.QUANTIZATION, 2: Slot.QUANTIZATION}


@op("QuantizeLinear", kind=KernelKind.QUANTIZATION, slots=SCALE_AND_ZERO)
def quantize(node: Node) -> Work:
    """To integers: y = saturate(round(x / scale) + zero point).

    vector_ops = elements(Y) * (divide, and one more for a zero point); rounding and
    saturation are part of the conversion, as in the requantization of QLinearConv.

    Source:
        ONNX operator QuantizeLinear, versions 10 to 25.
    """
    return Work(vector_ops=node.output.elements * (1 + _shifted(node)))


@op("DequantizeLinear", kind=KernelKind.QUANTIZATION, slots=SCALE_AND_ZERO)
def dequantize(node: Node) -> Work:
    """Back to real numbers: y = (x - zero point) * scale.

    vector_ops = elements(Y) * (multiply, and one more for a zero point)

    Source:
        ONNX operator DequantizeLinear, versions 10 to 25.
    """
    return Work(vector_ops=node.output.elements * (1 + _shifted(node)))


@op("DynamicQuantizeLinear", kind=KernelKind.QUANTIZATION)
def dynamic_quantize(node: Node) -> Work:
    """Range of the data, then quantization by it.

    vector_ops = elements(X) * (minimum, maximum, divide, add)

    Source:
        ONNX operator DynamicQuantizeLinear, version 11. The few operations that make the
        scale and the zero point out of the range are not counted.
    """
    return Work(vector_ops=4 * node.output.elements)


@shape_of("QuantizeLinear")
def quantize_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape, in the zero point's element type.

    Raises:
        ShapeError: scales that do not fit the data, or two different output types.
    """
    check_scales(site)
    zero = site.input(2).dtype if site.has(2) else None
    asked = named_dtype(site, "output_dtype")
    if zero is not None and asked is not None and zero != asked:
        raise ShapeError(f"its zero point is {zero.name} but its output_dtype is {asked.name}")
    return [TensorType(site.shape(0), asked or zero or UINT8)]


@shape_of("DequantizeLinear")
def dequantize_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape, in the scale's element type.

    Raises:
        ShapeError: scales that do not fit the data.
    """
    check_scales(site)
    return [TensorType(site.shape(0), named_dtype(site, "output_dtype") or site.input(1).dtype)]


@shape_of("DynamicQuantizeLinear")
def dynamic_quantize_shape(site: Site) -> Sequence[TensorType]:
    """Data as uint8, its scale and its zero point."""
    return [
        TensorType(site.shape(0), UINT8),
        TensorType((), FLOAT32),
        TensorType((), UINT8),
    ]


def named_dtype(site: Site, attribute: str) -> DType | None:
    """The element type that an attribute gives as a number; None where it says nothing."""
    code = int(site.attributes.get(attribute, 0))
    return from_onnx(code) if code else None


def check_scales(site: Site, default_axis: int = 1) -> None:
    """Refuse scales that fit neither the tensor, nor an axis, nor the blocks of an axis.

    Raises:
        ShapeError: they do not fit.
    """
    data, scale = site.input(0), site.input(1)
    if data.shape is None or scale.shape is None or scale.elements <= 1:
        return
    axis = axis_of(int(site.attributes.get("axis", default_axis)), data.rank)
    block = int(site.attributes.get("block_size", 0))
    if scale.rank == 1 and not block:
        fits = scale.dims[0] == data.dims[axis]
    else:
        fits = _blocks_fit(data, scale, axis, block)
    if not fits:
        raise ShapeError(
            f"scales of shape {list(scale.dims)} do not fit data of shape {list(data.dims)} "
            f"along axis {axis}"
        )


def _blocks_fit(data: Tensor, scale: Tensor, axis: int, block: int) -> bool:
    """Whether there is one scale for each block along the axis."""
    if scale.rank != data.rank:
        return False
    blocks = -(-data.dims[axis] // block) if block > 0 else scale.dims[axis]
    return scale.dims == (*data.dims[:axis], blocks, *data.dims[axis + 1 :])


def _shifted(node: Node) -> int:
    return 1 if node.input(2) is not None else 0
