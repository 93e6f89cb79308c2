"""Further operators of onnxruntime: they sample, transform, hash, compare or mix streams."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.dtypes import BOOL, INT32, INT64, from_onnx
from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import per_element, same_shape
from costscope.ops.contrib_normalization import scaled_to_unit
from costscope.ops.resize import grid_sample, grid_sample_shape
from costscope.ops.signal import fft_operations
from costscope.ops.sorting import comparisons
from costscope.work import KernelKind, Work

_ELEMENTWISE = KernelKind.ELEMENTWISE
_SETTING = Slot.SETTING

op("GridSample", kind=KernelKind.RESIZE, domain=MICROSOFT)(grid_sample)
shape_of("GridSample", domain=MICROSOFT)(grid_sample_shape)
# A mask is added, then softmax as the standard's.
op("BiasSoftmax", kind=KernelKind.SOFTMAX, domain=MICROSOFT)(per_element(5, 1))
# 7 operations mix a word in, 9 finish: products, rotations, exclusive ors.
op("MurmurHash3", kind=_ELEMENTWISE, domain=MICROSOFT)(per_element(16))
shape_of("BiasSoftmax", domain=MICROSOFT)(same_shape)


@op("CropAndResize", kind=KernelKind.RESIZE, domain=MICROSOFT,
    slots={2: _SETTING, 3: _SETTING})  # fmt: skip
def crop_and_resize(node: Node) -> Work:
    """Each output between 4 neighbours: 4 products and 3 additions; none if nearest."""
    nearest = node.attributes.get("mode", "bilinear") == "nearest"
    return Work(vector_ops=0 if nearest else 7 * node.output.elements)


@op("Inverse", kind=KernelKind.BATCHED_MATMUL, domain=MICROSOFT)
def inverse(node: Node) -> Work:
    """Inverses of square matrices by elimination: n^3 macs each.

    Shapes:
        X: (*B, n, n)    Y: (*B, n, n)
    """
    return Work(node.output.elements * node.shape(0)[-1])


@op("CDist", kind=KernelKind.BATCHED_MATMUL, domain=MICROSOFT)
def distances(node: Node) -> Work:
    """Distances of all rows of A to all rows of B, as |a|^2 + |b|^2 - 2*a*b.

    macs = (M*K + M + K) * N, 3 operations a distance, and a square root unless squared.

    Shapes:
        A: (M, N)    B: (K, N)    Y: (M, K)
    """
    (rows, width), columns, pairs = node.shape(0), node.shape(1)[0], node.output.elements
    squared = node.attributes.get("metric", "sqeuclidean") == "sqeuclidean"
    macs = (pairs + rows + columns) * width
    return Work(macs, vector_ops=3 * pairs, special_ops=0 if squared else pairs)


@op("DynamicTimeWarping", kind=KernelKind.REDUCTION, domain=MICROSOFT)
def dynamic_time_warping(node: Node) -> Work:
    """The cheapest path through a matrix: 2 comparisons and 1 addition a cell."""
    return Work(vector_ops=3 * prod(node.shape(0)))


@op("Rfft", "Irfft", kind=KernelKind.SIGNAL, domain=MICROSOFT)
def real_fft(node: Node) -> Work:
    """Fast Fourier transforms of real signals: 2.5*n*log2(n) operations each.

    Shapes:
        Rfft: (*B, *n) -> (*B, *n with n//2 + 1 at the end, 2); Irfft the other way
    """
    real = node.shape(0) if node.op_type == "Rfft" else node.output.dims
    rank = int(node.attributes.get("signal_ndim", 1))
    length = prod(real[len(real) - rank :])
    transforms = prod(real[: len(real) - rank])
    return Work(vector_ops=transforms * fft_operations(length, real=True))


@op("Unique", kind=KernelKind.SORTING, domain=MICROSOFT)
def unique(node: Node) -> Work:
    """The different values, counted as the standard's Unique: a sort."""
    count = prod(node.shape(0))
    return Work(vector_ops=comparisons(count, count))


@op("IsAllFinite", kind=KernelKind.REDUCTION, domain=MICROSOFT)
def is_all_finite(node: Node) -> Work:
    """One test for each element of all inputs."""
    return Work(vector_ops=sum(tensor.elements for tensor in node.inputs if tensor is not None))


@op("NGramRepeatBlock", kind=KernelKind.GATHER, domain=MICROSOFT, slots={0: _SETTING})
def n_gram_repeat_block(node: Node) -> Work:
    """The last n-1 words are compared with those at every earlier place."""
    batch, length = node.shape(0)
    size = int(node.attributes["ngram_size"])
    return Work(vector_ops=batch * max(0, length - size + 1) * size)


@op("NGramHashMapping", "VarlenNGramHashMapping", kind=_ELEMENTWISE, domain=MICROSOFT,
    slots=dict.fromkeys(range(1, 10), _SETTING))  # fmt: skip
def n_gram_hash(node: Node) -> Work:
    """Products of the last words, joined by exclusive or; a remainder and an offset a hash."""
    words = int(node.attributes["max_ngram_size"])
    each = 1 + (node.input(5 if node.op_type.startswith("Varlen") else 4) is not None)
    return Work(vector_ops=2 * words * prod(node.shape(0)) + each * node.output.elements)


@op("HyperConnectionPreMix", kind=_ELEMENTWISE, domain=MICROSOFT)
def pre_mix(node: Node) -> Work:
    """Streams summed up with weights: one mac for each of their elements."""
    scaled = node.output.elements * int(node.attributes.get("reduction_scale", 1.0) != 1.0)
    return Work(prod(node.shape(0)), vector_ops=scaled)


@op("HyperConnectionPostMix", kind=_ELEMENTWISE, domain=MICROSOFT)
def post_mix(node: Node) -> Work:
    """Streams mixed by a matrix, and a branch's output added to each by its own weight.

    macs = elements(streams) * (C + 1), without a matrix elements(streams).
    """
    streams = prod(node.shape(0))
    width = node.shape(1)[-1]
    branches = node.shape(0)[-1] // width
    if not node.attributes.get("num_branches", 0):
        branches = node.shape(0)[-2]
    return Work(streams * (1 + branches * (node.input(3) is not None)))


@op("EngramGate", kind=KernelKind.NORMALIZATION, domain=MICROSOFT)
def engram_gate(node: Node) -> Work:
    """A gate from the product of normalized keys and queries, times the value.

    Two root-mean-square normalizations with a scale, one mac an element for their product,
    8 operations, a square root and an exp a row for the gate, one product an element; a
    third normalization if its result is asked for.
    """
    elements = prod(node.shape(0))
    rows = prod(node.shape(0)[:-1])
    asked = len(node.outputs) > 1 and bool(node.outputs[1].name)
    norms = scaled_to_unit(elements, rows, 1) * (2 + asked)
    return norms + Work(elements, vector_ops=elements + 8 * rows, special_ops=2 * rows)


@shape_of("CropAndResize", domain=MICROSOFT)
def crop_and_resize_shape(site: Site) -> Sequence[TensorType]:
    """A picture of the given size for each region.

    Raises:
        UnknownShapeError: the size is computed from data.
    """
    shape, size = site.shape(0), site.ints(3)
    if len(shape) != 4 or size is None or len(size) != 2 or min(size) < 1:
        raise ShapeError(f"crops of {size} out of an input {list(shape)}")
    return [TensorType((site.shape(1)[0], shape[1], *size), site.input(0).dtype)]


@shape_of("Inverse", domain=MICROSOFT)
def inverse_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, which must hold square matrices."""
    shape = site.shape(0)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(f"{list(shape)} does not hold square matrices")
    return same_shape(site)


@shape_of("CDist", domain=MICROSOFT)
def distances_shape(site: Site) -> Sequence[TensorType]:
    """One number for each pair of rows."""
    (rows, width), (columns, other) = site.shape(0), site.shape(1)
    if width != other:
        raise ShapeError(f"rows of {width} and of {other} numbers have no distance")
    return [TensorType((rows, columns), site.input(0).dtype)]


@shape_of("DynamicTimeWarping", domain=MICROSOFT)
def dynamic_time_warping_shape(site: Site) -> Sequence[TensorType]:
    """The cells of a path, at most one row and one column less than both together."""
    shape = site.shape(0)
    if len(shape) not in (2, 3):
        raise ShapeError(f"costs of shape {list(shape)} are no matrix")
    most = max(0, shape[-2] + shape[-1] - 1)
    site.assume(f"{site.name!r} (DynamicTimeWarping) finds a path of {most}, an upper bound")
    return [TensorType((2, most), INT32)]


@shape_of("Rfft", domain=MICROSOFT)
def rfft_shape(site: Site) -> Sequence[TensorType]:
    """The last axis halved, real and imaginary parts behind it."""
    shape, rank = site.shape(0), int(site.attributes.get("signal_ndim", 1))
    if not 0 < rank <= len(shape):
        raise ShapeError(f"{list(shape)} holds no signals of {rank} axes")
    return [TensorType((*shape[:-1], shape[-1] // 2 + 1, 2), site.input(0).dtype)]


@shape_of("Irfft", domain=MICROSOFT)
def irfft_shape(site: Site) -> Sequence[TensorType]:
    """The last axis but one doubled, real and imaginary parts gone."""
    shape, rank = site.shape(0), int(site.attributes.get("signal_ndim", 1))
    if not 0 < rank < len(shape) or shape[-1] != 2 or shape[-2] < 1:
        raise ShapeError(f"{list(shape)} holds no spectra of {rank} axes")
    return [TensorType((*shape[:-2], 2 * (shape[-2] - 1)), site.input(0).dtype)]


@shape_of("Unique", domain=MICROSOFT)
def unique_shape(site: Site) -> Sequence[TensorType]:
    """Values, the place of each input among them, counts; all values may differ."""
    shape = site.shape(0)
    site.assume(f"{site.name!r} (Unique) is costed for {prod(shape)} values, an upper bound")
    places = TensorType(shape, INT64)
    return [TensorType(shape, site.input(0).dtype), places, places]


@shape_of("MurmurHash3", domain=MICROSOFT)
def murmur_hash_shape(site: Site) -> Sequence[TensorType]:
    """One number for each input, without a sign unless asked for."""
    positive = bool(site.attributes.get("positive", 1))
    return [TensorType(site.shape(0), from_onnx(12) if positive else INT32)]


@shape_of("IsAllFinite", domain=MICROSOFT)
def is_all_finite_shape(_site: Site) -> Sequence[TensorType]:
    """One boolean."""
    return [TensorType((), BOOL)]


@shape_of("NGramRepeatBlock", domain=MICROSOFT)
def n_gram_repeat_block_shape(site: Site) -> Sequence[TensorType]:
    """The scores' shape."""
    size = int(site.attributes.get("ngram_size", 0))
    if len(site.shape(0)) != 2 or size < 1:
        raise ShapeError(f"runs of {size} words in {list(site.shape(0))}")
    return [TensorType(site.shape(1), site.input(1).dtype)]


@shape_of("NGramHashMapping", "VarlenNGramHashMapping", domain=MICROSOFT)
def n_gram_hash_shape(site: Site) -> Sequence[TensorType]:
    """A hash for each word, length and head; the last words, to go on with."""
    ids, dtype = site.shape(0), site.input(0).dtype
    words, heads = (int(site.attributes[name]) for name in ("max_ngram_size", "n_head_per_ngram"))
    hashes = TensorType((*ids, (words - 1) * heads), dtype)
    if site.op_type == "NGramHashMapping":
        return [hashes, TensorType((ids[0], words - 1), dtype)]
    batch = site.shape(3)[0] - 1
    kept = int(site.attributes.get("state_update_capacity", 0))
    last: Shape = (batch, words - 1)
    updates: Shape = (batch, kept, words - 1)
    return [hashes, TensorType(last, dtype), TensorType(last, INT32), TensorType(updates, dtype)]


@shape_of("HyperConnectionPreMix", domain=MICROSOFT)
def pre_mix_shape(site: Site) -> Sequence[TensorType]:
    """One stream out of several, apart on an axis or side by side."""
    shape, branches = site.shape(0), int(site.attributes.get("num_branches", 0))
    mixed = (*shape[:-1], shape[-1] // branches) if branches else (*shape[:-2], shape[-1])
    return [TensorType(mixed, site.input(0).dtype)]


@shape_of("HyperConnectionPostMix", domain=MICROSOFT)
def post_mix_shape(site: Site) -> Sequence[TensorType]:
    """As many streams as before."""
    shape = site.shape(0)
    if len(shape) < 2 or site.shape(1)[-1] < 1:
        raise ShapeError(f"streams {list(shape)} with a branch {list(site.shape(1))}")
    return same_shape(site)


@shape_of("EngramGate", domain=MICROSOFT)
def engram_gate_shape(site: Site) -> Sequence[TensorType]:
    """The keys' shape; again if the normalized value is asked for."""
    return [*same_shape(site), *same_shape(site)]
