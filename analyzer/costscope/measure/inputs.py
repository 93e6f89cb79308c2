"""Random inputs that are valid for a network: indices in range, masks open, lengths full."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from math import ceil, floor, inf
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from costscope.dtypes import DType, to_onnx
from costscope.errors import UsageError
from costscope.graph.types import Graph, Tensor
from costscope.measure.given import checked, numpy_dtype
from costscope.measure.roles import Role, readers_of, role_of

Array = npt.NDArray[Any]

_WORD = "word"
_SMALL = 9  # largest number where nothing says what an integer is for
_LENGTH_WORDS = frozenset(("length", "lengths", "len", "lens", "seqlen", "seqlens"))
_POSITION = re.compile(r"(^|[^a-z])pos(ition)?s?([^a-z]|$)")
_SEGMENT = re.compile(r"token_?type|segment_?ids?|type_?ids?")


def feeds(
    graph: Graph, *, seed: int = 0, given: Mapping[str, Path | Array] | None = None
) -> dict[str, Array]:
    """An array for each input of a network; the same for the same seed.

    Floats are standard normal. Integers are valid for what reads them: an index lies in its
    axis, a length is the whole length, a mask lets everything through, token types are 0,
    positions count up; conditions are true.

    Args:
        graph: resolved, so that the shapes are whole.
        seed: of the random numbers; each input has its own, drawn from it and from its name.
        given: arrays, or `.npy` files, to be taken instead, by input.

    Raises:
        UsageError: a given array that does not fit, or an input that nothing can be made for.
    """
    found = checked(graph, given or {})
    readers = readers_of(graph)
    return {
        tensor.name: found[tensor.name]
        if tensor.name in found
        else _drawn(tensor, role_of(tensor, readers), graph, seed)
        for tensor in graph.inputs
    }


def for_runtime(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """The arrays as onnxruntime takes them: those of types that numpy lacks wrapped up.

    Raises:
        UsageError: onnxruntime is not installed.
    """
    return {name: _wrapped(array) for name, array in arrays.items()}


def _wrapped(array: Array) -> Any:
    if array.dtype.isbuiltin == 1 or array.dtype.kind in "OUS":
        return array
    try:
        from onnxruntime import OrtValue
    except ImportError:
        raise UsageError("measuring needs onnxruntime: pip install 'costscope[runtime]'") from None
    code = to_onnx(DType(array.dtype.name.replace("_", ""), 0, ""))
    return OrtValue.ortvalue_from_numpy_with_onnx_type(array, code)


def _drawn(tensor: Tensor, role: Role, graph: Graph, seed: int) -> Array:
    if tensor.items is not None or tensor.shape is None:
        raise UsageError(
            f"input {tensor.name!r}: a sequence, or of unknown shape; only tensors whose shape "
            "is known can be made up (--input-shape gives one)"
        )
    dtype = numpy_dtype(tensor)
    digest = hashlib.sha256(f"{seed}:{tensor.name}".encode()).digest()
    draw = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    if tensor.dtype.kind == "opaque":
        return np.full(tensor.shape, _WORD, dtype=object)
    if tensor.dtype.kind == "complex":
        return (_normal(draw, tensor) + 1j * _normal(draw, tensor)).astype(dtype)
    fixed = _by_name(tensor, role, graph)
    if fixed is not None:
        return fixed.astype(dtype)
    if tensor.dtype.kind == "bool":
        return np.full(tensor.shape, bool(role.clamp(1.0)), dtype=dtype)
    if role.limited:
        return _within(draw, tensor, role).astype(dtype)
    if tensor.dtype.is_float:
        values = _normal(draw, tensor)
        return (values if role.low == -inf else role.low + np.abs(values)).astype(dtype)
    return _integers(draw, tensor, role).astype(dtype)


def _by_name(tensor: Tensor, role: Role, graph: Graph) -> Array | None:
    """Values that an input's name asks for; None if it asks for none."""
    name, shape = _plain(tensor.name), tensor.dims
    if "mask" in name:
        return np.full(shape, role.clamp(1.0))
    if tensor.dtype.kind not in ("int", "uint"):
        return None
    if _SEGMENT.search(name):
        return np.full(shape, role.clamp(0.0))
    if _POSITION.search(name) and shape:
        counted = np.broadcast_to(np.arange(shape[-1]), shape)
        return np.clip(counted, *_bounds(role))
    if not role.limited and _LENGTH_WORDS & set(name.split("_")):
        return np.full(shape, max(role.low, _longest(graph)))
    return None


def _plain(name: str) -> str:
    """`attentionMask.1` as `attention_mask_1`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower())


def _longest(graph: Graph) -> int:
    """The longest axis, the batch left out: no sequence of the network is longer."""
    return max((size for tensor in graph.inputs for size in (tensor.shape or ())[1:]), default=1)


def _within(draw: np.random.Generator, tensor: Tensor, role: Role) -> Array:
    """Random whole numbers in a range; non-negative ones if there are such."""
    low, high = _bounds(role)
    if high < low:  # such as 0.5 to 0.5: no whole number lies in it
        return np.full(tensor.dims, role.high)
    if tensor.dtype.is_float and high == low:
        return np.full(tensor.dims, role.high)
    return draw.integers(low, high, size=tensor.dims, endpoint=True)


def _bounds(role: Role) -> tuple[int, int]:
    """The smallest and the largest whole number, within 32 bits."""
    high = floor(min(role.high, 2.0**31 - 1))
    low = ceil(max(role.low, -(2.0**31)))
    return (max(low, 0) if high >= 0 else low), high


def _integers(draw: np.random.Generator, tensor: Tensor, role: Role) -> Array:
    """Whole numbers that nothing bounds from above: pixels, flags, or small ones."""
    low = 0 if role.low == -inf else ceil(role.low)
    bits = tensor.dtype.bits
    if bits <= 8 and role.low == -inf:  # noqa: PLR2004 - a byte: quantized data, all of its range
        least = -(2 ** (bits - 1)) if tensor.dtype.kind == "int" else 0
        return draw.integers(least, least + 2**bits, size=tensor.dims)
    if role.switches:
        return np.full(tensor.dims, max(low, 1))
    return draw.integers(low, low + _SMALL, size=tensor.dims, endpoint=True)


def _normal(draw: np.random.Generator, tensor: Tensor) -> Array:
    return draw.standard_normal(tensor.dims, dtype=np.float32)
