"""Labels beside the points they name, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

_DIRECTIONS = 16
_DISTANCES = (10.0, 18.0, 30.0, 46.0, 66.0, 90.0, 120.0)
_COVERED = 25.0  # a point under the label is as bad as so many pixels of distance


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in pixels, its origin at the bottom left."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether they have an area in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def inside(self, other: Box) -> bool:
        """Whether all of it lies in another."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )

    def grown(self, margin: float) -> Box:
        """The box with a margin around it."""
        return Box(
            self.left - margin, self.bottom - margin, self.right + margin, self.top + margin
        )


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point with the size of its label and the radius of its mark, in pixels."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0


def place(
    anchors: Sequence[Anchor],
    *,
    page: Box,
    taken: Sequence[Box] = (),
    points: Sequence[tuple[float, float]] = (),
) -> list[Box | None]:
    """A place for each label, one after the other; None where there is none left.

    A label stays on the page and off everything taken and placed before; among the places
    left it takes the one nearest to its point that covers fewest points.

    Args:
        anchors: most important first.
        page: where labels may stand.
        taken: boxes that they must not overlap.
        points: marks that they should not cover.
    """
    used = list(taken)
    places: list[Box | None] = []
    for anchor in anchors:
        best: tuple[float, Box] | None = None
        for distance, box in _candidates(anchor):
            if not box.inside(page) or any(box.overlaps(other) for other in used):
                continue
            cost = distance + _COVERED * sum(box.holds(x, y) for x, y in points)
            if best is None or cost < best[0]:
                best = cost, box
        if best is not None:
            used.append(best[1])
        places.append(best[1] if best else None)
    return places


def _candidates(anchor: Anchor) -> list[tuple[float, Box]]:
    """Boxes around a point, the near ones first."""
    found = []
    for distance in _DISTANCES:
        reach = anchor.radius + distance
        for step in range(_DIRECTIONS):
            angle = 2 * pi * step / _DIRECTIONS
            x, y = anchor.x + reach * cos(angle), anchor.y + reach * sin(angle)
            left = x - anchor.width * (1 - cos(angle)) / 2
            bottom = y - anchor.height * (1 - sin(angle)) / 2
            box = Box(left, bottom, left + anchor.width, bottom + anchor.height)
            if not box.holds(anchor.x, anchor.y):
                found.append((distance, box))
    return found


def nearest(box: Box, x: float, y: float) -> tuple[float, float, float]:
    """The point of a box that is nearest to another point, and how far it is."""
    near_x = min(max(x, box.left), box.right)
    near_y = min(max(y, box.bottom), box.top)
    return near_x, near_y, hypot(x - near_x, y - near_y)
