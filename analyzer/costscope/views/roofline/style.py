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
class Look:
    """How the marks of a kind look: a colour and a matplotlib marker."""

    color: str
    marker: str


_LOOKS = {
    _K.POINTWISE_CONV: Look(_BLUE, "o"),
    _K.DEPTHWISE_CONV: Look(_RED, "^"),
    _K.DENSE_CONV: Look(_ORANGE, "s"),
    _K.GROUPED_CONV: Look(_PURPLE, "v"),
    _K.TRANSPOSED_CONV: Look(_PURPLE, "s"),
    _K.FULLY_CONNECTED: Look(_GREEN, "D"),
    _K.BATCHED_MATMUL: Look(_SKY, "p"),
    _K.ATTENTION: Look(_SKY, "*"),
    _K.RECURRENT: Look(_GREEN, "X"),
    _K.ELEMENTWISE: Look(_GREY, "P"),
    _K.NORMALIZATION: Look(_YELLOW, "h"),
    _K.SOFTMAX: Look(_BLACK, "v"),
    _K.POOLING: Look(_PURPLE, "d"),
    _K.REDUCTION: Look(_BLACK, "<"),
    _K.RESIZE: Look(_YELLOW, "s"),
    _K.GATHER: Look(_GREY, ">"),
    _K.MOVEMENT: Look(_GREY, "s"),
    _K.QUANTIZATION: Look(_YELLOW, "d"),
    _K.SORTING: Look(_BLACK, ">"),
    _K.SIGNAL: Look(_GREEN, "^"),
}
_OTHER = Look(_BLACK, "X")
# Machines side by side, in this order.
MACHINES = (
    Look(_BLUE, "o"),
    Look(_RED, "s"),
    Look(_GREEN, "^"),
    Look(_PURPLE, "D"),
    Look(_ORANGE, "v"),
    Look(_BLACK, "P"),
)


def look_of(kind: KernelKind) -> Look:
    """The look of a kernel kind."""
    return _LOOKS.get(kind, _OTHER)
