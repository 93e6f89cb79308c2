"""The counts that papers print, each in its convention, from an analysed network."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.analysis.types import Analysis
from costscope.graph.types import Node, Tensor
from costscope.ops import work_of

_MATRIX_RANK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One operator that multiplies by weights: a row of a paper's layer table.

    Attributes:
        name: of the node.
        op_type: operator.
        input_shape: of its first input.
        output_shape: of its output.
        weight_shape: of its largest weight; () for a product of activations.
        groups: of a convolution.
        strides: likewise.
        macs: multiply-accumulates.
        weights: elements of its weights, biases left out.
        biases: elements of its biases.
    """

    name: str
    op_type: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    weight_shape: tuple[int, ...]
    groups: int
    strides: tuple[int, ...]
    macs: int
    weights: int
    biases: int

    @property
    def on_vectors(self) -> bool:
        """Whether it works on one position: a fully connected layer, however written."""
        return not self.groups or (
            all(size == 1 for size in self.input_shape[2:])
            and all(size == 1 for size in self.output_shape[2:])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is counted of a network.

    Attributes:
        macs: multiply-accumulates of everything.
        macs_without_fc: without those of fully connected layers (1x1 on 1x1 included).
        params: learned elements: weights, biases, factors and shifts of norms.
        weights: elements of convolutions' and matrix products' weights alone.
        params_with_statistics: with the running mean and variance of batch norms.
        memory_access: elements that convolutions and fully connected layers read and write,
            weights included, biases not.
        products: the operators that multiply by weights, in order.
    """

    macs: int
    macs_without_fc: int
    params: int
    weights: int
    params_with_statistics: int
    memory_access: int
    products: tuple[Product, ...]


def count(analysis: Analysis) -> Counts:
    """The counts of an analysed network."""
    found = [(node, _product(node)) for node in analysis.graph.nodes if work_of(node).macs]
    products = tuple(product for _, product in found if product.weights)
    totals = analysis.totals
    vectors = sum(
        product.macs * node.repeats
        for node, product in found
        if product.weights and product.on_vectors
    )
    return Counts(
        macs=totals.work.macs,
        macs_without_fc=totals.work.macs - vectors,
        params=totals.params - totals.statistics,
        weights=sum(product.weights for product in products),
        params_with_statistics=totals.params,
        memory_access=sum(_access(node) for node, product in found if product.weights),
        products=products,
    )


def _product(node: Node) -> Product:
    constants = [each for each in node.inputs if each is not None and each.constant and each.known]
    matrices = [each for each in constants if each.rank >= _MATRIX_RANK]
    data = _activations(node)
    largest = max(matrices, key=lambda each: each.elements, default=None)
    return Product(
        name=node.name,
        op_type=node.op_type,
        input_shape=data[0].dims if data else (),
        output_shape=node.output.dims,
        weight_shape=largest.dims if largest else (),
        groups=node.attributes.get("group", 1) if "Conv" in node.op_type else 0,
        strides=tuple(node.attributes.get("strides", ())),
        macs=work_of(node).macs,
        weights=sum(each.elements for each in matrices),
        biases=sum(each.elements for each in constants if each.rank == 1),
    )


def _access(node: Node) -> int:
    weights = sum(
        each.elements
        for each in node.inputs
        if each is not None and each.constant and each.known and each.rank >= _MATRIX_RANK
    )
    data = sum(each.elements for each in (*_activations(node), node.output))
    return (weights + data) * node.repeats


def _activations(node: Node) -> list[Tensor]:
    return [each for each in node.inputs if each is not None and not each.constant and each.known]
