"""Colours: classes as in the roofline picture, networks in three others and three strokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from costscope.ridge.types import OpClass
from costscope.views.roofline.style import INK, look_of
from costscope.work import KernelKind

CLASS_COLORS = {
    OpClass.CONV2D: look_of(KernelKind.POINTWISE_CONV).color,
    OpClass.DEPTHWISE: look_of(KernelKind.DEPTHWISE_CONV).color,
    OpClass.FULLY_CONNECTED: look_of(KernelKind.FULLY_CONNECTED).color,
    OpClass.MATMUL: look_of(KernelKind.BATCHED_MATMUL).color,
    OpClass.OTHER: look_of(KernelKind.ELEMENTWISE).color,
}
# Of numbers on them, where white cannot be read.
LABEL_COLORS = {OpClass.MATMUL: INK, OpClass.OTHER: INK}
# Black, orange and purple of Okabe and Ito: none of them is the colour of a class.
_COLORS = ("#000000", "#E69F00", "#CC79A7")
_STROKES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1.2, 1.5)))


@dataclass(frozen=True, slots=True)
class Stroke:
    """How the line of a network looks: a colour and a matplotlib line style."""

    color: str
    style: Any


def stroke_of(network: int) -> Stroke:
    """The stroke of the network with a number: all nine are different."""
    rounds, color = divmod(network, len(_COLORS))
    return Stroke(_COLORS[color], _STROKES[rounds % len(_STROKES)])
