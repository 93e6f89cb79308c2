"""Element types: the one place that knows how many bits an element takes."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.errors import UsageError


@dataclass(frozen=True, slots=True)
class DType:
    """An element type.

    Attributes:
        name: `float32`, `int4`, ...; the words of hardware profiles.
        bits: bits an element takes in memory; sub-byte types are packed.
        kind: `float`, `int`, `uint`, `bool`, `complex` or `opaque` (text, sequences).
    """

    name: str
    bits: int
    kind: str

    def nbytes(self, elements: int) -> int:
        """Bytes of a packed tensor with this many elements."""
        return (elements * self.bits + 7) // 8

    @property
    def is_float(self) -> bool:
        """Whether the type is a real floating-point type."""
        return self.kind == "float"

    @property
    def compute_name(self) -> str:
        """The arithmetic a machine runs it in: signed and unsigned integers share one."""
        return self.name.removeprefix("u") if self.kind == "uint" else self.name


FLOAT32 = DType("float32", 32, "float")
FLOAT16 = DType("float16", 16, "float")
BFLOAT16 = DType("bfloat16", 16, "float")
FLOAT64 = DType("float64", 64, "float")
INT4 = DType("int4", 4, "int")
INT8 = DType("int8", 8, "int")
UINT8 = DType("uint8", 8, "uint")
INT16 = DType("int16", 16, "int")
INT32 = DType("int32", 32, "int")
INT64 = DType("int64", 64, "int")
BOOL = DType("bool", 8, "bool")
STRING = DType("string", 0, "opaque")
OPAQUE = DType("opaque", 0, "opaque")

# TensorProto.DataType, by number (onnx.proto).
_BY_ONNX_CODE: dict[int, DType] = {
    1: FLOAT32,
    2: UINT8,
    3: INT8,
    4: DType("uint16", 16, "uint"),
    5: INT16,
    6: INT32,
    7: INT64,
    8: STRING,
    9: BOOL,
    10: FLOAT16,
    11: FLOAT64,
    12: DType("uint32", 32, "uint"),
    13: DType("uint64", 64, "uint"),
    14: DType("complex64", 64, "complex"),
    15: DType("complex128", 128, "complex"),
    16: BFLOAT16,
    17: DType("float8e4m3fn", 8, "float"),
    18: DType("float8e4m3fnuz", 8, "float"),
    19: DType("float8e5m2", 8, "float"),
    20: DType("float8e5m2fnuz", 8, "float"),
    21: DType("uint4", 4, "uint"),
    22: INT4,
    23: DType("float4e2m1", 4, "float"),
    24: DType("float8e8m0", 8, "float"),
    25: DType("uint2", 2, "uint"),
    26: DType("int2", 2, "int"),
}
_CODES = {dtype.name: code for code, dtype in _BY_ONNX_CODE.items()}
_BY_NAME = {dtype.name: dtype for dtype in _BY_ONNX_CODE.values()}
_ALIASES = {
    "fp64": "float64",
    "fp32": "float32",
    "fp16": "float16",
    "bf16": "bfloat16",
    "fp8": "float8e4m3fn",
    "half": "float16",
    "float": "float32",
}


def from_onnx(code: int) -> DType:
    """The element type of an ONNX data type number; `opaque` if it is none of ours."""
    return _BY_ONNX_CODE.get(code, OPAQUE)


def to_onnx(dtype: DType) -> int:
    """The ONNX data type number of an element type, 0 (undefined) if it has none."""
    return _CODES.get(dtype.name, 0)


def named(name: str) -> DType:
    """The element type of a name as users write it (`fp16`, `int8`, `float32`).

    Raises:
        UsageError: no such element type.
    """
    dtype = _BY_NAME.get(_ALIASES.get(name.lower(), name.lower()))
    if dtype is None:
        known = ", ".join(sorted({*_ALIASES, "int8", "int4", "uint8"}))
        raise UsageError(f"unknown data type {name!r}; try one of {known}")
    return dtype
