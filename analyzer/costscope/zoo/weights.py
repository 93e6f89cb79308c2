"""Elements of weights: seeded random ones, or none at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from math import prod
from typing import Any


class Weights:
    """Makes weights as initializers, or, without a seed, as fills that name only their shape.

    A fill is a ConstantOfShape: the file stays a few kilobytes long, passes the checker and
    runs, on zeros.

    Args:
        seed: of the random elements; None leaves them out.
        half: 16-bit floats instead of 32-bit ones.
    """

    def __init__(self, seed: int | None = None, *, half: bool = False) -> None:
        from onnx import TensorProto

        self.seed = seed
        self.dtype: int = TensorProto.FLOAT16 if half else TensorProto.FLOAT

    def make(
        self,
        name: str,
        shape: tuple[int, ...],
        like: str,
        constant: Callable[[Sequence[int]], str],
    ) -> tuple[Any | None, list[Any]]:
        """The node that fills the weight, or the initializer that holds it."""
        from onnx import helper

        if self.seed is not None:
            return None, [self._tensor(name, shape, like)]
        value = helper.make_tensor("value", self.dtype, [1], [0.0])
        return helper.make_node(
            "ConstantOfShape", [constant(shape)], [name], name=f"{name}.fill", value=value
        ), []

    def literal(self, name: str, values: Sequence[Any], shape: Sequence[int], dtype: str) -> Any:
        """An initializer of given elements; `float` is the type of the network."""
        from onnx import TensorProto, helper

        kinds = {"float": self.dtype, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}
        kinds |= {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}
        return helper.make_tensor(name, kinds[dtype], list(shape), list(values))

    def _tensor(self, name: str, shape: tuple[int, ...], like: str) -> Any:
        import numpy as np
        from onnx import TensorProto

        digest = hashlib.sha256(f"{self.seed}:{name}".encode()).digest()
        draw = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
        elements = draw.standard_normal(shape, dtype=np.float32)
        if like == "matrix":
            elements *= shape[0] ** -0.5
        elif like == "weight":  # finite through a thousand residual units, where He's 2 / n is not
            elements *= (1.0 / max(1, prod(shape[1:]))) ** 0.5
        elif like in ("scale", "variance"):
            elements = 1.0 + 0.1 * np.clip(elements, -3, 3)
        else:
            elements *= 0.1
        stored = np.float16 if self.dtype == TensorProto.FLOAT16 else np.float32
        return TensorProto(
            name=name,
            dims=shape,
            data_type=self.dtype,
            raw_data=np.ascontiguousarray(
                elements, dtype=np.dtype(stored).newbyteorder("<")
            ).tobytes(),
        )
