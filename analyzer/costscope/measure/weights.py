"""Weights for a model that is to be run: from its files, or random where they are missing.

Elements reach the runtime as arrays beside the model, so they are in memory once: mapped
from their file, or drawn tensor by tensor. Random ones are all distinct: equal constants
would be merged, and a network whose layers share a weight runs faster than a real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from costscope.dtypes import from_onnx
from costscope.errors import ModelError
from costscope.measure.draw import Use, drawn
from costscope.measure.source import ITSELF, Source
from costscope.ops import Slot

# A filled constant with fewer elements is a literal rather than a weight.
_SMALLEST_FILL = 2
_BYTE, _UINT8 = 8, 2  # bits; ONNX's number of the type
_FILLED = (
    "{} weights are filled with one value: equal ones are merged, and the network may run "
    "faster than with real weights; use --random-weights"
)


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
        ModelError: weights are missing and neither `random` nor `blank` is asked for, or a
            shape or an index is, which nobody can draw.
    """
    graph = source.proto.graph
    draw = _Draw(None if blank else seed, _uses(graph), allowed=random or blank)
    arrays: dict[str, Any] = {}
    types: dict[str, int] = {}
    for tensor in graph.initializer:
        if tensor.data_location != tensor.EXTERNAL and not _empty(tensor):
            continue
        data = None if blank else _from_file(tensor, source)
        if data is None:
            draw.refuse(tensor, source, anything=blank)
            data = draw.elements(tensor.name, tuple(tensor.dims), tensor.data_type)
        if _is_packed(tensor.data_type):
            _keep(tensor, data)
            continue
        arrays[tensor.name], types[tensor.name] = data, tensor.data_type
        _refer(tensor)
    filled = list(_fills(graph))
    if not draw.allowed:
        notes = (_FILLED.format(len(filled)),) if filled else ()
        return Weights(arrays, types, "as given" if filled else "file", notes)
    for node, shape, onnx_type in filled:
        name = node.output[0]
        arrays[name], types[name] = draw.elements(name, shape, onnx_type), onnx_type
        _refer(graph.initializer.add(name=name, dims=shape, data_type=onnx_type))
    _without(graph, {node.output[0] for node, _, _ in filled})
    return Weights(arrays, types, "random" if draw.count else "file")


class _Draw:
    """Makes elements up, and counts for how many tensors."""

    def __init__(self, seed: int | None, uses: Mapping[str, Use], *, allowed: bool) -> None:
        self._seed, self._uses, self.allowed, self.count = seed, uses, allowed, 0

    def elements(self, name: str, shape: tuple[int, ...], onnx_type: int) -> Any:
        """The elements of a tensor; its bytes where several are in one."""
        self.count += 1
        use = self._uses.get(name, Use())
        if _is_packed(onnx_type):
            shape, onnx_type = (from_onnx(onnx_type).nbytes(prod(shape)),), _UINT8
        return drawn(name, shape, onnx_type, use, seed=self._seed)

    def refuse(self, tensor: Any, source: Source, *, anything: bool) -> None:
        """Say what is missing, unless it can be made up.

        Raises:
            ModelError: it cannot.
        """
        use = self._uses.get(tensor.name, Use())
        setting = use.meaning is Slot.SETTING
        if anything or (self.allowed and not setting):
            return
        where = next((e.value for e in tensor.external_data if e.key == "location"), "")
        lies = f" (external data in {where!r})" if where not in ("", ITSELF) else ""
        what = (
            f"the input {tensor.name!r} of {use.op_type}"
            if setting
            else f"the weight {tensor.name!r}"
        )
        or_else = "" if setting else ", or run it with --random-weights"
        raise ModelError(
            f"{source.name}: {what} is missing{lies}; put the file beside the model{or_else}"
        )


def _uses(graph: Any) -> dict[str, Use]:
    return {
        name: Use(node.op_type, node.domain, slot)
        for node in graph.node
        for slot, name in enumerate(node.input)
    }


def _without(graph: Any, outputs: set[str]) -> None:
    """Drop the nodes that make these tensors, and the shapes that only they read."""
    kept = [node for node in graph.node if node.output[0] not in outputs]
    dropped = [node for node in graph.node if node.output[0] in outputs]
    shapes = {name for node in dropped for name in node.input}
    shapes -= {name for node in kept for name in node.input}
    initializers = [tensor for tensor in graph.initializer if tensor.name not in shapes]
    if any(attribute.HasField("g") for node in kept for attribute in node.attribute):
        initializers = list(graph.initializer)  # graphs inside may read them
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(initializers)


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


def _is_packed(onnx_type: int) -> bool:
    """Whether several elements are in one byte: such arrays cannot be given beside the model."""
    return 0 < from_onnx(onnx_type).bits < _BYTE


def _keep(tensor: Any, data: Any) -> None:
    """Put packed elements into the model itself."""
    del tensor.external_data[:]
    tensor.data_location = tensor.DEFAULT
    tensor.raw_data = data.tobytes()


def _from_file(tensor: Any, source: Source) -> Any:
    """Elements mapped from the file they lie in; None if it is not there or does not fit."""
    import numpy as np
    from onnx import helper

    place = {entry.key: entry.value for entry in tensor.external_data}
    path = _file_of(place.get("location", ""), source.file)
    shape, dtype = tuple(tensor.dims), helper.tensor_dtype_to_np_dtype(tensor.data_type)
    offset, nbytes = int(place.get("offset") or 0), prod(shape) * dtype.itemsize
    if _is_packed(tensor.data_type):
        nbytes = from_onnx(tensor.data_type).nbytes(prod(shape))
        shape, dtype = (nbytes,), np.dtype(np.uint8)
    if path is None or not path.is_file() or path.stat().st_size < offset + nbytes:
        return None
    if not nbytes or int(place.get("length") or nbytes) != nbytes:
        return None
    return np.memmap(path, dtype, "r", offset, shape)


def _file_of(location: str, model: Path | None) -> Path | None:
    if model is None or not location:
        return None
    return model if location == ITSELF else model.parent / location


def _fills(graph: Any) -> Iterator[tuple[Any, tuple[int, ...], int]]:
    """Weights that a ConstantOfShape fills with one value: node, shape, type."""
    from onnx import TensorProto, numpy_helper  # noqa: TID251 - a few sizes, from memory

    shapes = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            continue
        value = node.attribute[0].t if node.attribute else None
        onnx_type = value.data_type if value is not None else TensorProto.FLOAT
        shape = tuple(map(int, numpy_helper.to_array(shapes[node.input[0]])))
        floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)
        whole = (TensorProto.INT8, TensorProto.UINT8)  # wider ones count or point at something
        if onnx_type in (*floats, *whole) and prod(shape) >= _SMALLEST_FILL:
            yield node, shape, onnx_type
