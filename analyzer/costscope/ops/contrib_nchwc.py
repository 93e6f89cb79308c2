"""Operators of onnxruntime's blocked layout, which its CPU optimizer writes at full level.

A tensor (N, C, H, W) is kept as (N, C/b, H, W, b) with C rounded up to whole blocks of b
channels: 16 on processors with AVX-512 or NEON, 8 on other x86. Shapes here are written
(N, C, H, W) with the C that was rounded up, and weights are padded to it in the file.
Work counts what the file holds: padded channels are multiplied like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.graph.window import window_sizes
from costscope.ops import NCHWC, Site, Slot, no_work, op, shape_of
from costscope.ops.contrib_conv import convolution_kind
from costscope.ops.contrib_elementwise import activation_work, check_activation
from costscope.ops.contrib_layout import pooled
from costscope.work import KernelKind, Work


def _conv_kind(node: Node) -> KernelKind:
    group, positions = int(node.attributes.get("group", 1)), prod(node.output.dims[2:])
    return convolution_kind(node.shape(1), group, positions)


@op("Conv", kind=_conv_kind, domain=NCHWC, slots={2: Slot.BIAS})
def conv(node: Node) -> Work:
    """Convolution in blocks, with a residual and an activation behind it.

    macs = elements(Y) * C/g * prod(K), both channels rounded up to blocks as in the weight;
    per output element 1 addition of a bias, 1 of a residual, and the activation.

    Shapes:
        X: (N, C, *S), blocked, or plain with fewer channels than a block
        W: (M, C/g, *K)    B: (M,)    Y, Sum: (N, M, *S'), blocked
    """
    outputs = node.output.elements
    added = sum(node.input(slot) is not None for slot in (2, 3))
    convolution = Work(outputs * prod(node.shape(1)[1:]), vector_ops=added * outputs)
    return convolution + activation_work(str(node.attributes.get("activation", "")), outputs)


@op("MaxPool", "AveragePool", kind=KernelKind.POOLING, domain=NCHWC)
def pool(node: Node) -> Work:
    """One comparison or addition per position of the window."""
    return Work(vector_ops=node.output.elements * prod(node.attributes["kernel_shape"]))


@op("GlobalMaxPool", "GlobalAveragePool", kind=KernelKind.POOLING, domain=NCHWC)
def global_pool(node: Node) -> Work:
    """One comparison or addition per input element."""
    return Work(vector_ops=prod(node.shape(0)))


@op("Upsample", kind=KernelKind.RESIZE, domain=NCHWC)
def upsample(node: Node) -> Work:
    """Interpolation between 4 neighbours, a product each and 3 additions; none if nearest."""
    linear = node.attributes.get("mode", "nearest") == "linear"
    return Work(vector_ops=7 * node.output.elements if linear else 0)


# Into blocks, and back out of them: every element is read once and written once.
op("ReorderInput", "ReorderOutput", kind=KernelKind.MOVEMENT, domain=NCHWC)(no_work)


@shape_of("Conv", domain=NCHWC)
def conv_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a convolution, channels rounded up as in the weight.

    Raises:
        ShapeError: data and weight do not fit, even if one of them is rounded up.
    """
    check_activation(site)
    data, weight = site.shape(0), site.shape(1)
    group = int(site.attributes.get("group", 1))
    if len(data) != 4 or len(weight) != 4:
        raise ShapeError(f"input of rank {len(data)} with a weight of rank {len(weight)}")
    if group < 1 or weight[0] % group or _blocks(weight[1] * group, site) != _blocks(data[1], site):
        raise ShapeError(
            f"{data[1]} input channels do not fit a weight of shape {list(weight)} "
            f"in {group} group{'s' if group != 1 else ''}"
        )
    site.assume(
        "convolutions in onnxruntime's blocked layout count the channels that round up its blocks"
    )
    sizes = window_sizes(site.attributes, data[2:], weight[2:])
    return [TensorType((data[0], weight[0], *sizes), site.input(0).dtype)]


@shape_of("MaxPool", "AveragePool", domain=NCHWC)
def pool_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a window."""
    return [TensorType(pooled(site, channels_last=False), site.input(0).dtype)]


@shape_of("GlobalMaxPool", "GlobalAveragePool", domain=NCHWC)
def global_pool_shape(site: Site) -> Sequence[TensorType]:
    """One value per sample and channel."""
    batch, channels, *sizes = site.shape(0)
    return [TensorType((batch, channels, *(1 for _ in sizes)), site.input(0).dtype)]


@shape_of("Upsample", domain=NCHWC)
def upsample_shape(site: Site) -> Sequence[TensorType]:
    """Every size times its scale, a whole number."""
    shape, scales = site.shape(0), site.attributes.get("scales", ())
    if len(scales) != len(shape) or min(scales, default=0) < 1:
        raise ShapeError(f"scales {list(scales)} do not fit an input {list(shape)}")
    sizes = tuple(size * scale for size, scale in zip(shape, scales, strict=True))
    return [TensorType(sizes, site.input(0).dtype)]


@shape_of("ReorderInput", domain=NCHWC)
def reorder_input_shape(site: Site) -> Sequence[TensorType]:
    """Channels behind the batch, rounded up to whole blocks.

    The file does not say how large a block is; where its weights do not tell either, the
    larger one is taken.
    """
    batch, *sizes = site.shape(0)
    if len(sizes) != 3:
        raise ShapeError(f"an input of rank {len(sizes) + 1} has no blocked layout")
    last = bool(site.attributes.get("channels_last", 0))
    channels, spatial = (sizes[-1], sizes[:-1]) if last else (sizes[0], sizes[1:])
    if channels % site.block:
        smaller = "; on processors with smaller vectors it may be 8" if site.block > 8 else ""
        site.assume(
            f"onnxruntime's blocked layout rounds channels up to multiples of {site.block}{smaller}"
        )
    padded = _blocks(channels, site) * site.block
    return [TensorType((batch, padded, *spatial), site.input(0).dtype)]


@shape_of("ReorderOutput", domain=NCHWC)
def reorder_output_shape(site: Site) -> Sequence[TensorType]:
    """The channels that are no padding, in either plain layout."""
    shape, channels = site.shape(0), int(site.attributes.get("channels", 0))
    if len(shape) != 4 or not 0 < channels <= _blocks(shape[1], site) * site.block:
        raise ShapeError(f"{channels} channels out of a blocked input {list(shape)}")
    last = bool(site.attributes.get("channels_last", 0))
    sizes: Shape = (*shape[2:], channels) if last else (channels, *shape[2:])
    return [TensorType((shape[0], *sizes), site.input(0).dtype)]


def _blocks(channels: int, site: Site) -> int:
    return -(-channels // site.block)
