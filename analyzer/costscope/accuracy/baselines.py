"""Two rules of thumb, fitted on the other networks and tried on the same ones.

They are given more than a calibrated profile has: measured latencies of whole networks, of
every network but the one that is predicted, its siblings included. A profile that is not
better than they are is not worth its minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from costscope.accuracy.metrics import Pairs
from costscope.accuracy.types import NetworkResult
from costscope.kernels.types import Kernel

_Floats = NDArray[np.float64]

RIDGES = tuple(2.0**power for power in range(-2, 10))  # FLOP/byte
"""Ridge points that a roofline is tried with."""

_FEWEST = 2  # one network has no others


def roof_flops(kernels: Sequence[Kernel]) -> tuple[float, ...]:
    """For each ridge point, the sum over kernels of max(operations, bytes * ridge point).

    Divided by the peak it is the network's time under that roofline. Operations beside
    multiply-accumulates run beside them, as in the predictions' own roofline.
    """
    amounts = np.array(
        [
            (
                max(2 * each.work.macs, each.work.vector_ops + each.work.special_ops),
                each.traffic.total_bytes,
                each.repeats,
            )
            for each in kernels
        ],
        dtype=np.float64,
    ).reshape(-1, 3)
    operations, moved, repeats = amounts.T
    return tuple(float(repeats @ np.maximum(operations, moved * ridge)) for ridge in RIDGES)


def macs_times_constant(networks: Sequence[NetworkResult]) -> Pairs:
    """Measured seconds, and MACs times the median seconds per MAC of the other networks."""
    known = [(each.macs, each.measured_s) for each in networks if each.macs]
    amounts, measured = _arrays(known)
    if len(measured) < _FEWEST:
        return []
    constants = _medians_of_others(measured / amounts)
    return _pairs(measured, amounts * constants)


def two_number_roofline(networks: Sequence[NetworkResult]) -> Pairs:
    """Measured seconds, and the roofline of a peak and a bandwidth that fit the others best.

    Of all ridge points with their median scale, the one with the smallest mean absolute
    percentage error on the other networks is taken.
    """
    known = [(each.roof_flops, each.measured_s) for each in networks if any(each.roof_flops)]
    amounts, measured = _arrays(known)
    if len(measured) < _FEWEST:
        return []
    predicted, others = [], ~np.eye(len(measured), dtype=bool)
    scales = np.array([_medians_of_others(measured / column) for column in amounts.T])
    for i, scale in enumerate(scales.T):
        told = amounts * scale  # a row a network, a column a ridge point
        errors = np.abs(told[others[i]] / measured[others[i], None] - 1).mean(axis=0)
        predicted.append(told[i, int(errors.argmin())])
    return _pairs(measured, np.array(predicted))


def _arrays(known: Sequence[tuple[object, float | None]]) -> tuple[_Floats, _Floats]:
    amounts = np.array([amount for amount, _ in known], dtype=np.float64)
    return amounts, np.array([seconds for _, seconds in known], dtype=np.float64)


def _medians_of_others(values: _Floats) -> _Floats:
    """For each value the median of all the others."""
    return np.array([np.median(np.delete(values, i)) for i in range(len(values))])


def _pairs(measured: _Floats, predicted: _Floats) -> Pairs:
    return list(zip(measured.tolist(), predicted.tolist(), strict=True))
