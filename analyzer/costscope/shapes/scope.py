"""Names in sight: a graph's own tensors, then those of the graphs around it."""

from __future__ import annotations

from costscope.graph.types import Tensor
from costscope.ops import Array

# Values kept at once, all together: far more than shape arithmetic ever needs.
_BUDGET_ELEMENTS = 8_000_000


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

    Args:
        parent: the scope around this one; None for the main graph and for functions.
        prefix: put before every name made here, so that names are unique in the model.
        budget: room for values, shared by all scopes of a model.
    """

    def __init__(
        self, parent: Scope | None = None, prefix: str = "", budget: Budget | None = None
    ) -> None:
        self.parent = parent
        self.prefix = prefix
        self.tensors: dict[str, Tensor] = {}
        self.values: dict[str, Array] = {}
        self.budget = budget or (parent.budget if parent else Budget())

    def find(self, name: str) -> Tensor | None:
        """The tensor of a name, here or outside."""
        scope: Scope | None = self
        while scope is not None:
            tensor = scope.tensors.get(name)
            if tensor is not None:
                return tensor
            scope = scope.parent
        return None

    def value(self, name: str) -> Array | None:
        """The known value of a name, here or outside."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.tensors:
                return scope.values.get(name)
            scope = scope.parent
        return None

    def add(self, name: str, tensor: Tensor, value: Array | None = None) -> None:
        """Bring a tensor into sight, with its value if there is still room for values."""
        self.tensors[name] = tensor
        if value is not None and self.budget.take(int(value.size)):
            self.values[name] = value
