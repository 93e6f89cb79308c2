"""A node that holds graphs: its inputs, and its graphs walked with tensors put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costscope.dtypes import BOOL
from costscope.errors import ModelError
from costscope.graph.types import Branch, Graph, Shape, Tensor, TensorType
from costscope.ops import Array, UnknownShapeError
from costscope.shapes.scope import Scope

if TYPE_CHECKING:
    from costscope.shapes.walk import Walk

# The graphs of a node with how often each runs, and the types of its outputs.
Result = tuple[tuple[Branch, ...], list[TensorType]]


class Call:
    """One node with graphs inside, and the walk it happens in."""

    def __init__(
        self,
        walk: Walk,
        proto: Any,
        name: str,
        scope: Scope,
        inputs: tuple[Tensor | None, ...],
        plain: Mapping[str, Any],
        graphs: Mapping[str, Any],
    ) -> None:
        self.walk, self.proto, self.name, self.scope = walk, proto, name, scope
        self.inputs, self.plain, self.graphs = inputs, plain, graphs

    def input(self, slot: int) -> Tensor | None:
        """An input, None if it is left out."""
        return self.inputs[slot] if slot < len(self.inputs) else None

    def value(self, slot: int) -> Array | None:
        """The known value of an input that is a single element."""
        if self.input(slot) is None:
            return None
        value = self.scope.value(self.proto.input[slot])
        return value.reshape(()) if value is not None and value.size == 1 else None

    def graph(self, attribute: str) -> Any:
        """The GraphProto of an attribute.

        Raises:
            ModelError: there is none.
        """
        graph = self.graphs.get(attribute)
        if graph is None or not hasattr(graph, "node"):
            raise ModelError(f"node {self.name!r}: it has no graph {attribute!r}")
        return graph

    def body(
        self, attribute: str, actual: Sequence[Tensor | None], *, moving: bool = True
    ) -> tuple[Graph, Scope]:
        """The graph of an attribute, walked with the given tensors as its inputs.

        Args:
            attribute: where the graph stands.
            actual: one tensor per input of the graph.
            moving: the inputs change from one iteration to the next, so they are no
                constants, whatever they start from.

        Raises:
            ModelError: it takes another number of inputs.
        """
        graph = self.graph(attribute)
        prefix = f"{self.name}/" if attribute == "body" else f"{self.name}/{attribute}/"
        inner = self.scope.inside(prefix)
        if len(graph.input) != len(actual):
            raise ModelError(
                f"node {self.name!r}: its graph {attribute!r} takes {len(graph.input)} inputs, "
                f"{len(actual)} are given"
            )
        for formal, tensor in zip(graph.input, actual, strict=True):
            if tensor is None:
                unique = self.walk.tensor_name(formal.name, inner)
                inner.add(formal.name, Tensor(unique, (), BOOL))
            elif tensor.constant and moving:
                unique = self.walk.tensor_name(formal.name, inner)
                state = replace(tensor, name=unique, constant=False, sources=(), value=None)
                inner.add(formal.name, state)
            else:
                inner.add(formal.name, tensor)
        return self.walk.body(graph, inner), inner


def type_of(tensor: Tensor) -> TensorType:
    """The type of a tensor."""
    return TensorType(tensor.shape, tensor.dtype, tensor.items)


def dims_of(tensor: Tensor) -> Shape:
    """The shape of a tensor.

    Raises:
        UnknownShapeError: it is not known.
    """
    if tensor.shape is None:
        raise UnknownShapeError(f"the shape of {tensor.name!r} is unknown")
    return tensor.shape
