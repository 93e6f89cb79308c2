"""Nodes, constants and weights of a graph under construction, each with a readable name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.weights import Weights

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of the graph under construction.

    Attributes:
        name: its name in the graph.
        shape: batch first; images are (N, C, H, W), sequences (N, L, C).
    """

    name: str
    shape: Shape

    @property
    def channels(self) -> int:
        """Size of axis 1."""
        return self.shape[1]

    @property
    def spatial(self) -> Shape:
        """Sizes behind batch and channels."""
        return self.shape[2:]

    @property
    def elements(self) -> int:
        """Number of elements, batch included."""
        return prod(self.shape)


class Emitter:
    """Collects nodes in order; every name begins with the scopes it was made in.

    Args:
        deploy: the form a device runs: batch norms folded into their convolutions, branches
            that exist for training only merged. False keeps both.
        weights: makes the elements of weights, or leaves them out.
    """

    def __init__(self, *, deploy: bool, weights: Weights) -> None:
        self.deploy = deploy
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.opset = 17
        self._weights = weights
        self._scopes: list[str] = []
        self._taken: set[str] = set()
        self._constants: dict[tuple[str, Shape, tuple[Any, ...]], str] = {}

    @property
    def dtype(self) -> int:
        """ONNX's number of the element type of the network."""
        return self._weights.dtype

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Names given in the body begin with `name` and a dot."""
        self._scopes.append(name)
        try:
            yield
        finally:
            self._scopes.pop()

    def path(self, name: str) -> str:
        """The full name of `name` here; the scope's own for ""."""
        return ".".join([*self._scopes, name] if name else self._scopes)

    def emit(
        self,
        op_type: str,
        inputs: Sequence[Value | str | None],
        name: str,
        shape: Shape,
        *,
        domain: str = "",
        **attributes: Any,
    ) -> Value:
        """One node with one output, called as the node is."""
        return self.emit_many(op_type, inputs, name, [shape], domain=domain, **attributes)[0]

    def emit_many(
        self,
        op_type: str,
        inputs: Sequence[Value | str | None],
        name: str,
        shapes: Sequence[Shape],
        *,
        domain: str = "",
        **attributes: Any,
    ) -> list[Value]:
        """One node with an output for each shape.

        Raises:
            ArchitectureError: the name is taken, or a size would be below one.
        """
        from onnx import helper

        full = self.path(name)
        if full in self._taken:
            raise ArchitectureError(f"two nodes would be called {full!r}; name one of them apart")
        self._taken.add(full)
        for shape in shapes:
            if any(size < 1 for size in shape):
                raise ArchitectureError(f"{full}: the shape {shape} has a size below one")
        outputs = [
            f"{full}.out" if len(shapes) == 1 else f"{full}.out{i}" for i in range(len(shapes))
        ]
        names = ["" if i is None else i.name if isinstance(i, Value) else i for i in inputs]
        self.nodes.append(
            helper.make_node(op_type, names, outputs, name=full, domain=domain, **attributes)
        )
        return [Value(o, tuple(s)) for o, s in zip(outputs, shapes, strict=True)]

    def weight(self, name: str, shape: Sequence[int], *, like: str = "weight") -> str:
        """A learned tensor; `like` says what its random elements look like.

        Args:
            name: joined to the scope, as in `stem.weight`.
            shape: of the weight.
            like: `weight` (scaled by its fan-in), `matrix` (inputs first), `bias`, `scale`,
                `mean` or `variance`.
        """
        full = self.path(name)
        if full in self._taken:
            raise ArchitectureError(f"two weights would be called {full!r}; name one of them apart")
        self._taken.add(full)
        node, tensors = self._weights.make(full, tuple(shape), like, self.shape_constant)
        if node is not None:
            self.nodes.append(node)
        self.initializers.extend(tensors)
        return full

    def shape_constant(self, shape: Sequence[int]) -> str:
        """A one-dimensional constant of whole numbers (a shape, axes, ...), shared by value."""
        return self.constant(list(shape), [len(shape)], "int64")

    def constant(self, values: Sequence[Any], shape: Sequence[int], dtype: str = "float") -> str:
        """A constant of known elements, shared by value; a `float` one has the network's type."""
        key = (dtype, tuple(shape), tuple(values))
        if key not in self._constants:
            name = f"constant{len(self._constants)}"
            self._constants[key] = name
            self.initializers.append(self._weights.literal(name, values, shape, dtype))
        return self._constants[key]
