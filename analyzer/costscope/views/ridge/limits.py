"""What a picture shows of a sweep: how many networks, how far to the left."""

from __future__ import annotations

from costscope.ridge.curve import curve_of
from costscope.ridge.types import Sweep

MOST_NETWORKS = 9  # three colours in three strokes
_MOST_DECADES = 4.0
_LEAST_DECADES = 1.0


def left_of(sweep: Sweep) -> float:
    """Where the logarithmic axis begins, in MACs/byte.

    At the first ridge point; for zero, below the first bend of any curve: all are level from
    there down to zero.
    """
    if sweep.low_macs_per_byte:
        return float(sweep.low_macs_per_byte)
    high = float(sweep.high_macs_per_byte)
    bends = [
        float(piece.start_macs_per_byte)
        for network in sweep.networks
        for piece in curve_of(network.operations)
        if piece.start_macs_per_byte
    ]
    first = min(bends, default=high) / 2
    return min(max(first, high / 10**_MOST_DECADES), high / 10**_LEAST_DECADES)
