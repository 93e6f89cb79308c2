"""onnxruntime's own convolutions: with an activation or a residual, and channels last.

`NhwcConv`, `NhwcFusedConv` and QLinearConv with `channels_last` keep the channels on the last
axis of data and output; their weights stay (M, C/g, *K).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.graph.window import padding, per_axis, window_sizes
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import activation_work, check_activation
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION


def _channels_last(op_type: str, attributes: Mapping[str, Any]) -> bool:
    last = attributes.get("channels_last", 0)
    return op_type.startswith("Nhwc") or bool(last)


def convolution_kind(weight: Shape, group: int, positions: int) -> KernelKind:
    """Dense, pointwise, depthwise or grouped; on a single position fully connected.

    Args:
        weight: (M, C/g, *K).
        group: number of groups.
        positions: how many outputs each channel of a sample has.
    """
    if group > 1:
        return KernelKind.DEPTHWISE_CONV if weight[1] == 1 else KernelKind.GROUPED_CONV
    if prod(weight[2:]) > 1:
        return KernelKind.DENSE_CONV
    return KernelKind.FULLY_CONNECTED if positions == 1 else KernelKind.POINTWISE_CONV


def _kind_by(slot: int) -> Callable[[Node], KernelKind]:
    """How the kind follows from the weight in this slot."""

    def kind(node: Node) -> KernelKind:
        dims = node.output.dims
        spatial = dims[1:-1] if _channels_last(node.op_type, node.attributes) else dims[2:]
        group = int(node.attributes.get("group", 1))
        return convolution_kind(node.shape(slot), group, prod(spatial))

    return kind


@op("FusedConv", "NhwcConv", "NhwcFusedConv", kind=_kind_by(1), domain=MICROSOFT,
    slots={2: Slot.BIAS})  # fmt: skip
def fused_conv(node: Node) -> Work:
    """Convolution, dense convention, with what onnxruntime's optimizer fuses into it.

    macs = elements(Y) * C/g * prod(K); per output element 1 addition of a bias, 1 of a
    residual Z, and the operations of the activation.

    Shapes:
        X: (N, C, *S)    W: (M, C/g, *K)    B: (M,)    Y, Z: (N, M, *S'), or channels last
    """
    outputs = node.output.elements
    added = sum(node.input(slot) is not None for slot in (2, 3))
    convolution = Work(outputs * prod(node.shape(1)[1:]), vector_ops=added * outputs)
    return convolution + activation_work(str(node.attributes.get("activation", "")), outputs)


@op("QLinearConv", kind=_kind_by(3), domain=MICROSOFT,
    slots={**dict.fromkeys((1, 2, 4, 5, 6, 7), _Q), 8: Slot.BIAS})  # fmt: skip
def qlinear_conv(node: Node) -> Work:
    """As the standard's QLinearConv: 2 operations of requantization, 1 addition of a bias."""
    outputs = node.output.elements
    each = 2 + (node.input(8) is not None)
    return Work(outputs * prod(node.shape(3)[1:]), vector_ops=each * outputs)


@op("ConvTransposeWithDynamicPads", kind=KernelKind.TRANSPOSED_CONV, domain=MICROSOFT,
    slots={2: Slot.SETTING, 3: Slot.BIAS})  # fmt: skip
def conv_transpose(node: Node) -> Work:
    """As ConvTranspose: macs = elements(X) * M/g * prod(K), 1 addition of a bias."""
    biased = node.output.elements if node.input(3) is not None else 0
    return Work(prod(node.shape(0)) * prod(node.shape(1)[1:]), vector_ops=biased)


@op("CausalConvWithState", kind=KernelKind.DEPTHWISE_CONV, domain=MICROSOFT,
    slots={2: Slot.BIAS})  # fmt: skip
@op("VarlenCausalConvWithState", kind=KernelKind.DEPTHWISE_CONV, domain=MICROSOFT,
    slots={2: Slot.SETTING, 3: Slot.BIAS, 5: Slot.SETTING})  # fmt: skip
def causal_conv(node: Node) -> Work:
    """Depthwise convolution that looks back only and carries its last positions along.

    macs = elements(Y) * prod(K); 1 addition of a bias and the activation.

    Shapes:
        X: (N, C, *S), (N, T, *C) or (tokens, C)    W: (C, 1, *K)    Y: as X
    """
    outputs = node.output.elements
    biased = outputs if node.input(_bias_slot(node.op_type)) is not None else 0
    convolution = Work(outputs * prod(node.shape(1)[1:]), vector_ops=biased)
    return convolution + activation_work(str(node.attributes.get("activation", "")), outputs)


def _bias_slot(op_type: str) -> int:
    return 3 if op_type.startswith("Varlen") else 2


@shape_of("FusedConv", "NhwcConv", "NhwcFusedConv", domain=MICROSOFT)
def fused_conv_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution; a residual must have them too."""
    check_activation(site)
    shape = convolved(site, 1, last=_channels_last(site.op_type, site.attributes))
    if site.has(3) and site.shape(3) != shape:
        raise ShapeError(f"a residual of shape {list(site.shape(3))} for {list(shape)}")
    return [TensorType(shape, site.input(0).dtype)]


@shape_of("QLinearConv", domain=MICROSOFT)
def qlinear_conv_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution, in the type of the output's zero point."""
    shape = convolved(site, 3, last=_channels_last(site.op_type, site.attributes))
    return [TensorType(shape, site.input(7).dtype)]


def convolved(site: Site, weight_slot: int, *, last: bool) -> Shape:
    """Output sizes of a convolution in either layout.

    Raises:
        ShapeError: the weight does not fit the data.
    """
    data, weight = site.shape(0), site.shape(weight_slot)
    group = int(site.attributes.get("group", 1))
    if len(data) != len(weight) or len(data) < 3:
        raise ShapeError(f"input of rank {len(data)} with a weight of rank {len(weight)}")
    channels, spatial = (data[-1], data[1:-1]) if last else (data[1], data[2:])
    if group < 1 or weight[1] * group != channels or weight[0] % group:
        raise ShapeError(
            f"{channels} input channels do not fit a weight of shape {list(weight)} "
            f"in {group} group{'s' if group != 1 else ''}"
        )
    sizes = window_sizes(site.attributes, spatial, weight[2:])
    return (data[0], *sizes, weight[0]) if last else (data[0], weight[0], *sizes)


@shape_of("ConvTransposeWithDynamicPads", domain=MICROSOFT)
def conv_transpose_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes: stride*(S-1) + dilation*(K-1) + 1 + output_padding - pads.

    Raises:
        UnknownShapeError: the pads are computed from data.
    """
    data, weight, attributes = site.shape(0), site.shape(1), site.attributes
    group, rank = int(attributes.get("group", 1)), len(data) - 2
    if len(weight) != len(data) or rank < 1 or weight[0] != data[1] or group < 1:
        raise ShapeError(f"a weight of shape {list(weight)} for an input {list(data)}")
    pads = padding({"pads": site.ints(2) or ()}, rank)
    strides = per_axis(attributes, "strides", rank, 1)
    dilations = per_axis(attributes, "dilations", rank, 1)
    extra = per_axis(attributes, "output_padding", rank, 0)
    sizes = tuple(
        stride * (size - 1) + dilation * (kernel - 1) + 1 + more - before - behind
        for size, kernel, stride, dilation, more, before, behind in zip(
            data[2:], weight[2:], strides, dilations, extra, pads[:rank], pads[rank:], strict=True
        )
    )
    if min(sizes) < 1:
        raise ShapeError(f"its pads leave nothing of the output: {list(sizes)}")
    return [TensorType((data[0], weight[1] * group, *sizes), site.input(0).dtype)]


@shape_of("CausalConvWithState", domain=MICROSOFT)
def causal_conv_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, and the positions that each channel carries along."""
    check_activation(site)
    data, weight, dtype = site.shape(0), site.shape(1), site.input(0).dtype
    last, window = (int(site.attributes.get(n, 0)) for n in ("channels_last", "state_window"))
    channels = data[2:] if last else data[1:2]
    if len(data) < 3 or len(weight) < 3 or weight[:2] != (prod(channels), 1):
        raise ShapeError(f"input {list(data)} does not fit a weight of shape {list(weight)}")
    carried = (weight[-1] - 1) * int(site.attributes.get("dilation", 1))
    if last:
        state: Shape = (data[0], carried, *channels)
    else:
        state = (*data[:-1], carried)
    windows = (window,) if window > 0 else ()
    return [TensorType(data, dtype), TensorType((*windows, *state), dtype)]


@shape_of("VarlenCausalConvWithState", domain=MICROSOFT)
def varlen_causal_conv_shape(site: Site) -> Sequence[TensorType]:
    """The packed tokens, and the state of each sequence; then single updates of it."""
    check_activation(site)
    data, state, dtype = site.shape(0), site.shape(4), site.input(0).dtype
    if len(data) != 2 or len(state) != 3 or site.shape(1)[:2] != (data[1], 1):
        raise ShapeError(f"tokens {list(data)} with a weight {list(site.shape(1))}")
    kept = int(site.attributes.get("state_update_capacity", 0))
    updates = TensorType((state[0], kept, data[1]), dtype)
    return [TensorType(data, dtype), TensorType(state, dtype), updates]
