"""Operators that onnxruntime runs with channels on the last axis.

Providers that prefer that layout turn the standard's operators into those of a domain of
their own, with the data and the output transposed and all else as it was. Their cost is
that of the standard's operator on the transposed shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, Tensor, TensorType
from costscope.graph.window import window_sizes
from costscope.ops import (
    MICROSOFT,
    SHAPES,
    STANDARD,
    ShapeRule,
    Site,
    Slot,
    kind_of,
    op,
    shape_of,
    work_of,
)
from costscope.work import KernelKind, Work

NHWC = "com.ms.internal.nhwc"
_Q = Slot.QUANTIZATION
_QLINEAR = {**dict.fromkeys((1, 2, 4, 5, 6, 7), _Q), 8: Slot.BIAS}
_SCALES = dict.fromkeys((1, 2, 3, 4), _Q)

# Providers write these operators in the standard's versions, of which none is older.
_OLDEST = 11
# Which slots hold transposed data, beside the first.
_ALSO = {"MaxUnpool": (1,)}
_SLOTS = {
    "Conv": {2: Slot.BIAS},
    "ConvTranspose": {2: Slot.BIAS},
    "BatchNormalization": {2: Slot.BIAS},
    "InstanceNormalization": {2: Slot.BIAS},
    "QLinearConv": _QLINEAR,
    "QLinearConvTranspose": _QLINEAR,
    "QLinearAveragePool": _SCALES,
    "MaxUnpool": {2: Slot.SETTING},
    "Resize": {1: Slot.SETTING, 2: Slot.SETTING, 3: Slot.SETTING},
}
_STANDARD = (
    "Conv", "ConvTranspose", "QLinearConv", "BatchNormalization", "InstanceNormalization", "LRN",
    "MaxPool", "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool",
    "MaxUnpool", "GridSample", "DepthToSpace", "SpaceToDepth",
)  # fmt: skip


def _first(shape: Shape) -> Shape:
    """Sizes with the last axis brought behind the batch."""
    return (shape[0], shape[-1], *shape[1:-1]) if len(shape) > 2 else shape


def _last(shape: Shape) -> Shape:
    """Sizes with the channels brought to the end."""
    return (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape


def _transposed(tensor: Tensor) -> Tensor:
    return tensor if tensor.shape is None else replace(tensor, shape=_first(tensor.shape))


def _inputs(op_type: str, inputs: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    slots = (0, *_ALSO.get(op_type, ()))
    return tuple(
        _transposed(tensor) if tensor is not None and slot in slots else tensor
        for slot, tensor in enumerate(inputs)
    )


def as_standard(node: Node) -> Node:
    """The standard's operator that does the same with the channels behind the batch."""
    return replace(
        node,
        domain=STANDARD,
        version=max(node.version, _OLDEST),
        inputs=_inputs(node.op_type, node.inputs),
        outputs=tuple(_transposed(tensor) for tensor in node.outputs),
    )


def _standard_kind(node: Node) -> KernelKind:
    return kind_of(as_standard(node))


for _op_type in _STANDARD:

    @op(_op_type, kind=_standard_kind, domain=NHWC, slots=_SLOTS.get(_op_type))
    def standard_work(node: Node) -> Work:
        """The work of the standard's operator."""
        return work_of(as_standard(node))


@op("Resize", kind=KernelKind.RESIZE, domain=NHWC, slots=_SLOTS["Resize"])
def resize(node: Node) -> Work:
    """As the standard's Resize: scales and sizes are given in the order of the axes."""
    return work_of(replace(node, domain=STANDARD, version=max(node.version, _OLDEST)))


@op("QLinearConvTranspose", kind=KernelKind.TRANSPOSED_CONV, domain=NHWC, slots=_QLINEAR)
def qlinear_conv_transpose(node: Node) -> Work:
    """As ConvTranspose on 8-bit values: 2 operations of requantization, 1 for a bias."""
    outputs = node.output.elements
    each = 2 + (node.input(8) is not None)
    return Work(prod(node.shape(0)) * prod(node.shape(3)[1:]), vector_ops=each * outputs)


@op("QLinearAveragePool", kind=KernelKind.POOLING, domain=NHWC, slots=_SCALES)
def quantized_average_pool(node: Node) -> Work:
    """One addition per position of the window; 2 + 2 operations per output element."""
    window = prod(node.attributes["kernel_shape"])
    return Work(vector_ops=(window + 4) * node.output.elements)


@op("NhwcMaxPool", kind=KernelKind.POOLING, domain=MICROSOFT)
@op("MaxpoolWithMask", kind=KernelKind.POOLING, domain=MICROSOFT, slots={1: Slot.SETTING})
def max_pool(node: Node) -> Work:
    """As MaxPool: one comparison per position of the window, two with a mask."""
    each = 2 if node.op_type == "MaxpoolWithMask" else 1
    return Work(vector_ops=each * node.output.elements * prod(node.attributes["kernel_shape"]))


@shape_of(*_STANDARD, domain=NHWC)
def standard_shape(site: Site) -> Sequence[TensorType]:
    """What the standard's operator gives, with the channels on the last axis."""
    types = _rule(site.op_type)(_standard_site(site))
    return [
        TensorType(None if kind.shape is None else _last(kind.shape), kind.dtype) for kind in types
    ]


def _standard_site(site: Site) -> Site:
    return replace(
        site,
        domain=STANDARD,
        version=max(site.version, _OLDEST),
        inputs=_inputs(site.op_type, site.inputs),
    )


def _rule(op_type: str) -> ShapeRule:
    rule = SHAPES.get((STANDARD, op_type))
    if rule is None:
        raise ShapeError(f"the standard's {op_type} has no shape rule")
    return rule


@shape_of("Resize", domain=NHWC)
def resize_shape(site: Site) -> Sequence[TensorType]:
    """As the standard's Resize."""
    plain = replace(site, domain=STANDARD, version=max(site.version, _OLDEST))
    return _rule("Resize")(plain)


@shape_of("QLinearConvTranspose", domain=NHWC)
def qlinear_conv_transpose_shape(site: Site) -> Sequence[TensorType]:
    """As ConvTranspose, in the type of the output's zero point."""
    plain = replace(
        _standard_site(site),
        op_type="ConvTranspose",
        inputs=(_inputs("ConvTranspose", site.inputs)[0], site.input(3)),
    )
    types = _rule("ConvTranspose")(plain)
    return [TensorType(_last(kind.shape or ()), site.input(7).dtype) for kind in types]


@shape_of("QLinearAveragePool", domain=NHWC)
@shape_of("NhwcMaxPool", domain=MICROSOFT)
def pool_last_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a window, with the channels on the last axis."""
    return [TensorType(pooled(site, channels_last=True), site.input(0).dtype)]


@shape_of("MaxpoolWithMask", domain=MICROSOFT)
def pool_first_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a window."""
    return [TensorType(pooled(site, channels_last=False), site.input(0).dtype)]


def pooled(site: Site, *, channels_last: bool) -> Shape:
    """Sizes after pooling by the window of `kernel_shape`.

    Raises:
        ShapeError: the window does not fit the input.
    """
    shape, kernel = site.shape(0), tuple(site.attributes.get("kernel_shape", ()))
    if len(shape) < 3 or len(kernel) != len(shape) - 2:
        raise ShapeError(f"a window of {len(kernel)} axes on an input of rank {len(shape)}")
    data = _first(shape) if channels_last else shape
    ceil = bool(site.attributes.get("ceil_mode", 0))
    result = (*data[:2], *window_sizes(site.attributes, data[2:], kernel, ceil=ceil))
    return _last(result) if channels_last else result
