"""Colours and marks: told apart without colour too, and by the colour-blind.

Colours are those of Okabe and Ito, "Color Universal Design" (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

from costscope.work import KernelKind

_K = KernelKind
_BLUE, _SKY, _GREEN, _ORANGE = "#0072B2", "#56B4E9", "#009E73", "#E69F00"
_RED, _PURPLE, _YELLOW, _BLACK, _GREY = "#D55E00", "#CC79A7", "#F0E442", "#000000", "#999999"

INK = "#222222"
FAINT = "#767676"


@dataclass(frozen=True, slots=True)
class Mark:
    """How the points of a kind look: a colour and a matplotlib marker."""

    color: str
    marker: str


_MARKS = {
    _K.POINTWISE_CONV: Mark(_BLUE, "o"),
    _K.DEPTHWISE_CONV: Mark(_RED, "^"),
    _K.DENSE_CONV: Mark(_ORANGE, "s"),
    _K.GROUPED_CONV: Mark(_PURPLE, "v"),
    _K.TRANSPOSED_CONV: Mark(_PURPLE, "s"),
    _K.FULLY_CONNECTED: Mark(_GREEN, "D"),
    _K.BATCHED_MATMUL: Mark(_SKY, "p"),
    _K.ATTENTION: Mark(_SKY, "*"),
    _K.RECURRENT: Mark(_GREEN, "X"),
    _K.ELEMENTWISE: Mark(_GREY, "P"),
    _K.NORMALIZATION: Mark(_YELLOW, "h"),
    _K.SOFTMAX: Mark(_BLACK, "v"),
    _K.POOLING: Mark(_PURPLE, "d"),
    _K.REDUCTION: Mark(_BLACK, "<"),
    _K.RESIZE: Mark(_YELLOW, "s"),
    _K.GATHER: Mark(_GREY, ">"),
    _K.MOVEMENT: Mark(_GREY, "s"),
    _K.QUANTIZATION: Mark(_YELLOW, "d"),
    _K.SORTING: Mark(_BLACK, ">"),
    _K.SIGNAL: Mark(_GREEN, "^"),
}
_OTHER = Mark(_BLACK, "X")


def mark_of(kind: KernelKind) -> Mark:
    """The mark of a kernel kind."""
    return _MARKS.get(kind, _OTHER)
