"""Inputs that the user gives: read, and held against what the network takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from costscope.errors import UsageError
from costscope.graph.types import Graph, Tensor

Array = npt.NDArray[Any]

# Types that numpy lacks, as the package ml_dtypes names them.
_EXTENDED = {
    "bfloat16": "bfloat16",
    "float8e4m3fn": "float8_e4m3fn",
    "float8e4m3fnuz": "float8_e4m3fnuz",
    "float8e5m2": "float8_e5m2",
    "float8e5m2fnuz": "float8_e5m2fnuz",
}


def checked(graph: Graph, given: Mapping[str, Path | Array]) -> dict[str, Array]:
    """The given arrays by input, read from their files.

    Raises:
        UsageError: no such input or file, or an array of another element type or shape.
    """
    tensors = {tensor.name: tensor for tensor in graph.inputs}
    found = {}
    for name, source in given.items():
        if name not in tensors:
            known = ", ".join(map(_signature, tensors.values())) or "none"
            raise UsageError(f"--input {name}: no such input; the network has {known}")
        array = _read(name, source) if isinstance(source, Path) else np.asarray(source)
        found[name] = _fitting(tensors[name], array)
    return found


def numpy_dtype(tensor: Tensor) -> np.dtype[Any]:
    """The numpy type of a tensor's elements; `object` for text.

    Raises:
        UsageError: there is none that onnxruntime can be handed.
    """
    name = tensor.dtype.name
    try:
        if name in _EXTENDED:
            import ml_dtypes

            found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, _EXTENDED[name]))
            return found
        return np.dtype(object if name == "string" else name)
    except (ImportError, AttributeError, TypeError):
        raise UsageError(f"input {tensor.name!r}: values of type {name} cannot be made") from None


def _read(name: str, path: Path) -> Array:
    try:
        loaded = np.load(path, allow_pickle=False)
    except OSError as error:
        reason = error.strerror or "not a .npy file"
        raise UsageError(f"--input {name}={path}: cannot be read: {reason}") from None
    except (ValueError, EOFError, MemoryError):
        raise UsageError(
            f"--input {name}={path}: not a .npy file; write one with numpy.save"
        ) from None
    if not isinstance(loaded, np.ndarray):
        loaded.close()
        raise UsageError(f"--input {name}={path}: an archive; write one array with numpy.save")
    return loaded


def _fitting(tensor: Tensor, array: Array) -> Array:
    """The array, if the input takes it.

    numpy's files hold types that it lacks as raw bytes, and text as fixed-width strings.
    """
    wanted = numpy_dtype(tensor)
    if array.dtype.kind in "biufc":
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind in "US" and wanted.kind == "O":
        array = array.astype(str).astype(object)
    elif array.dtype.kind == "V" and array.dtype.itemsize == wanted.itemsize:
        array = array.view(wanted)
    if array.dtype != wanted:
        raise UsageError(
            f"--input {tensor.name}: holds {array.dtype}, the network takes "
            f"{_signature(tensor)}; convert it with .astype({tensor.dtype.name!r})"
        )
    if tensor.shape is not None and array.shape != tensor.shape:
        raise UsageError(
            f"--input {tensor.name}: has shape {list(array.shape)}, the network takes "
            f"{_signature(tensor)} (--dim and --input-shape change that)"
        )
    return np.ascontiguousarray(array).reshape(array.shape)


def _signature(tensor: Tensor) -> str:
    shape = "?" if tensor.shape is None else "x".join(map(str, tensor.shape)) or "scalar"
    return f"{tensor.name} ({tensor.dtype.name} {shape})"
