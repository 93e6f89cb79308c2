"""Random numbers: as many steps of a generator as there are elements."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.dtypes import INT32, from_onnx
from costscope.errors import ShapeError
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, op, shape_of
from costscope.work import KernelKind, Work

_ELEMENTWISE = KernelKind.ELEMENTWISE


@op("RandomUniform", "RandomUniformLike", kind=_ELEMENTWISE)
def uniform(node: Node) -> Work:
    """A generator's step, a product and an addition per element."""
    return Work(vector_ops=3 * node.output.elements)


@op("RandomNormal", "RandomNormalLike", kind=_ELEMENTWISE)
def normal(node: Node) -> Work:
    """A generator's step and half a Box-Muller transform, then scale and mean, per element.

    The transform makes two normal numbers from log, sqrt, sin and cos: 2 special
    operations and 2 products each.
    """
    elements = node.output.elements
    return Work(vector_ops=5 * elements, special_ops=2 * elements)


@op("Bernoulli", kind=_ELEMENTWISE)
def bernoulli(node: Node) -> Work:
    """A generator's step and a comparison per element."""
    return Work(vector_ops=2 * node.output.elements)


@op("Multinomial", kind=_ELEMENTWISE)
def multinomial(node: Node) -> Work:
    """Cumulated probabilities of each row (exp and addition), then a search per sample.

    A sample is a generator's step and at most one comparison per class.

    Shapes:
        X: (N, classes)    Y: (N, samples)
    """
    classes, entries = node.shape(0)[1], prod(node.shape(0))
    return Work(vector_ops=entries + node.output.elements * (1 + classes), special_ops=entries)


@shape_of("RandomNormal", "RandomUniform")
def random_shape(site: Site) -> Sequence[TensorType]:
    """What the attributes say."""
    if "shape" not in site.attributes:
        raise ShapeError("it has no attribute 'shape'")
    dtype = from_onnx(int(site.attributes.get("dtype", 1)))
    return [TensorType(tuple(int(size) for size in site.attributes["shape"]), dtype)]


@shape_of("RandomNormalLike", "RandomUniformLike", "Bernoulli")
def random_like_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the input, in its own type or in the one that the attribute names."""
    given = int(site.attributes.get("dtype", 0))
    return [TensorType(site.shape(0), from_onnx(given) if given else site.input(0).dtype)]


@shape_of("Multinomial")
def multinomial_shape(site: Site) -> Sequence[TensorType]:
    """Samples of each row."""
    shape = site.shape(0)
    if len(shape) != 2:
        raise ShapeError(f"probabilities must be rows of a matrix, not {list(shape)}")
    given = int(site.attributes.get("dtype", 0))
    samples = int(site.attributes.get("sample_size", 1))
    return [TensorType((shape[0], samples), from_onnx(given) if given else INT32)]
