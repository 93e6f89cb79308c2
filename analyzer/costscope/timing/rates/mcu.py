"""Microcontrollers: loops over 8-bit values in one core, summed.

The classes are those of CMSIS-NN and of the engines that compete with it: a pointwise
convolution is a product of matrices, any other dense one gathers columns first, a depthwise one
has its own loop, a fully connected layer reads each weight once. What enters and leaves costs as
well: widening, requantization and the columns. Finer classes did not hold on boards left out.
"""

from __future__ import annotations

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import CONVOLUTIONS, FREE

COMPUTE = ("pointwise", "dense", "depthwise", "fully_connected")
MEMORY = ("activations",)


@structure("mcu", compute=COMPUTE, memory=MEMORY)
def mcu(layer: Layer) -> Amounts:
    """Amounts of a layer on a microcontroller."""
    if layer.kind in FREE:
        return {}
    moved = {"activations": float(layer.moved_elements), CALLS: 1.0}
    if not layer.macs:
        return moved
    return {_class(layer): float(layer.macs), **moved}


def _class(layer: Layer) -> str:
    if layer.is_depthwise:
        return "depthwise"
    if layer.kind not in CONVOLUTIONS:
        return "fully_connected"
    return "pointwise" if layer.area == 1 and layer.groups == 1 else "dense"
