"""A graph as if it were deployed in another precision (`--as-dtype`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from costscope.dtypes import INT32, DType
from costscope.graph.types import Branch, Graph, Node, Tensor

# What is wider than this many bits is a float that a deployment would convert.
_ALREADY_NARROW = 8


def as_dtype(graph: Graph, dtype: DType, is_bias: Callable[[Node, int], bool]) -> Graph:
    """The graph with every float tensor in `dtype`, and biases as a deployment keeps them.

    Integer tensors (indices, masks, already quantized weights) stay. For an integer type,
    biases become int32, as in 8-bit inference (Jacob et al. 2018, arXiv 1712.05877, 2.4).

    Args:
        graph: a resolved graph.
        dtype: the deployed precision.
        is_bias: whether a constant in this input slot of a node is a bias.
    """
    biases = _bias_names(graph, is_bias)
    bias_dtype = dtype if dtype.is_float else INT32

    def convert(tensor: Tensor) -> Tensor:
        if not tensor.dtype.is_float or tensor.stored_dtype.bits <= _ALREADY_NARROW:
            return tensor
        bias = tensor.constant and tensor.name in biases
        items = tensor.items and tuple(
            item._replace(dtype=dtype) if item.dtype.is_float else item for item in tensor.items
        )
        return replace(tensor, dtype=bias_dtype if bias else dtype, items=items)

    return replace(
        _map(graph, convert),
        constants={name: convert(tensor) for name, tensor in graph.constants.items()},
        assumptions=(*graph.assumptions, f"costed as if deployed in {dtype.name} (--as-dtype)"),
    )


def _map(graph: Graph, convert: Callable[[Tensor], Tensor]) -> Graph:
    """A graph with every tensor converted, those of the graphs inside it too."""
    nodes = tuple(
        replace(
            node,
            inputs=tuple(tensor and convert(tensor) for tensor in node.inputs),
            outputs=tuple(convert(tensor) for tensor in node.outputs),
            branches=tuple(
                Branch(branch.name, _map(branch.graph, convert), branch.trips)
                for branch in node.branches
            ),
        )
        for node in graph.nodes
    )
    return replace(
        graph,
        nodes=nodes,
        inputs=tuple(convert(tensor) for tensor in graph.inputs),
        outputs=tuple(convert(tensor) for tensor in graph.outputs),
    )


def _bias_names(graph: Graph, is_bias: Callable[[Node, int], bool]) -> set[str]:
    """Constants that are biases wherever they are read, with what they are made of."""
    names: set[str] = set()
    others: set[str] = set()
    for node in graph.nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is not None and tensor.constant:
                found = names if is_bias(node, slot) else others
                found.update((tensor.name, *tensor.sources))
        for branch in node.branches:
            names |= _bias_names(branch.graph, is_bias)
    return names - others
