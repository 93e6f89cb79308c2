"""onnxruntime's own operators that move data or look it up: bytes, but no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, prod

from costscope.dtypes import INT32, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, TensorType
from costscope.ops import MICROSOFT, STANDARD, Site, Slot, no_work, op, shape_of
from costscope.ops.contrib_elementwise import per_element, same_shape
from costscope.ops.cutting import pad_shape
from costscope.ops.gather import gather_nd_shape
from costscope.work import KernelKind

_MOVEMENT = KernelKind.MOVEMENT
_SETTING = Slot.SETTING


def _looked_up(node: Node) -> Mapping[int, int]:
    """Of the data only what comes out is read, at most everything."""
    return {0: min(node.output.elements, prod(node.shape(0)))}


# The same data under another shape; in inference a dropout hands its input on.
op("ExpandDims", "BitmaskDropout", kind=KernelKind.VIEW, domain=MICROSOFT,
   slots={1: _SETTING, 2: _SETTING})(no_work)  # fmt: skip
op("Trilu", "UnfoldTensor", "SampleOp", "RemovePadding", "RestorePadding", kind=_MOVEMENT,
   domain=MICROSOFT, slots={1: _SETTING})(no_work)  # fmt: skip
op("Pad", kind=_MOVEMENT, domain=MICROSOFT, slots={1: _SETTING, 2: _SETTING}, reads=_looked_up)(
    no_work
)
op("GatherND", "TorchEmbedding", kind=KernelKind.GATHER, domain=MICROSOFT, reads=_looked_up,
   slots=dict.fromkeys((1, 2, 3), _SETTING))(no_work)  # fmt: skip
# start + i * delta
op("Range", kind=_MOVEMENT, domain=MICROSOFT, slots=dict.fromkeys(range(3), _SETTING))(
    per_element(2)
)
# Between the memories of two devices. They stand in the standard's domain.
op("MemcpyFromHost", "MemcpyToHost", kind=_MOVEMENT)(no_work)

shape_of("Pad", domain=MICROSOFT)(pad_shape)
shape_of("GatherND", domain=MICROSOFT)(gather_nd_shape)
shape_of("Trilu", "SampleOp", domain=MICROSOFT)(same_shape)
shape_of("MemcpyFromHost", "MemcpyToHost", domain=STANDARD)(same_shape)


@shape_of("ExpandDims", domain=MICROSOFT)
def expand_dims_shape(site: Site) -> Sequence[TensorType]:
    """One axis of size 1 more.

    Raises:
        UnknownShapeError: which one is computed from data.
    """
    shape, axes = site.shape(0), site.ints(1)
    if axes is None or len(axes) != 1:
        raise ShapeError("its axis is not a single number")
    axis = axis_of(axes[0], len(shape) + 1)
    return [TensorType((*shape[:axis], 1, *shape[axis:]), site.input(0).dtype)]


@shape_of("BitmaskDropout", domain=MICROSOFT)
@shape_of("BiasDropout", "BitmaskBiasDropout", domain=MICROSOFT)
def dropout_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape; the mask, as booleans or packed into 32 bits each."""
    shape = site.shape(0)
    packed = site.op_type.startswith("Bitmask")
    mask = (-(-prod(shape) // 32),) if packed else shape
    flags = from_onnx(12 if packed else 9)
    return [TensorType(shape, site.input(0).dtype), TensorType(mask, flags)]


@shape_of("UnfoldTensor", domain=MICROSOFT)
def unfold_shape(site: Site) -> Sequence[TensorType]:
    """(S - size) // step + 1 windows along an axis, whose content is a new last axis."""
    shape, size = list(site.shape(0)), int(site.attributes.get("size", 0))
    axis = axis_of(int(site.attributes.get("dim", -1)), len(shape))
    step = int(site.attributes.get("step", 1))
    if not 0 < size <= shape[axis] or step < 1:
        raise ShapeError(f"windows of {size} at a step of {step} on an axis of {shape[axis]}")
    shape[axis] = (shape[axis] - size) // step + 1
    return [TensorType((*shape, size), site.input(0).dtype)]


@shape_of("TorchEmbedding", domain=MICROSOFT)
def embedding_shape(site: Site) -> Sequence[TensorType]:
    """A row of the table for each index."""
    table = site.shape(0)
    if len(table) != 2:
        raise ShapeError(f"a table of shape {list(table)} has no rows of one length")
    return [TensorType((*site.shape(1), table[1]), site.input(0).dtype)]


@shape_of("Range", domain=MICROSOFT)
def range_shape(site: Site) -> Sequence[TensorType]:
    """max(0, ceil((limit - start) / delta)) numbers.

    Raises:
        UnknownShapeError: a bound is computed from data.
    """
    start, limit = (float(site.known(slot).reshape(-1)[0]) for slot in (0, 1))
    delta = float(site.known(2).reshape(-1)[0]) if site.has(2) else 1.0
    if delta == 0:
        raise ShapeError("its delta is 0")
    return [TensorType((max(0, ceil((limit - start) / delta)),), site.input(0).dtype)]


@shape_of("RemovePadding", domain=MICROSOFT)
def remove_padding_shape(site: Site) -> Sequence[TensorType]:
    """The tokens that are no padding, at most all; where they stood; lengths of sequences."""
    batch, length, width = site.shape(0)
    site.assume(f"{site.name!r} (RemovePadding) finds no padding, an upper bound")
    return [
        TensorType((batch * length, width), site.input(0).dtype),
        TensorType((batch, length), INT32),
        TensorType((batch + 1,), INT32),
        TensorType((1,), INT32),
    ]


@shape_of("RestorePadding", domain=MICROSOFT)
def restore_padding_shape(site: Site) -> Sequence[TensorType]:
    """The tokens in the places where they stood."""
    places, tokens = site.shape(1), site.shape(0)
    if len(places) != 2 or len(tokens) != 2:
        raise ShapeError(f"tokens {list(tokens)} in places {list(places)}")
    return [TensorType((*places, tokens[1]), site.input(0).dtype)]
