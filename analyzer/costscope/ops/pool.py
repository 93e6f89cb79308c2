"""Pooling: a window, a whole feature map, or regions of one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.dtypes import INT64
from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.graph.window import padding, per_axis, window_sizes
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_POOL = KernelKind.POOLING


@op("MaxPool", "AveragePool", kind=_POOL)
def pool(node: Node) -> Work:
    """Pooling by a window: one comparison or addition per position of the window.

    vector_ops = elements(Y) * prod(K). The first position needs none; an average needs a
    division instead, and a maximum is counted the same.

    Shapes:
        X: (N, C, *S)    Y: (N, C, *S')
    """
    return Work(vector_ops=node.output.elements * prod(node.attributes["kernel_shape"]))


@op("LpPool", kind=_POOL)
def lp_pool(node: Node) -> Work:
    """Norm over a window: per position a power and an addition, then a root.

    vector_ops = elements(Y) * 2*prod(K). For p = 1 the power is an absolute value and there
    is no root; for p = 2 it is a product and the root is one special operation; other
    powers are special operations themselves.
    """
    return _norm(node, prod(node.attributes["kernel_shape"]))


@op("GlobalAveragePool", "GlobalMaxPool", kind=_POOL)
def global_pool(node: Node) -> Work:
    """Pooling over the whole feature map: one operation per input element."""
    return Work(vector_ops=prod(node.shape(0)))


@op("GlobalLpPool", kind=_POOL)
def global_lp_pool(node: Node) -> Work:
    """Norm over the whole feature map, counted as LpPool."""
    return _norm(node, prod(node.shape(0)[2:]))


def _norm(node: Node, area: int) -> Work:
    power, outputs = node.attributes.get("p", 2), node.output.elements
    vector = 2 * area * outputs
    if power == 1:
        return Work(vector_ops=vector)
    special = outputs if power == 2 else outputs * (area + 1)
    return Work(vector_ops=vector, special_ops=special)


@op("MaxRoiPool", kind=_POOL)
def max_roi_pool(node: Node) -> Work:
    """Maximum over the bins of regions: at most the whole map once per region.

    Shapes:
        X: (N, C, H, W)    rois: (R, 5)    Y: (R, C, PH, PW)
    """
    return Work(vector_ops=node.shape(1)[0] * prod(node.shape(0)[1:]))


@op("RoiAlign", kind=_POOL, slots={2: Slot.SETTING})
def roi_align(node: Node) -> Work:
    """Samples of a region, interpolated between four neighbours and pooled.

    vector_ops = elements(Y) * samples * 8: 7 of the interpolation and 1 of the pooling.
    There are sampling_ratio^2 samples in a bin; a ratio of 0 follows the region's size,
    and the largest region, the whole map, is taken.

    Shapes:
        X: (N, C, H, W)    rois: (R, 4)    Y: (R, C, PH, PW)
    """
    ratio, (height, width) = int(node.attributes.get("sampling_ratio", 0)), node.shape(0)[2:]
    rows, columns = node.output.dims[2:]
    samples = ratio * ratio if ratio > 0 else -(-height // rows) * -(-width // columns)
    return Work(vector_ops=8 * samples * node.output.elements)


@op("MaxUnpool", kind=_POOL, slots={2: Slot.SETTING})
def max_unpool(_node: Node) -> Work:
    """Values put back where the maxima stood: no arithmetic."""
    return Work()


@shape_of("MaxPool", "AveragePool", "LpPool")
def pool_shape(site: Site) -> Sequence[TensorType]:
    """Output sizes of a window, rounded up with `ceil_mode`; MaxPool's indices are int64."""
    data, kernel = site.shape(0), tuple(site.attributes.get("kernel_shape", ()))
    if len(data) < 3 or len(kernel) != len(data) - 2:
        raise ShapeError(f"a window of {len(kernel)} axes on an input of rank {len(data)}")
    ceil = bool(site.attributes.get("ceil_mode", 0))
    sizes = window_sizes(site.attributes, data[2:], kernel, ceil=ceil)
    shape = (*data[:2], *sizes)
    return [TensorType(shape, site.input(0).dtype), TensorType(shape, INT64)][: len(site.outputs)]


@shape_of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool_shape(site: Site) -> Sequence[TensorType]:
    """One value per sample and channel."""
    data = site.shape(0)
    if len(data) < 2:
        raise ShapeError(f"an input of rank {len(data)} has no channels to pool")
    return [TensorType((*data[:2], *(1,) * (len(data) - 2)), site.input(0).dtype)]


@shape_of("MaxRoiPool")
def max_roi_pool_shape(site: Site) -> Sequence[TensorType]:
    """Bins of every region."""
    rows, columns = site.attributes.get("pooled_shape", (0, 0))
    site.assume("regions of MaxRoiPool are taken as large as the whole feature map")
    return _regions(site, rows, columns)


@shape_of("RoiAlign")
def roi_align_shape(site: Site) -> Sequence[TensorType]:
    """Bins of every region."""
    if int(site.attributes.get("sampling_ratio", 0)) < 1:
        site.assume("regions of RoiAlign are taken as large as the whole feature map")
    rows, columns = (site.attributes.get(f"output_{side}", 1) for side in ("height", "width"))
    return _regions(site, rows, columns)


def _regions(site: Site, rows: int, columns: int) -> Sequence[TensorType]:
    data, regions = site.shape(0), site.shape(1)
    if len(data) != 4 or len(regions) != 2 or rows < 1 or columns < 1:
        raise ShapeError(f"regions of shape {list(regions)} on an input of shape {list(data)}")
    return [TensorType((regions[0], data[1], rows, columns), site.input(0).dtype)]


@shape_of("MaxUnpool")
def max_unpool_shape(site: Site) -> Sequence[TensorType]:
    """What `output_shape` says, else stride*(S-1) + K - pads."""
    data, dtype = site.shape(0), site.input(0).dtype
    if site.shape(1) != data:
        raise ShapeError(f"indices of shape {list(site.shape(1))} for values {list(data)}")
    given = site.ints(2)
    return [TensorType(tuple(given) if given else _unpooled(site, data), dtype)]


def _unpooled(site: Site, data: Shape) -> Shape:
    rank = len(data) - 2
    kernel: Sequence[int] = site.attributes.get("kernel_shape", ())
    if rank < 1 or len(kernel) != rank:
        raise ShapeError(f"a window of {len(kernel)} axes on an input of rank {len(data)}")
    strides = per_axis(site.attributes, "strides", rank, 1)
    pads = padding(site.attributes, rank)
    sizes = (
        strides[i] * (data[i + 2] - 1) + kernel[i] - pads[i] - pads[i + rank] for i in range(rank)
    )
    return (*data[:2], *sizes)
