"""The precision of a measurement, in the words that tables and file names use."""

from __future__ import annotations

import re

_MODELLED = {
    "float32": ("float32", "fp32", "f32", "float", "single"),
    "float16": ("float16", "fp16", "f16", "half"),
    "int8": ("int8", "uint8", "i8", "w8a8", "quant", "quantized", "quantised"),
}
_BY_WORD = {word: name for name, words in _MODELLED.items() for word in words}
_UNKNOWN = frozenset({"", "-", "?", "n/a", "na", "none", "null", "unknown"})
# Kept under their own name: whoever asks for float32, float16 or int8 does not get them.
_OTHER = re.compile(
    r"w[0-9]{1,2}(a[0-9]{1,2})?(_mixed_\w{1,20})?|(fp|float|bf|bfloat|tf|int|uint)[0-9]{1,2}"
    r"|float8e4m3fn|float8e5m2|mixed|hybrid|dynamic|(fp16|float16)[ -](storage|weights)"
)


def dtype_of(text: str) -> str | None:
    """The name of a precision: "" where the text says unknown, None where it is no precision.

    Anything in brackets is a remark: `fp16 (CoreML)` is float16.
    """
    word = text.split("(", maxsplit=1)[0].strip().lower()
    if word in _UNKNOWN:
        return ""
    if word in _BY_WORD:
        return _BY_WORD[word]
    return word if _OTHER.fullmatch(word) else None


def dtype_in_name(name: str) -> str:
    """`int8` if a file or network is called so, else "".

    Of a float network no name says whether 16 or 32 bits are computed.
    """
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & {"dynamic", "dr"} or not words & {"int8", "uint8", "w8a8", "quant", "quantized"}:
        return ""
    return "int8"
