"""Weights for a model that is to be run: from its files, or random where they are missing.

Elements reach the runtime as arrays beside the model, so they are in memory once: mapped
from their file, or drawn tensor by tensor. Random ones are all distinct: equal constants
would be merged, and a network whose layers share a weight runs faster than a real one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from costscope.errors import ModelError
from costscope.measure.source import ITSELF, Source

# A filled constant with fewer elements is a literal rather than a weight.
_SMALLEST_FILL = 2
_FILLED = (
    "{} weights are filled with one value: equal ones are merged, and the network may run "
    "faster than with real weights; use --random-weights"
)
_POSITIVE = {"BatchNormalization": (1, 4), "LayerNormalization": (1,), "GroupNormalization": (1,)}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's large constants.

    Attributes:
        arrays: elements by the initializer's name.
        types: ONNX element type by name.
        drawn: `file`, `random`, or `as given` where constants are filled with one value.
        notes: sentences a reader must know.
    """

    arrays: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)
    drawn: str = "file"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draw:
    """How random elements are made."""

    seed: int | None

    def elements(
        self, name: str, shape: tuple[int, ...], onnx_type: int, use: tuple[str, int]
    ) -> Any:
        """Distinct random elements, scaled by the fan-in; zeros without a seed."""
        import numpy as np
        from onnx import helper

        dtype = helper.tensor_dtype_to_np_dtype(onnx_type)
        if self.seed is None:
            return np.zeros(shape, dtype)
        digest = hashlib.sha256(f"{self.seed}:{name}".encode()).digest()
        draw = np.random.Generator(np.random.SFC64(int.from_bytes(digest[:16], "big")))
        if dtype.kind in "iu":
            low, high = (0, 255) if dtype.kind == "u" else (-127, 127)
            return draw.integers(low, high, shape, np.int16).astype(dtype)
        if dtype.kind == "b":
            return np.ones(shape, dtype)
        elements = draw.standard_normal(shape, dtype=np.float32)
        elements *= 0.1 if len(shape) < 2 else _fan_in(shape, use) ** -0.5  # noqa: PLR2004 - a matrix
        if use[1] in _POSITIVE.get(use[0], ()):
            elements += 1
        return elements if dtype == np.float32 else elements.astype(dtype)


def materialise(
    source: Source, *, seed: int | None = 0, random: bool = False, blank: bool = False
) -> Weights:
    """The large constants of a model, which its proto then names as external.

    Filled constants (ConstantOfShape) become initializers if `random` or `blank`.

    Args:
        source: the model; its proto is changed.
        seed: of random elements.
        random: draw what is missing or filled with one value.
        blank: zeros for all of it, in memory that is never touched: for the optimizer alone.

    Raises:
        ModelError: weights are missing and neither `random` nor `blank` is asked for.
    """
    draw = _Draw(None if blank else seed)
    graph = source.proto.graph
    uses = {
        name: (node.op_type, slot) for node in graph.node for slot, name in enumerate(node.input)
    }
    arrays: dict[str, Any] = {}
    types: dict[str, int] = {}
    drawn = set()
    for tensor in graph.initializer:
        if tensor.data_location != tensor.EXTERNAL and not _empty(tensor):
            continue
        shape = tuple(tensor.dims)
        elements = None if blank else _from_file(tensor, source)
        if elements is None:
            if not (random or blank):
                raise ModelError(_missing(tensor, source))
            use = uses.get(tensor.name, ("", 0))
            elements = draw.elements(tensor.name, shape, tensor.data_type, use)
            drawn.add("random")
        arrays[tensor.name], types[tensor.name] = elements, tensor.data_type
        _refer(tensor)
    filled = list(_fills(graph))
    for node, shape, onnx_type in filled if random or blank else ():
        name = node.output[0]
        arrays[name] = draw.elements(name, shape, onnx_type, uses.get(name, ("", 0)))
        types[name] = onnx_type
        _refer(graph.initializer.add(name=name, dims=shape, data_type=onnx_type))
        drawn.add("random")
    if filled and (random or blank):
        _without(graph, {node.output[0] for node, _, _ in filled})
    notes: tuple[str, ...] = ()
    if filled and not (random or blank):
        drawn = {"as given"}
        notes = (_FILLED.format(len(filled)),)
    return Weights(
        arrays, types, "random" if "random" in drawn else next(iter(drawn), "file"), notes
    )


def _without(graph: Any, outputs: set[str]) -> None:
    """Drop the nodes that make these tensors."""
    kept = [node for node in graph.node if node.output[0] not in outputs]
    del graph.node[:]
    graph.node.extend(kept)


def _fan_in(shape: tuple[int, ...], use: tuple[str, int]) -> int:
    inputs = shape[-2] if use[0] == "MatMul" else prod(shape[1:])
    return max(1, inputs)


def _empty(tensor: Any) -> bool:
    """Whether data has been left out of a tensor that has elements."""
    held = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data")
    return prod(tensor.dims) > 0 and not any(getattr(tensor, k) for k in (*held, "string_data"))


def _refer(tensor: Any) -> None:
    """Say that a tensor's data is not in the model; its array is given beside it."""
    del tensor.external_data[:]
    tensor.data_location = tensor.EXTERNAL
    for key, value in (("location", "beside"), ("offset", "0")):
        tensor.external_data.add(key=key, value=value)


def _from_file(tensor: Any, source: Source) -> Any:
    """Elements mapped from the file they lie in; None if it is not there or too short."""
    import numpy as np
    from onnx import helper

    place = {entry.key: entry.value for entry in tensor.external_data}
    path = _file_of(place.get("location", ""), source.file)
    shape, dtype = tuple(tensor.dims), helper.tensor_dtype_to_np_dtype(tensor.data_type)
    offset = int(place.get("offset") or 0)
    if path is None or not path.is_file():
        return None
    if path.stat().st_size < offset + prod(shape) * dtype.itemsize:
        return None
    return np.memmap(path, dtype, "r", offset, shape)


def _file_of(location: str, model: Path | None) -> Path | None:
    if model is None or not location:
        return None
    return model if location == ITSELF else model.parent / location


def _missing(tensor: Any, source: Source) -> str:
    place = {entry.key: entry.value for entry in tensor.external_data}
    where = place.get("location", "")
    lies = f" (external data in {where!r})" if where else ""
    return (
        f"{source.name}: the weight {tensor.name!r} is missing{lies}; "
        "put the file beside the model, or run it with --random-weights"
    )


def _fills(graph: Any) -> Iterator[tuple[Any, tuple[int, ...], int]]:
    """Float constants that a ConstantOfShape fills with one value: node, shape, type."""
    from onnx import TensorProto, numpy_helper  # noqa: TID251 - a few sizes, from memory

    shapes = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            continue
        value = node.attribute[0].t if node.attribute else None
        onnx_type = value.data_type if value is not None else TensorProto.FLOAT
        shape = tuple(map(int, numpy_helper.to_array(shapes[node.input[0]])))
        floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)
        if onnx_type in floats and prod(shape) >= _SMALLEST_FILL:
            yield node, shape, onnx_type
