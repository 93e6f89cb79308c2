"""Arithmetic work, and the kinds of kernel that machines give speeds for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KernelKind(StrEnum):
    """What kind of kernel an operator is: all that operators and machines share."""

    DENSE_CONV = "dense_conv"
    POINTWISE_CONV = "pointwise_conv"
    DEPTHWISE_CONV = "depthwise_conv"
    GROUPED_CONV = "grouped_conv"
    TRANSPOSED_CONV = "transposed_conv"
    FULLY_CONNECTED = "fully_connected"
    BATCHED_MATMUL = "batched_matmul"
    ATTENTION = "attention"
    RECURRENT = "recurrent"
    ELEMENTWISE = "elementwise"
    NORMALIZATION = "normalization"
    SOFTMAX = "softmax"
    POOLING = "pooling"
    REDUCTION = "reduction"
    RESIZE = "resize"
    GATHER = "gather"
    MOVEMENT = "movement"
    QUANTIZATION = "quantization"
    SORTING = "sorting"
    SIGNAL = "signal"
    VIEW = "view"
    CONTROL_FLOW = "control_flow"
    UNCOSTED = "uncosted"


# Kinds that a runtime does not launch: no work and no traffic.
FREE = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})
CONVOLUTIONS = frozenset(
    {
        KernelKind.DENSE_CONV,
        KernelKind.POINTWISE_CONV,
        KernelKind.DEPTHWISE_CONV,
        KernelKind.GROUPED_CONV,
        KernelKind.TRANSPOSED_CONV,
    }
)


@dataclass(frozen=True, slots=True)
class Work:
    """Arithmetic of an operator or kernel; the letter W of the roofline model.

    Attributes:
        macs: multiply-accumulates, dense convention (positions in the padding count).
        vector_ops: other simple operations: additions, comparisons, divisions.
        special_ops: transcendental operations: exp, tanh, erf, sqrt, ...
    """

    macs: int = 0
    vector_ops: int = 0
    special_ops: int = 0

    @property
    def flops(self) -> int:
        """Floating-point operations: 2 per multiply-accumulate, 1 per other operation."""
        return 2 * self.macs + self.vector_ops + self.special_ops

    def __add__(self, other: Work) -> Work:
        return Work(
            self.macs + other.macs,
            self.vector_ops + other.vector_ops,
            self.special_ops + other.special_ops,
        )

    def __mul__(self, times: int) -> Work:
        return Work(self.macs * times, self.vector_ops * times, self.special_ops * times)


NO_WORK = Work()
