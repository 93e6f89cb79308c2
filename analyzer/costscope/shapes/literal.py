"""Constant nodes that hold no tensor but a number, a list, a text or a sparse tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from costscope.dtypes import FLOAT32, INT64, STRING
from costscope.errors import ModelError
from costscope.graph import constants
from costscope.graph.types import TensorType
from costscope.ops import Array


def literal(plain: Mapping[str, Any], protos: Mapping[str, Any]) -> tuple[TensorType, Array | None]:
    """Type and value of a Constant node that does not hold a tensor.

    Raises:
        ModelError: it holds nothing.
    """
    if "value_int" in plain or "value_ints" in plain:
        ints = np.array(plain.get("value_int", plain.get("value_ints")), np.int64)
        return TensorType(ints.shape, INT64), _short(ints)
    if "value_float" in plain or "value_floats" in plain:
        floats = np.array(plain.get("value_float", plain.get("value_floats")), np.float32)
        return TensorType(floats.shape, FLOAT32), _short(floats)
    if "value_string" in plain:
        return TensorType((), STRING), None
    if "value_strings" in plain:
        return TensorType((len(plain["value_strings"]),), STRING), None
    if "sparse_value" in protos:
        sparse = protos["sparse_value"].sparse_tensor
        return TensorType(tuple(sparse.dims), constants.type_of(sparse.values).dtype), None
    raise ModelError("a Constant node holds no value")


def _short(value: Array) -> Array | None:
    return value if value.size <= constants.MAX_VALUE_ELEMENTS else None
