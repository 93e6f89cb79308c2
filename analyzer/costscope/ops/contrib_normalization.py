"""onnxruntime's own normalizations: with a residual, an embedding, a gate or groups.

Counted as in `normalization`: per element a mean (1 addition), a variance (subtraction,
square, addition) and a product with the inverse deviation, then scale and shift; per row
4 operations and a square root. A root mean square alone takes 3 an element and 3 a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from costscope.dtypes import FLOAT32, INT32
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, STANDARD, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import activation_work, check_activation, same_shape
from costscope.work import KernelKind, Work

_NORMALIZATION = KernelKind.NORMALIZATION
_Q = Slot.QUANTIZATION


def standardized(elements: int, rows: int, extra: int = 0) -> Work:
    """Rows brought to mean 0 and variance 1, with `extra` more operations an element."""
    return Work(vector_ops=(5 + extra) * elements + 4 * rows, special_ops=rows)


def scaled_to_unit(elements: int, rows: int, extra: int = 0) -> Work:
    """Rows divided by their root mean square, with `extra` more operations an element."""
    return Work(vector_ops=(3 + extra) * elements + 3 * rows, special_ops=rows)


@op(
    "SkipLayerNormalization",
    kind=_NORMALIZATION,
    domain=MICROSOFT,
    slots={3: Slot.BIAS, 4: Slot.BIAS},
)
def skip_layer_normalization(node: Node) -> Work:
    """Layer normalization of a sum with a residual.

    Per element 1 addition of the residual, 1 of a bias, then 5, 1 to scale, 1 to shift.

    Shapes:
        input, skip: (*R, D)    gamma, beta, bias: (D,)    Y: (*R, D)
    """
    extra = 2 + sum(node.input(slot) is not None for slot in (3, 4))
    return standardized(node.output.elements, _rows(node), extra)


@op(
    "SkipSimplifiedLayerNormalization",
    kind=_NORMALIZATION,
    domain=MICROSOFT,
    slots={3: Slot.BIAS},
)
def skip_rms_normalization(node: Node) -> Work:
    """Root-mean-square normalization of a sum with a residual, then scaled."""
    return scaled_to_unit(node.output.elements, _rows(node), 2 + (node.input(3) is not None))


@op("SimplifiedLayerNormalization", kind=_NORMALIZATION)
@op("SimplifiedLayerNormalization", kind=_NORMALIZATION, domain=MICROSOFT)
def rms_normalization(node: Node) -> Work:
    """Root-mean-square normalization over the axes from `axis` on, then scaled.

    Source:
        onnxruntime writes it into the standard's domain, though the standard has no such
        operator.
    """
    shape = node.shape(0)
    axis = axis_of(int(node.attributes.get("axis", -1)), len(shape))
    return scaled_to_unit(node.output.elements, prod(shape[:axis]), 1)


@op("LayerNormalization", kind=_NORMALIZATION, domain=MICROSOFT, slots={2: Slot.BIAS})
def layer_normalization(node: Node) -> Work:
    """The standard's operator, as it was before the standard had it."""
    shape = node.shape(0)
    axis = axis_of(int(node.attributes.get("axis", -1)), len(shape))
    extra = 1 + (node.input(2) is not None)
    return standardized(node.output.elements, prod(shape[:axis]), extra)


@op("BranchwiseRMSNorm", kind=_NORMALIZATION, domain=MICROSOFT)
def branchwise_rms_norm(node: Node) -> Work:
    """Root-mean-square normalization of each branch; scaled where a scale is given."""
    branches = int(node.attributes.get("num_branches", 0)) or 1
    return scaled_to_unit(
        node.output.elements, _rows(node) * branches, int(node.input(1) is not None)
    )


@op("GatedRMSNorm", kind=_NORMALIZATION, domain=MICROSOFT)
def gated_rms_norm(node: Node) -> Work:
    """Root-mean-square normalization in groups of the scale's length, times a gate."""
    elements, group = node.output.elements, prod(node.shape(1))
    gate = activation_work(str(node.attributes.get("activation", "silu")), elements)
    return scaled_to_unit(elements, elements // group if group else 0, 2) + gate


@op("GroupNorm", "SkipGroupNorm", kind=_NORMALIZATION, domain=MICROSOFT,
    slots={2: Slot.BIAS, 4: Slot.BIAS})  # fmt: skip
def group_norm(node: Node) -> Work:
    """Group normalization, scaled and shifted; perhaps of a sum, perhaps with SiLU behind.

    Shapes:
        X: (N, *S, C), or (N, C, *S)    gamma, beta: (C,)    Y: as X
    """
    elements = node.output.elements
    added = sum(node.input(slot) is not None for slot in (3, 4))
    rows = node.shape(0)[0] * int(node.attributes["groups"])
    silu = activation_work("silu" if node.attributes.get("activation", 0) else "", elements)
    return standardized(elements, rows, 2 + added) + silu


@op("QOrderedLayerNormalization", kind=_NORMALIZATION, domain=MICROSOFT,
    slots={1: _Q, 3: Slot.BIAS, 4: _Q})  # fmt: skip
def quantized_layer_normalization(node: Node) -> Work:
    """Layer normalization of 8-bit values: 2 operations an element in, 2 out."""
    extra = 5 + (node.input(3) is not None)
    return standardized(node.output.elements, _rows(node), extra)


def _looked_up(node: Node) -> Mapping[int, int]:
    """Of each embedding table only one row a word is read, at most everything."""
    return {
        slot: min(node.output.elements, prod(node.shape(slot)))
        for slot in (2, 3, 4)
        if node.input(slot) is not None
    }


@op("EmbedLayerNormalization", kind=_NORMALIZATION, domain=MICROSOFT,
    slots={6: Slot.BIAS, 7: Slot.SETTING, 8: Slot.SETTING}, reads=_looked_up)  # fmt: skip
def embed_layer_normalization(node: Node) -> Work:
    """Layer normalization of the sum of two or three embeddings.

    Shapes:
        ids: (N, S)    embeddings: (V, D)    gamma, beta: (D,)    Y: (N, S, D)
    """
    extra = 3 + (node.input(4) is not None)
    return standardized(node.output.elements, _rows(node), extra)


@op("QEmbedLayerNormalization", kind=_NORMALIZATION, domain=MICROSOFT, reads=_looked_up,
    slots={6: Slot.BIAS, 7: Slot.SETTING, **dict.fromkeys(range(8, 18), _Q)})  # fmt: skip
def quantized_embed_layer_normalization(node: Node) -> Work:
    """As EmbedLayerNormalization, with 2 operations more for each 8-bit value."""
    tables = 2 + (node.input(4) is not None)
    return standardized(node.output.elements, _rows(node), 1 + tables + 2 * tables)


def _rows(node: Node) -> int:
    """Rows of an output that is normalized along its last axis."""
    return prod(node.output.dims[:-1])


@shape_of("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", domain=MICROSOFT)
def skip_normalization_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape; mean and inverse deviation of each row; the sum itself."""
    shape, dtype = site.shape(0), site.input(0).dtype
    if not shape or site.shape(2) != shape[-1:]:
        raise ShapeError(f"gamma of shape {list(site.shape(2))} for an input {list(shape)}")
    statistics = TensorType((*shape[:-1], 1), FLOAT32)
    return [TensorType(shape, dtype), statistics, statistics, TensorType(shape, dtype)]


@shape_of("LayerNormalization", domain=MICROSOFT)
@shape_of("SimplifiedLayerNormalization", domain=MICROSOFT)
@shape_of("SimplifiedLayerNormalization", domain=STANDARD)
def layer_normalization_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape; statistics have size 1 along normalized axes."""
    shape = site.shape(0)
    axis = axis_of(int(site.attributes.get("axis", -1)), len(shape))
    statistics = TensorType((*shape[:axis], *(1,) * (len(shape) - axis)), FLOAT32)
    return [TensorType(shape, site.input(1).dtype), statistics, statistics]


@shape_of("BranchwiseRMSNorm", "QOrderedLayerNormalization", domain=MICROSOFT)
def rowwise_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, whose last axis must hold whole branches."""
    shape, branches = site.shape(0), int(site.attributes.get("num_branches", 0))
    if not shape or branches < 0 or (branches and shape[-1] % branches):
        raise ShapeError(f"{list(shape)} does not hold {branches} branches side by side")
    return same_shape(site)


@shape_of("GatedRMSNorm", domain=MICROSOFT)
def gated_rms_norm_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, whose last axis must hold whole groups."""
    check_activation(site)
    shape, scale = site.shape(0), site.shape(1)
    if not shape or len(scale) != 1 or scale[0] < 1 or shape[-1] % scale[0]:
        raise ShapeError(f"a scale of shape {list(scale)} for an input {list(shape)}")
    return same_shape(site)


@shape_of("GroupNorm", "SkipGroupNorm", domain=MICROSOFT)
def group_norm_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, and again for the sum."""
    shape, groups = site.shape(0), int(site.attributes.get("groups", 0))
    if len(shape) < 3:
        raise ShapeError(f"an input of rank {len(shape)} has no spatial axes")
    channels = shape[-1 if site.attributes.get("channels_last", 1) else 1]
    if groups < 1 or channels % groups:
        raise ShapeError(f"{channels} channels do not divide into {groups} groups")
    return [*same_shape(site), *same_shape(site)]


@shape_of("EmbedLayerNormalization", "QEmbedLayerNormalization", domain=MICROSOFT)
def embed_layer_normalization_shape(site: Site) -> Sequence[TensorType]:
    """A row of each word; the words of each sentence; the sum of the embeddings."""
    ids, table = site.shape(0), site.shape(2)
    if len(ids) != 2 or len(table) != 2:
        raise ShapeError(f"words {list(ids)} in an embedding of shape {list(table)}")
    slot = 8 if site.op_type.startswith("Q") else 2
    rows = TensorType((*ids, table[1]), site.input(slot).dtype)
    return [rows, TensorType(_lengths(ids), INT32), rows]


def _lengths(ids: Shape) -> Shape:
    return ids[:1]
