"""The part of the plane that a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from costscope.views.report.names import counted
from costscope.views.report.shares import share
from costscope.views.roofline.panels import Mark, Panel

_SLOPE = 20.0  # a slanted roof is seen from so far below its ridge
_DECADES = 6.0  # more would press what matters into a corner
_LEAST_DECADES = 2.5  # upwards: a slanted roof is then not too steep
_FEW = 3  # decades
_LEFT, _RIGHT, _BELOW, _ABOVE = 1.8, 6.0, 2.2, 3.2  # room around what is shown


@dataclass(frozen=True, slots=True)
class Limits:
    """Ends of the axes: FLOP/byte and FLOP/s."""

    left: float
    right: float
    bottom: float
    top: float

    def show(self, mark: Mark) -> bool:
        """Whether a mark lies inside."""
        return (
            self.left <= mark.flops_per_byte <= self.right
            and self.bottom <= mark.flops_per_s <= self.top
        )


def limits_of(panel: Panel, panels: Sequence[Panel]) -> Limits:
    """Limits of a panel that hold its roofs and marks, six decades at most.

    The intensities are those of all panels, so that a kernel stands in one line in all.
    """
    ridges = [
        peak.flops_per_s / each.slopes[0].bytes_per_s for each in panels for peak in each.peaks
    ]
    intensities = [mark.flops_per_byte for each in panels for mark in each.marks] + ridges
    peaks = [peak.flops_per_s for peak in panel.peaks]
    right = max(intensities) * _RIGHT
    top = max(peaks) * _ABOVE
    left = max(
        min([*intensities, *(ridge / _SLOPE for ridge in ridges)]) / _LEFT, right / 10**_DECADES
    )
    rates = [mark.flops_per_s for mark in panel.marks if mark.flops_per_byte >= left]
    bottom = max(min([*rates, *peaks]) / _BELOW, top / 10**_DECADES)
    return Limits(left, right, min(bottom, top / 10**_LEAST_DECADES), top)


def outside(panel: Panel, limits: Limits) -> str:
    """A sentence about points that are not shown; "" if all are."""
    hidden = [mark for mark in panel.marks if not limits.show(mark)]
    if not hidden:
        return ""
    part = share(sum(mark.share for mark in hidden))
    number = counted(sum(mark.count for mark in hidden), "kernel")
    return f"beyond the edge: {number}, {part} of the time"


def ticks(low: float, high: float) -> list[float]:
    """Powers of ten between two values, with 2 and 5 between them where there are few."""
    first, last = floor(log10(low)), ceil(log10(high))
    steps = (1, 2, 5) if last - first <= _FEW else (1,)
    found = [step * 10.0**exponent for exponent in range(first, last + 1) for step in steps]
    return [tick for tick in found if low <= tick <= high]
