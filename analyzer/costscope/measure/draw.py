"""Random elements for a weight: all distinct, and of a size that keeps a network's numbers sane."""

from __future__ import annotations

import hashlib
from math import prod
from typing import Any, NamedTuple

from costscope.ops import MICROSOFT, STANDARD, Slot, slot_of

# Inputs that are about one: scales and variances.
_NEAR_ONE = {"BatchNormalization": (1, 4), "LayerNormalization": (1,), "GroupNormalization": (1,)}
_SMALL = 0.1  # of a bias, against activations about 1
_STEP = 0.05  # of a quantized tensor's scale
_WIDE_BYTES = 4


class Use(NamedTuple):
    """Where a constant is read."""

    op_type: str = ""
    domain: str = ""
    slot: int = 0

    @property
    def meaning(self) -> Slot:
        """What it is there for."""
        domain = MICROSOFT if self.domain == MICROSOFT else STANDARD
        return slot_of((domain, self.op_type), self.slot)


def drawn(name: str, shape: tuple[int, ...], onnx_type: int, use: Use, *, seed: int | None) -> Any:
    """The elements; the same for the same seed and name, zeros without a seed.

    Floats are scaled by the fan-in. Bytes are of all values; wider integers, which count or
    point at something, and zero points are 0.
    """
    import numpy as np
    from onnx import helper

    dtype = helper.tensor_dtype_to_np_dtype(onnx_type)
    quantization = use.meaning is Slot.QUANTIZATION
    whole = dtype.kind in "iu"
    if seed is None or (whole and (quantization or dtype.itemsize >= _WIDE_BYTES)):
        return np.zeros(shape, dtype)
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    draw = np.random.Generator(np.random.SFC64(int.from_bytes(digest[:16], "big")))
    if whole:
        low, high = (0, 256) if dtype.kind == "u" else (-127, 128)
        return draw.integers(low, high, shape, np.int16).astype(dtype)
    if dtype.kind == "b":
        return np.ones(shape, dtype)
    elements = np.asarray(draw.standard_normal(shape, dtype=np.float32))
    elements *= _size(shape, use)
    if quantization:
        np.abs(elements, out=elements)
        elements += 1
        elements *= _STEP
    elif use.slot in _NEAR_ONE.get(use.op_type, ()):
        elements += 1
    return elements if dtype == np.float32 else elements.astype(dtype)


def _size(shape: tuple[int, ...], use: Use) -> float:
    """Of a weight's elements, so that results are as large as what they are made of."""
    if len(shape) < 2:  # noqa: PLR2004 - no matrix
        return _SMALL
    inputs = shape[-2] if use.op_type == "MatMul" else prod(shape[1:])
    return float(max(1, inputs) ** -0.5)
