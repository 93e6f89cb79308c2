"""Two numbers and an overhead: what a handful of measured networks can tell.

Multiply-accumulates at a share of the peak and bytes at a bandwidth, one after the other; the
lecture's T = T_compute + T_move.
"""

from __future__ import annotations

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import FREE


@structure("plain", compute=("products",), memory=("traffic",))
def plain(layer: Layer) -> Amounts:
    """Amounts of a layer of any kind."""
    if layer.kind in FREE:
        return {}
    traffic = float(layer.moved_elements + layer.weight_elements)
    return {"products": float(layer.macs), "traffic": traffic, CALLS: 1.0}
