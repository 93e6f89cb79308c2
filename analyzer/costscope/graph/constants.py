"""Constants of a file: their types always, their values only where they are small."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from costscope.dtypes import DType, from_onnx
from costscope.errors import ModelError
from costscope.graph.types import TensorType

# Values with more elements than this are never shape arithmetic.
MAX_VALUE_ELEMENTS = 16384

# Constants with no more elements than this keep them: axes, pads, bounds, a factor.
_SHORT_ELEMENTS = 16

_NUMPY: dict[str, np.dtype[Any]] = {
    "float32": np.dtype("<f4"),
    "float64": np.dtype("<f8"),
    "float16": np.dtype("<f2"),
    "int8": np.dtype("i1"),
    "uint8": np.dtype("u1"),
    "int16": np.dtype("<i2"),
    "uint16": np.dtype("<u2"),
    "int32": np.dtype("<i4"),
    "uint32": np.dtype("<u4"),
    "int64": np.dtype("<i8"),
    "uint64": np.dtype("<u8"),
    "bool": np.dtype("?"),
}
_FIELD = {
    "float32": "float_data",
    "float64": "double_data",
    "int64": "int64_data",
    "uint32": "uint64_data",
    "uint64": "uint64_data",
}


def numpy_dtype(dtype: DType) -> np.dtype[Any] | None:
    """The numpy type that holds values of an element type; None where numpy has none."""
    return _NUMPY.get(dtype.name)


def type_of(tensor: Any) -> TensorType:
    """Shape and element type of a TensorProto.

    Raises:
        ModelError: a negative dimension.
    """
    shape = tuple(tensor.dims)
    if shape and min(shape) < 0:
        raise ModelError(f"constant {tensor.name!r} has a negative dimension: {list(shape)}")
    return TensorType(shape, from_onnx(tensor.data_type))


def value_of(tensor: Any, kind: TensorType | None = None) -> npt.NDArray[Any] | None:
    """The value of a TensorProto if it is small, numeric and stored in the file.

    Args:
        tensor: the TensorProto.
        kind: its type, where that is known already.
    """
    shape, dtype, _ = kind or type_of(tensor)
    assert shape is not None  # noqa: S101 - a TensorProto always has dims
    count = prod(shape)
    numpy_type = _NUMPY.get(dtype.name)
    if numpy_type is None or count > MAX_VALUE_ELEMENTS or tensor.data_location == 1:
        return None
    if tensor.HasField("raw_data"):
        raw = tensor.raw_data
        if len(raw) != count * numpy_type.itemsize:
            return None
        return np.frombuffer(raw, numpy_type).reshape(shape)
    stored = getattr(tensor, _FIELD.get(dtype.name, "int32_data"))
    if len(stored) != count:
        return None
    if dtype.name == "float16":
        return np.array(stored, np.uint16).view(np.float16).reshape(shape)
    return np.array(stored).astype(numpy_type).reshape(shape)


def short(value: npt.NDArray[Any] | None) -> tuple[float, ...] | None:
    """The elements of a known value that is short and numeric; None of any other."""
    if value is None or value.size > _SHORT_ELEMENTS or value.dtype.kind not in "biuf":
        return None
    return tuple(value.ravel().tolist())
