"""Normalizations: by stored statistics, or by those of the input itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.dtypes import DType, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import axes_of, axis_of, broadcast
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_NORMALIZATION = KernelKind.NORMALIZATION
_MVN_AXES = (0, 2, 3)


def _standardized(elements: int, rows: int, *, shift: bool = True, scale: bool = True) -> Work:
    """Work of rows brought to mean 0 and variance 1, then scaled and shifted.

    Per element: 1 addition for the mean, 1 subtraction, 1 square and 1 addition for the
    variance, 1 product with the inverse deviation; 1 product to scale and 1 addition to
    shift. Per row: 2 divisions by the count, 1 addition of epsilon, 1 reciprocal, 1 sqrt.
    """
    return Work(vector_ops=(5 + scale + shift) * elements + 4 * rows, special_ops=rows)


@op(
    "BatchNormalization",
    kind=_NORMALIZATION,
    slots={2: Slot.BIAS, 3: Slot.STATISTIC, 4: Slot.STATISTIC},
)
def batch_normalization(node: Node) -> Work:
    """Batch normalization: a product and an addition per element.

    Scale, bias and statistics fold into one factor and one summand per channel before
    anything runs. In training the statistics are the batch's own: as LayerNormalization
    with a row per channel, and 3 operations each for its running mean and variance.

    Shapes:
        X: (N, C, *S)    scale, B, mean, var: (C,)    Y: (N, C, *S)
    """
    elements = node.output.elements
    if not _trains(node.version, len(node.outputs), node.attributes.get("training_mode", 0)):
        return Work(vector_ops=2 * elements)
    channels = prod(node.shape(1))
    return _standardized(elements, channels) + Work(vector_ops=6 * channels)


def _trains(version: int, outputs: int, mode: int) -> bool:
    """Whether it runs as in training: older versions say so by asking for more outputs."""
    return bool(mode) if version >= 14 else outputs > 1


@op("InstanceNormalization", kind=_NORMALIZATION, slots={2: Slot.BIAS})
def instance_normalization(node: Node) -> Work:
    """Each channel of each sample is a row: 7 operations an element, 4 and a sqrt a row."""
    return _standardized(node.output.elements, prod(node.shape(0)[:2]))


@op("GroupNormalization", kind=_NORMALIZATION, slots={2: Slot.BIAS})
def group_normalization(node: Node) -> Work:
    """Each group of channels of each sample is a row, counted as InstanceNormalization."""
    rows = node.shape(0)[0] * int(node.attributes.get("num_groups", 1))
    return _standardized(node.output.elements, rows)


@op("LayerNormalization", kind=_NORMALIZATION, slots={2: Slot.BIAS})
def layer_normalization(node: Node) -> Work:
    """Layer normalization: 7 operations an element (6 without a bias), 4 and a sqrt a row.

    Shapes:
        X: (*R, *D), normalized over D    scale, B: expand to (*R, *D)    mean: (*R, 1, ...)
    """
    rows = prod(node.shape(0)[: _first_axis(node)])
    return _standardized(node.output.elements, rows, shift=node.input(2) is not None)


@op("RMSNormalization", kind=_NORMALIZATION)
def rms_normalization(node: Node) -> Work:
    """Division by the root mean square, then scaling.

    Per element a square, an addition, a product with the inverse root and one with the
    scale; per row a division by the count, an addition of epsilon, a reciprocal, a sqrt.
    """
    rows = prod(node.shape(0)[: _first_axis(node)])
    return Work(vector_ops=4 * node.output.elements + 3 * rows, special_ops=rows)


@op("MeanVarianceNormalization", kind=_NORMALIZATION)
def mean_variance_normalization(node: Node) -> Work:
    """As LayerNormalization without scale and bias: 5 operations an element."""
    shape = node.shape(0)
    axes = axes_of(node.attributes.get("axes", _MVN_AXES), len(shape))
    rows = prod(size for axis, size in enumerate(shape) if axis not in axes)
    return _standardized(node.output.elements, rows, shift=False, scale=False)


@op("LpNormalization", kind=_NORMALIZATION)
def lp_normalization(node: Node) -> Work:
    """Division by a norm along an axis.

    Per element a power (|x| or x*x), an addition and a division; for p = 2 a sqrt a row.
    """
    shape = node.shape(0)
    axis = axis_of(int(node.attributes.get("axis", -1)), len(shape))
    rows = prod(shape[:axis] + shape[axis + 1 :]) if node.attributes.get("p", 2) == 2 else 0
    return Work(vector_ops=3 * node.output.elements, special_ops=rows)


@op("LRN", kind=_NORMALIZATION)
def lrn(node: Node) -> Work:
    """Division by a power of the squares around each channel.

    Per element a square, `size` additions to sum its window, a product with alpha/size,
    an addition of bias, a division, and the power.
    """
    elements = node.output.elements
    return Work(vector_ops=(4 + int(node.attributes["size"])) * elements, special_ops=elements)


def _first_axis(node: Node) -> int:
    return axis_of(int(node.attributes.get("axis", -1)), len(node.shape(0)))


@shape_of("BatchNormalization")
def batch_normalization_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape; statistics of each channel where they are asked for."""
    data, scale = site.shape(0), site.shape(1)
    if site.attributes.get("spatial", 1):  # before version 9 each position may have its own
        _per_channel(site, scale, data[1] if len(data) > 1 else 1)
    statistics = TensorType(scale, site.input(3).dtype)
    return [TensorType(data, site.input(0).dtype), *[statistics] * (len(site.outputs) - 1)]


def _per_channel(site: Site, scale: tuple[int, ...], channels: int) -> None:
    if scale != (channels,):
        raise ShapeError(
            f"a scale of shape {list(scale)} for {channels} channels of {site.input(0).name!r}"
        )


@shape_of("InstanceNormalization", "GroupNormalization")
def channel_normalization_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, whose channels must fit the scale."""
    data, scale = site.shape(0), site.shape(1)
    if len(data) < 3:
        raise ShapeError(f"an input of rank {len(data)} has no spatial axes to normalize over")
    groups = int(site.attributes.get("num_groups", 1))
    if groups < 1 or data[1] % groups:
        raise ShapeError(f"{data[1]} channels do not divide into {groups} groups")
    per_group = site.op_type == "GroupNormalization" and site.version < 21
    _per_channel(site, scale, groups if per_group else data[1])
    return [TensorType(data, site.input(0).dtype)]


@shape_of("LayerNormalization", "RMSNormalization")
def layer_normalization_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape; mean and inverse deviation have size 1 along normalized axes."""
    data, scale, dtype = site.shape(0), site.shape(1), site.input(0).dtype
    axis = axis_of(int(site.attributes.get("axis", -1)), len(data))
    if scale != data[axis:] and broadcast(data, scale) != data:
        raise ShapeError(f"a scale of shape {list(scale)} does not expand to {list(data)}")
    outputs = [TensorType(data, dtype)]
    if len(site.outputs) > 1:
        row = data[:axis] + (1,) * (len(data) - axis)
        stash: DType = from_onnx(int(site.attributes.get("stash_type", 1)))
        outputs += [TensorType(row, stash)] * (len(site.outputs) - 1)
    return outputs


@shape_of("LpNormalization", "MeanVarianceNormalization", "LRN")
def same_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, which must have the axes that are named."""
    shape = site.shape(0)
    if site.op_type == "LpNormalization":
        axis_of(int(site.attributes.get("axis", -1)), len(shape))
    elif site.op_type == "MeanVarianceNormalization":
        axes_of(site.attributes.get("axes", _MVN_AXES), len(shape))
    elif int(site.attributes.get("size", 0)) < 1:
        raise ShapeError("it has no attribute 'size' of at least 1")
    return [TensorType(shape, site.input(0).dtype)]
