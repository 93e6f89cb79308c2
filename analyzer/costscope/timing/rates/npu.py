"""Neural processors: one array for products, slow paths for the rest.

Which classes hold was found on published latencies of the Edge TPU, Apple's Neural Engine and
Qualcomm's Hexagon; rounding channels up to the array's width and counting activations gained
nothing there. Operators that rearrange or combine whole maps leave the array.
"""

from __future__ import annotations

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import FREE, KernelKind

_MOVING = frozenset(
    {
        KernelKind.MOVEMENT,
        KernelKind.GATHER,
        KernelKind.REDUCTION,
        KernelKind.SOFTMAX,
        KernelKind.NORMALIZATION,
    }
)
_PARTS = frozenset({"sub", "div", "sqrt"})  # of a normalization that is written out


@structure("npu", compute=("products", "depthwise", "grouped"), memory=("weights", "movement"))
def npu(layer: Layer) -> Amounts:
    """Amounts of a layer on a neural processor."""
    if layer.kind in FREE:
        return {}
    moving = not layer.macs and (layer.kind in _MOVING or layer.operation in _PARTS)
    return {
        **products(layer),
        "weights": float(layer.weight_elements),
        "movement": float(layer.moved_elements) if moving else 0.0,
        CALLS: 1.0,
    }


@structure(
    "edge_tpu",
    compute=("products", "depthwise", "grouped"),
    memory=("spilled_weights",),
    spills=("spilled_weights",),
)
def edge_tpu(layer: Layer) -> Amounts:
    """Amounts on an array that keeps what weights it can and streams the rest at every run."""
    if layer.kind in FREE:
        return {}
    return {**products(layer), "spilled_weights": float(layer.weight_elements), CALLS: 1.0}


def products(layer: Layer) -> dict[str, float]:
    """Multiply-accumulates by how well they fill an array."""
    if not layer.macs:
        return {}
    if layer.is_depthwise:
        return {"depthwise": float(layer.macs)}
    grouped = layer.kind is KernelKind.GROUPED_CONV
    return {"grouped" if grouped else "products": float(layer.macs)}
