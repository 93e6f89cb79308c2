"""Activations by name."""

from __future__ import annotations

from math import sqrt

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Emitter, Value

_PLAIN = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "hswish": "HardSwish",
    "elu": "Elu",
    "softplus": "Softplus",
}


class Activations(Emitter):
    """Element-wise functions, each in the form that exporters write it."""

    def act(self, x: Value, kind: str | None, name: str = "act") -> Value:
        """The activation `kind` of x; x itself for None or `linear`.

        Args:
            x: any shape.
            kind: relu, relu6, hswish, hsigmoid, swish (x * sigmoid(x)), gelu (by erf), sigmoid,
                tanh, elu, softplus, leaky_relu (slope 0.1), prelu (one slope a channel), linear.
            name: of the node; of a scope where it takes several.

        Raises:
            ArchitectureError: there is no such activation.
        """
        if kind in (None, "linear"):
            return x
        if kind in _PLAIN:
            return self.emit(_PLAIN[kind], [x], name, x.shape)
        if kind == "relu6":
            limits = [self.constant([0.0], []), self.constant([6.0], [])]
            return self.emit("Clip", [x, *limits], name, x.shape)
        if kind == "hsigmoid":
            return self.emit("HardSigmoid", [x], name, x.shape, alpha=1 / 6)
        if kind == "leaky_relu":
            return self.emit("LeakyRelu", [x], name, x.shape, alpha=0.1)
        if kind == "prelu":
            slope = self.weight(f"{name}.slope", [x.channels] + [1] * len(x.spatial))
            return self.emit("PRelu", [x, slope], name, x.shape)
        if kind in ("swish", "gelu"):
            with self.scope(name):
                return self._swish(x) if kind == "swish" else self._gelu(x)
        raise ArchitectureError(f"{self.path(name)}: unknown activation {kind!r}")

    def softmax(self, x: Value, name: str = "softmax", axis: int = -1) -> Value:
        """Softmax along an axis."""
        return self.emit("Softmax", [x], name, x.shape, axis=axis)

    def _swish(self, x: Value) -> Value:
        gate = self.emit("Sigmoid", [x], "sigmoid", x.shape)
        return self.emit("Mul", [x, gate], "mul", x.shape)

    def _gelu(self, x: Value) -> Value:
        """X / 2 * (1 + erf(x / sqrt 2)), in the five nodes that exporters write."""
        inner = self.emit("Div", [x, self.constant([sqrt(2)], [])], "div", x.shape)
        erf = self.emit("Erf", [inner], "erf", x.shape)
        one = self.emit("Add", [erf, self.constant([1.0], [])], "add", x.shape)
        product = self.emit("Mul", [x, one], "mul", x.shape)
        return self.emit("Mul", [product, self.constant([0.5], [])], "half", x.shape)
