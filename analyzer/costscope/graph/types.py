"""Tensors, nodes and graphs as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from costscope.dtypes import DType

Shape = tuple[int, ...]


class TensorType(NamedTuple):
    """What a shape rule says of one output.

    Attributes:
        shape: sizes, outermost first; None where they cannot be known.
        dtype: element type.
        items: member types if the output is a sequence or an optional.
    """

    shape: Shape | None
    dtype: DType
    items: tuple[TensorType, ...] | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """How a quantized constant lies in memory.

    Attributes:
        dtype: element type it is stored in.
        scales: names of the file's constants (scales, zero points) that dequantize it.
    """

    dtype: DType
    scales: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value that flows between nodes, or a constant of the file.

    Attributes:
        name: unique in its graph.
        shape: sizes, outermost first; None where they cannot be known.
        dtype: element type that its readers see.
        constant: known before inference starts: an initializer, or computed from such.
        sources: names of the file's constants that this one holds the data of.
        items: member types, for a sequence.
        storage: how it lies in memory, where that is not as `dtype` (a dequantized weight).
        value: elements of a short constant (axes, bounds, a factor), flat; None where they
            are many or unknown. No part of what makes two tensors equal.
    """

    name: str
    shape: Shape | None
    dtype: DType
    constant: bool = False
    sources: tuple[str, ...] = ()
    items: tuple[TensorType, ...] | None = None
    storage: Storage | None = None
    value: tuple[float, ...] | None = field(default=None, compare=False)

    @property
    def known(self) -> bool:
        """Whether the shape is known."""
        return self.shape is not None

    @property
    def dims(self) -> Shape:
        """The shape of a tensor that must have one.

        Raises:
            ValueError: the shape is unknown.
        """
        if self.shape is None:
            raise ValueError(f"the shape of {self.name!r} is unknown")
        return self.shape

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    @property
    def elements(self) -> int:
        """Number of elements; 0 for a tensor of unknown shape (check `known` first)."""
        if self.shape is None:
            return sum(prod(item.shape or (0,)) for item in self.items or ())
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes, packed; sequences count their members."""
        if self.items is not None:
            return sum(item.dtype.nbytes(prod(item.shape or (0,))) for item in self.items)
        return self.nbytes_of(self.elements)

    @property
    def stored_dtype(self) -> DType:
        """Element type that it lies in memory as."""
        return self.dtype if self.storage is None else self.storage.dtype

    def nbytes_of(self, elements: int) -> int:
        """Bytes of so many of its elements, packed."""
        return self.stored_dtype.nbytes(elements)


@dataclass(frozen=True, slots=True)
class Branch:
    """A graph inside a node: a branch of If, the body of Loop, Scan or SequenceMap.

    Attributes:
        name: attribute it stands in (`then_branch`, `body`, ...).
        graph: the body, resolved with the shapes of its first iteration.
        trips: how often it runs.
    """

    name: str
    graph: Graph
    trips: int


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of the graph.

    Attributes:
        name: unique; given by us where the file has none.
        op_type: operator, as in the ONNX standard.
        domain: "" for the standard's own operators.
        version: opset version of the domain.
        inputs: None where an optional input is left out.
        outputs: outputs that are asked for (an unused optional one is left out at the end).
        attributes: plain values; tensors and graphs are not among them.
        branches: graphs inside the node.
        problem: why the node cannot be costed (its shapes are unknown); None if it can.
        repeats: how often it runs in one inference (inside loops).
    """

    name: str
    op_type: str
    domain: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    problem: str | None = None
    repeats: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """Domain and operator type."""
        return self.domain, self.op_type

    def input(self, slot: int) -> Tensor | None:
        """The input of a slot, None where it is left out."""
        return self.inputs[slot] if slot < len(self.inputs) else None

    def shape(self, slot: int) -> Shape:
        """The shape of a required input.

        Raises:
            ValueError: the input is left out, or its shape is unknown.
        """
        tensor = self.input(slot)
        if tensor is None:
            raise ValueError(f"input {slot} is missing")
        return tensor.dims

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.outputs[0]


@dataclass(frozen=True, slots=True)
class Graph:
    """A model: nodes in execution order, with every tensor's shape.

    Attributes:
        name: the model's name: the file's stem, else the graph's own name.
        nodes: topological; constants and shape arithmetic are folded away.
        inputs: graph inputs that are not constants.
        outputs: graph outputs.
        constants: the file's constants by name, as stored.
        opsets: version of each domain.
        folded: how many nodes were folded, by operator type.
        assumptions: sentences: what was taken for granted on the way.
        aside: the nodes that were folded away, those of graphs inside nodes too: a runtime
            may run them all the same. No part of what makes two graphs equal.
    """

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    constants: Mapping[str, Tensor]
    opsets: Mapping[str, int]
    folded: Mapping[str, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    aside: tuple[Node, ...] = field(default=(), compare=False, repr=False)
