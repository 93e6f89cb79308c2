"""TensorFlow Lite on a CPU: XNNPACK's routines, and the slow ones outside its delegate.

XNNPACK's 8-bit depthwise routines exist for windows of up to 25 taps; a larger one runs as a
general product with one channel a group. TensorFlow Lite runs grouped convolutions by its
reference routine, and other operators (GELU, hard swish, resizes) by its own ones, some by
tables of values. Source: XNNPACK, src/configs/dwconv-config.c; TensorFlow, lite/kernels/conv.cc
and lite/delegates/xnnpack/README.md.
"""

from __future__ import annotations

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import CONVOLUTIONS, FREE, KernelKind

COMPUTE = ("pointwise", "dense", "depthwise", "large_depthwise", "grouped")
MEMORY = ("activations", "undelegated", "weights")

_MOST_TAPS = 25
_REUSED = 4  # positions from which a weight pays for being multiplied in a matrix
_PRODUCTS = frozenset({KernelKind.BATCHED_MATMUL, KernelKind.ATTENTION, KernelKind.RECURRENT})
_DELEGATED = frozenset({"add", "mul", "sub", "relu", "clip", "max", "min", "abs", "neg"})


@structure("xnnpack", compute=COMPUTE, memory=MEMORY)
def xnnpack(layer: Layer) -> Amounts:
    """Amounts of a layer under TensorFlow Lite with XNNPACK."""
    if layer.kind in FREE:
        return {}
    moved = float(layer.moved_elements)
    if layer.kind in CONVOLUTIONS or layer.kind is KernelKind.FULLY_CONNECTED:
        return {
            **_multiplied(layer),
            "activations": moved,
            "weights": float(layer.weight_elements),
            CALLS: 1.0,
        }
    if layer.kind in _PRODUCTS:
        return {"pointwise": float(layer.macs), "activations": moved, CALLS: 1.0}
    is_float = layer.dtype.startswith("float")
    known = layer.kind is KernelKind.ELEMENTWISE and layer.operation in _DELEGATED
    return {"activations" if known or is_float else "undelegated": moved, CALLS: 1.0}


def _multiplied(layer: Layer) -> dict[str, float]:
    """The compute class of a layer with weights; none where each weight is used hardly twice."""
    macs = float(layer.macs)
    if layer.is_depthwise:
        large = layer.area > _MOST_TAPS and not layer.dtype.startswith("float")
        return {"large_depthwise" if large else "depthwise": macs}
    if layer.kind is KernelKind.GROUPED_CONV:
        return {"grouped": macs}
    if layer.macs <= _REUSED * max(1, layer.weight_elements):
        return {}
    return {"dense" if layer.area > 1 else "pointwise": macs}
