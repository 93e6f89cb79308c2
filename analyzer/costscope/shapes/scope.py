"""Names in sight: a graph's own tensors, then those of the graphs around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from costscope.errors import ModelError
from costscope.graph.types import Tensor
from costscope.ops import Array

# Values kept at once, all together: far more than shape arithmetic ever needs.
_BUDGET_ELEMENTS = 8_000_000
# Graphs and functions in each other, deeper than any real model has them.
_MAX_DEPTH = 64


class Budget:
    """Elements of values that may still be kept, in the whole model."""

    def __init__(self) -> None:
        self.left = _BUDGET_ELEMENTS

    def take(self, elements: int) -> bool:
        """Whether there is room for this many more; if so they are taken."""
        if elements > self.left:
            return False
        self.left -= elements
        return True


class Scope:
    """Tensors and known values by the name the file uses.

    Attributes:
        parent: the scope around this one; None for the main graph and for functions.
        prefix: put before every name made here, so that names are unique in the model.
        omitted: inputs of a function that its caller leaves out.
        declared: what the file says of tensors, by name.
    """

    def __init__(self) -> None:
        self.parent: Scope | None = None
        self.prefix = ""
        self.tensors: dict[str, Tensor] = {}
        self.values: dict[str, Array] = {}
        self.omitted: set[str] = set()
        self.declared: dict[str, Any] = {}
        self._depth = 0
        self._budget = Budget()

    def inside(self, prefix: str) -> Scope:
        """The scope of a graph inside a node, which sees the names around it."""
        inner = self.call(prefix)
        inner.parent = self
        return inner

    def call(self, prefix: str) -> Scope:
        """The scope of a function's body, which sees nothing of its caller.

        Raises:
            ModelError: graphs and functions stand too deep in each other.
        """
        inner = Scope()
        inner.prefix, inner._budget, inner._depth = prefix, self._budget, self._depth + 1
        if inner._depth > _MAX_DEPTH:
            raise ModelError(f"graphs or functions are nested more than {_MAX_DEPTH} deep")
        return inner

    def declare(self, *infos: Iterable[Any]) -> None:
        """Keep what the file says of this graph's tensors."""
        for values in infos:
            self.declared.update((value.name, value) for value in values)

    def _around(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> Tensor | None:
        """The tensor of a name, here or outside."""
        for scope in self._around():
            tensor = scope.tensors.get(name)
            if tensor is not None:
                return tensor
        return None

    def omits(self, name: str) -> bool:
        """Whether a name stands for an input that the caller leaves out."""
        return any(name in scope.omitted for scope in self._around())

    def value(self, name: str) -> Array | None:
        """The known value of a name, here or outside."""
        for scope in self._around():
            if name in scope.tensors:
                return scope.values.get(name)
        return None

    def add(self, name: str, tensor: Tensor, value: Array | None = None) -> None:
        """Bring a tensor into sight, with its value if there is still room for values."""
        self.tensors[name] = tensor
        if value is not None and self._budget.take(int(value.size)):
            self.values[name] = value
