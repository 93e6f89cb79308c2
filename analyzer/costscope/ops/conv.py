"""Convolutions: plain, quantized, transposed, deformable and causal ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from costscope.dtypes import INT32
from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.graph.window import padding, per_axis, window_sizes
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION


def _kind_by(slot: int) -> Callable[[Node], KernelKind]:
    """How the kind follows from the weight in this slot."""

    def kind(node: Node) -> KernelKind:
        """Dense, pointwise (all kernel sizes 1), depthwise (one channel a group) or grouped.

        A pointwise convolution on a single position is a fully connected layer.
        """
        weight, output = node.shape(slot), node.output.dims
        if int(node.attributes.get("group", 1)) > 1:
            return KernelKind.DEPTHWISE_CONV if weight[1] == 1 else KernelKind.GROUPED_CONV
        if prod(weight[2:]) > 1:
            return KernelKind.DENSE_CONV
        positions = prod(output[2:])
        return KernelKind.FULLY_CONNECTED if positions == 1 else KernelKind.POINTWISE_CONV

    return kind


conv_kind = _kind_by(1)


def _per_output(node: Node, slot: int, operations: int = 1) -> int:
    """Operations on every output element that run only where an optional input is given."""
    return operations * node.output.elements if node.input(slot) is not None else 0


@op("Conv", kind=conv_kind, slots={2: Slot.BIAS})
def conv(node: Node) -> Work:
    """Convolution, dense convention: positions in the padding count.

    macs = elements(Y) * C/g * prod(K); the bias is one addition per output element.

    Shapes:
        X: (N, C, *S)    W: (M, C/g, *K)    B: (M,)    Y: (N, M, *S')
    Source:
        ONNX operator Conv, versions 1 to 22.
    """
    macs = node.output.elements * prod(node.shape(1)[1:])
    return Work(macs=macs, vector_ops=_per_output(node, 2))


@op("ConvInteger", kind=conv_kind, slots={2: _Q, 3: _Q})
def conv_integer(node: Node) -> Work:
    """Convolution of integers into 32 bits: the same MACs; zero points are not counted."""
    return Work(macs=node.output.elements * prod(node.shape(1)[1:]))


@op(
    "QLinearConv",
    kind=_kind_by(3),
    slots={1: _Q, 2: _Q, 4: _Q, 5: _Q, 6: _Q, 7: _Q, 8: Slot.BIAS},
)
def qlinear_conv(node: Node) -> Work:
    """Convolution of integers and the way back to 8 bits.

    macs as Conv; per output element 2 operations of requantization (multiply by the
    combined scale, add the zero point) and 1 addition of the bias.
    """
    outputs = node.output.elements
    bias = _per_output(node, 8)
    return Work(macs=outputs * prod(node.shape(3)[1:]), vector_ops=2 * outputs + bias)


@op("ConvTranspose", kind=KernelKind.TRANSPOSED_CONV, slots={2: Slot.BIAS})
def conv_transpose(node: Node) -> Work:
    """Transposed convolution: every input element is spread over a window of the output.

    macs = elements(X) * M/g * prod(K): what falls into the cut edges counts, as in Conv.

    Shapes:
        X: (N, C, *S)    W: (C, M/g, *K)    B: (M,)    Y: (N, M, *S')
    """
    macs = prod(node.shape(0)) * prod(node.shape(1)[1:])
    return Work(macs=macs, vector_ops=_per_output(node, 2))


@op("DeformConv", kind=conv_kind, slots={3: Slot.BIAS})
def deform_conv(node: Node) -> Work:
    """Convolution at positions that are themselves computed.

    macs as Conv. Before it, each of the N*C*prod(K)*prod(S') samples is interpolated from
    its 2^d neighbours (2*2^d - 1 operations for d spatial axes), and weighted if there is
    a mask (1 more).
    """
    weight, output = node.shape(1), node.output.dims
    rank = len(weight) - 2
    samples = prod(node.shape(0)[:2]) * prod(weight[2:]) * prod(output[2:])
    each = 2 * 2**rank - 1 + (node.input(4) is not None)
    macs = node.output.elements * prod(weight[1:])
    return Work(macs=macs, vector_ops=samples * each + _per_output(node, 3))


@op("CausalConvWithState", kind=KernelKind.DEPTHWISE_CONV, slots={2: Slot.BIAS})
def causal_conv_with_state(node: Node) -> Work:
    """Depthwise convolution over time that carries its last K-1 positions along.

    macs = elements(Y) * K; SiLU is x * Sigmoid(x): 4 operations and 1 exp per element.

    Shapes:
        X: (N, C, T)    W: (C, 1, K)    state: (N, C, K-1)    Y: (N, C, T)
    """
    outputs = node.output.elements
    silu = node.attributes.get("activation", "none") in ("silu", "swish")
    vector = _per_output(node, 2) + 4 * outputs * silu
    return Work(outputs * node.shape(1)[-1], vector, outputs * silu)


@op("Col2Im", kind=KernelKind.MOVEMENT, slots={1: Slot.SETTING, 2: Slot.SETTING})
def col2im(node: Node) -> Work:
    """Columns summed back into an image: one addition per input element."""
    return Work(vector_ops=prod(node.shape(0)))


@shape_of("Conv", "DeformConv")
def conv_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution: (S + pads - dilation*(K-1) - 1) // stride + 1."""
    return [TensorType(_conv_sizes(site, 0, 1), site.input(0).dtype)]


@shape_of("ConvInteger")
def conv_integer_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution, in 32 bits."""
    return [TensorType(_conv_sizes(site, 0, 1), INT32)]


@shape_of("QLinearConv")
def qlinear_conv_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution, in the type of the output's zero point."""
    return [TensorType(_conv_sizes(site, 0, 3), site.input(7).dtype)]


def _conv_sizes(site: Site, data_slot: int, weight_slot: int) -> Shape:
    data, weight = site.shape(data_slot), site.shape(weight_slot)
    group = int(site.attributes.get("group", 1))
    if len(data) != len(weight) or len(data) < 3:
        raise ShapeError(f"input of rank {len(data)} with a weight of rank {len(weight)}")
    if group < 1 or weight[1] * group != data[1] or weight[0] % group:
        raise ShapeError(
            f"{data[1]} input channels do not fit a weight of shape {list(weight)} "
            f"in {group} group{'s' if group != 1 else ''}"
        )
    return (data[0], weight[0], *window_sizes(site.attributes, data[2:], weight[2:]))


@shape_of("ConvTranspose")
def conv_transpose_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes: stride*(S-1) + dilation*(K-1) + 1 + output_padding - pads.

    `output_shape` overrides them; with `auto_pad` SAME_* they are stride*S.
    """
    data, weight = site.shape(0), site.shape(1)
    group = int(site.attributes.get("group", 1))
    if len(data) != len(weight) or len(data) < 3:
        raise ShapeError(f"input of rank {len(data)} with a weight of rank {len(weight)}")
    if group < 1 or weight[0] != data[1] or data[1] % group:
        raise ShapeError(
            f"{data[1]} input channels in {group} groups do not fit a weight of shape "
            f"{list(weight)}"
        )
    sizes = _transposed_sizes(site, data[2:], weight[2:])
    if min(sizes) < 1:
        raise ShapeError(f"its pads leave nothing of the output: {list(sizes)}")
    return [TensorType((data[0], weight[1] * group, *sizes), site.input(0).dtype)]


def _transposed_sizes(site: Site, sizes: Shape, kernel: Shape) -> Shape:
    rank, attributes = len(sizes), site.attributes
    given: Sequence[int] = attributes.get("output_shape", ())
    if given:
        if len(given) < rank:
            raise ShapeError(f"output_shape has {len(given)} entries for {rank} spatial axes")
        return tuple(given[-rank:])
    strides = per_axis(attributes, "strides", rank, 1)
    mode = attributes.get("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        return tuple(size * stride for size, stride in zip(sizes, strides, strict=True))
    dilations = per_axis(attributes, "dilations", rank, 1)
    extra = per_axis(attributes, "output_padding", rank, 0)
    pads = (0,) * (2 * rank) if mode == "VALID" else padding(attributes, rank)
    return tuple(
        strides[i] * (sizes[i] - 1)
        + dilations[i] * (kernel[i] - 1)
        + 1
        + extra[i]
        - pads[i]
        - pads[i + rank]
        for i in range(rank)
    )


@shape_of("CausalConvWithState")
def causal_conv_with_state_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, and the last K-1 positions of each channel."""
    data, weight, dtype = site.shape(0), site.shape(1), site.input(0).dtype
    if len(data) != 3 or len(weight) != 3 or weight[:2] != (data[1], 1):
        raise ShapeError(f"input {list(data)} does not fit a weight of shape {list(weight)}")
    return [TensorType(data, dtype), TensorType((*data[:2], weight[2] - 1), dtype)]
