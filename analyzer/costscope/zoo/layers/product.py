"""Matrix products: fully connected layers, and products of activations."""

from __future__ import annotations

from math import prod
from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Value
from costscope.zoo.layers.activation import Activations


class Products(Activations):
    """Fully connected layers and matrix products."""

    def fc(
        self, x: Value, name: str, out: int, *, bias: bool = True, act: str | None = None
    ) -> Value:
        """Fully connected layer on (N, F), as a Gemm; what has more axes is flattened first."""
        if x.spatial:
            x = self.emit("Flatten", [x], f"{name}.flatten", (x.shape[0], prod(x.shape[1:])))
        inputs: list[Any] = [x, self.weight(f"{name}.weight", [out, x.shape[1]])]
        if bias:
            inputs.append(self.weight(f"{name}.bias", [out], like="bias"))
        y = self.emit("Gemm", inputs, name, (x.shape[0], out), transB=1)
        return self.act(y, act, f"{name}.act")

    def linear(
        self, x: Value, name: str, out: int, *, bias: bool = True, act: str | None = None
    ) -> Value:
        """Fully connected layer on the last axis of (N, ..., C): a MatMul, then an Add."""
        weight = self.weight(f"{name}.weight", [x.shape[-1], out], like="matrix")
        y = self.emit("MatMul", [x, weight], name, (*x.shape[:-1], out))
        if bias:
            term = self.weight(f"{name}.bias", [out], like="bias")
            y = self.emit("Add", [y, term], f"{name}.add", y.shape)
        return self.act(y, act, f"{name}.act")

    def matmul(self, a: Value, b: Value, name: str = "matmul") -> Value:
        """Product of the last two axes of two tensors whose other axes are equal.

        Raises:
            ArchitectureError: the inner sizes differ.
        """
        if a.shape[-1] != b.shape[-2]:
            raise ArchitectureError(f"{self.path(name)}: {a.shape} times {b.shape} does not fit")
        longer = a.shape[:-2] if len(a.shape) >= len(b.shape) else b.shape[:-2]
        return self.emit("MatMul", [a, b], name, (*longer, a.shape[-2], b.shape[-1]))
