"""Mobile GPUs: products, bytes, and how long a chain of sums keeps a lane busy.

A thread sums one output from beginning to end: where outputs are few, the length of that sum
and not the arithmetic peak decides. `serial` counts its multiply-accumulates; its share of the
peak is that of one lane. ncnn has no Vulkan routine for reductions, layer normalization and
detection heads: their data goes to the CPU and back (`islands`).
"""

from __future__ import annotations

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import CONVOLUTIONS, FREE, KernelKind

COMPUTE = ("products", "winograd", "grouped", "depthwise", "serial")
MEMORY = ("traffic", "movement")

_LEAST_WINOGRAD = 16  # channels
_REUSED = 4  # positions from which a product is more than reading its weights
_NO_SHADER = frozenset(
    {
        "reduce_mean",
        "layer_normalization",
        "detection_output",
        "yolo_detection_output",
        "yolov3_detection_output",
    }
)


@structure("gpu", compute=COMPUTE, memory=MEMORY)
def gpu(layer: Layer) -> Amounts:
    """Amounts of a layer on a GPU."""
    if layer.kind in FREE:
        return {}
    traffic = float(layer.moved_elements + layer.weight_elements)
    moving = layer.kind is KernelKind.MOVEMENT
    amounts = {"movement" if moving else "traffic": traffic, CALLS: 1.0}
    if not layer.macs:
        return amounts
    chain = layer.macs / max(1, layer.write_elements)
    return {**amounts, **_products(layer), "serial": chain}


@structure("vulkan", compute=COMPUTE, memory=(*MEMORY, "islands"))
def vulkan(layer: Layer) -> Amounts:
    """Amounts under ncnn's Vulkan path."""
    if layer.operation in _NO_SHADER:
        return {"islands": float(layer.moved_elements), CALLS: 1.0}
    if layer.operation == "prior_box":
        return {}
    return gpu(layer)


def _products(layer: Layer) -> dict[str, float]:
    macs = float(layer.macs)
    if layer.is_depthwise:
        return {"depthwise": macs}
    if layer.kind is KernelKind.GROUPED_CONV:
        return {"grouped": macs}
    if layer.kind in CONVOLUTIONS:
        square = layer.kernel == (3, 3) and layer.stride == (1, 1)
        wide = min(layer.channels, layer.filters) >= _LEAST_WINOGRAD
        return {"winograd" if square and wide else "products": macs}
    if layer.kind is KernelKind.FULLY_CONNECTED and macs <= _REUSED * layer.weight_elements:
        return {}
    return {"products": macs}
