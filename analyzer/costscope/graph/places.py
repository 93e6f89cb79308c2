"""Places that index tensors point at: what gathering and scattering share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from costscope.errors import ShapeError

Indices = npt.NDArray[Any]


def inside(indices: Indices, size: int) -> Indices:
    """Indices counted from the front; negative ones count from the back.

    Raises:
        ShapeError: one of them points outside.
    """
    places = indices.astype(np.int64)
    wrong = places[(places < -size) | (places >= size)]
    if wrong.size:
        raise ShapeError(f"index {int(wrong[0])} is outside a size of {size}")
    return np.where(places < 0, places + size, places)


def along(axis: int, indices: Indices) -> tuple[Indices, ...]:
    """Coordinates of every place of `indices`, with the indices themselves on one axis."""
    places: list[Indices] = list(np.indices(indices.shape, sparse=True))
    places[axis] = indices
    return tuple(places)
