"""Element-wise arithmetic of several tensors, and sums along axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Emitter, Shape, Value

_AXES_ARE_AN_INPUT = 18  # operator set from which ReduceMean takes its axes as an input


class Arithmetic(Emitter):
    """Sums, products and means."""

    def add(self, a: Value, b: Value, name: str = "add") -> Value:
        """A + b, broadcast."""
        return self.binary("Add", a, b, name)

    def mul(self, a: Value, b: Value, name: str = "mul") -> Value:
        """A * b, broadcast."""
        return self.binary("Mul", a, b, name)

    def binary(self, op_type: str, a: Value, b: Value, name: str) -> Value:
        """An element-wise operator of two tensors, broadcast.

        Raises:
            ArchitectureError: the shapes do not fit.
        """
        pairs = zip_longest(reversed(a.shape), reversed(b.shape), fillvalue=1)
        shape: list[int] = []
        for left, right in pairs:
            if left != right and 1 not in (left, right):
                raise ArchitectureError(f"{self.path(name)}: {a.shape} does not fit {b.shape}")
            shape.insert(0, max(left, right))
        return self.emit(op_type, [a, b], name, tuple(shape))

    def total(self, values: Sequence[Value], name: str = "sum") -> Value:
        """Sum of tensors of one shape: a chain of Adds; the tensor itself for one."""
        result = values[0]
        for index, value in enumerate(values[1:], start=1):
            result = self.add(result, value, name if not values[2:] else f"{name}{index}")
        return result

    def times(self, x: Value, factor: float, name: str = "times") -> Value:
        """X times a number that is not learned."""
        return self.emit("Mul", [x, self.constant([factor], [])], name, x.shape)

    def scaled(self, x: Value, name: str = "scale", shape: Shape | None = None) -> Value:
        """X times a learned tensor, one factor a channel (axis 1) unless a shape is given."""
        size = shape or (x.channels, *[1] * len(x.spatial))
        return self.emit(
            "Mul", [x, self.weight(f"{name}.weight", size, like="scale")], name, x.shape
        )

    def shifted(self, x: Value, shape: Shape, name: str = "shift") -> Value:
        """X plus a learned tensor (a bias, a position embedding)."""
        return self.emit(
            "Add", [x, self.weight(f"{name}.weight", shape, like="bias")], name, x.shape
        )

    def mean(
        self, x: Value, axes: Sequence[int], name: str = "mean", *, keep: bool = True
    ) -> Value:
        """Mean along axes, kept with size one unless told otherwise."""
        gone = {axis % len(x.shape) for axis in axes}
        kept = [1 if i in gone else size for i, size in enumerate(x.shape)]
        shape = kept if keep else [s for i, s in enumerate(x.shape) if i not in gone]
        if self.opset < _AXES_ARE_AN_INPUT:
            return self.emit(
                "ReduceMean", [x], name, tuple(shape), axes=sorted(gone), keepdims=int(keep)
            )
        axis = self.shape_constant(sorted(gone))
        return self.emit("ReduceMean", [x, axis], name, tuple(shape), keepdims=int(keep))
