"""The part of the plane that a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from costscope.views.report.shares import share
from costscope.views.roofline.panels import Panel, Point

_DECADES = 6.0  # more would press what matters into a corner
_LEFT, _RIGHT, _BELOW, _ABOVE = 1.8, 2.5, 2.2, 2.6  # room around what is shown


@dataclass(frozen=True, slots=True)
class Limits:
    """Ends of the axes: FLOP/byte and FLOP/s."""

    left: float
    right: float
    bottom: float
    top: float

    def show(self, point: Point) -> bool:
        """Whether a point lies inside."""
        return (
            self.left <= point.flops_per_byte <= self.right
            and self.bottom <= point.flops_per_s <= self.top
        )


def limits_of(panels: Sequence[Panel]) -> Limits:
    """Limits that hold the roofs and the points of all panels, six decades at most."""
    points = [point for panel in panels for point in panel.points]
    ridges = [
        peak.flops_per_s / panel.slopes[0].bytes_per_s for panel in panels for peak in panel.peaks
    ]
    intensities = [point.flops_per_byte for point in points] + ridges
    peaks = [peak.flops_per_s for panel in panels for peak in panel.peaks]
    right = max(intensities) * _RIGHT
    top = max(peaks) * _ABOVE
    left = max(min(intensities) / _LEFT, right / 10**_DECADES)
    rates = [point.flops_per_s for point in points if point.flops_per_byte >= left]
    bottom = max(min([*rates, *peaks]) / _BELOW, top / 10**_DECADES)
    return Limits(min(left, right / 10), right, min(bottom, top / 10), top)


def outside(panel: Panel, limits: Limits) -> str:
    """A sentence about points that are not shown; "" if all are."""
    hidden = [point for point in panel.points if not limits.show(point)]
    if not hidden:
        return ""
    part = share(sum(point.share for point in hidden))
    return f"beyond the edge: {len(hidden)} kernels, {part} of the time"


def decades(low: float, high: float) -> list[float]:
    """Powers of ten between two values, every other one where there are many."""
    first, last = int(-(-log10(low) // 1)), int(log10(high) // 1)
    step = 1 if last - first < _DECADES + 1 else 2
    return [10.0**exponent for exponent in range(first, last + 1, step)]
