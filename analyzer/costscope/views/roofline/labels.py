"""Labels beside the points they name, so that none covers another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

Xy = tuple[float, float]  # a point of the page, in pixels

_DIRECTIONS = 24
_DISTANCES = (4.0, 10.0, 18.0, 30.0, 46.0, 66.0, 90.0, 120.0, 155.0, 190.0)  # pixels from the mark
_COVERED = 25.0  # a point under a label is as bad as so many pixels of distance
_MOST_COVERED = 2
_NEAR = 3.0  # pixels between a line and a point that it covers
_CLOSE = 8.0  # pixels from a mark within which a label needs no line to it


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
        return Box(self.left - margin, self.bottom - margin, self.right + margin, self.top + margin)

    def nearest(self, x: float, y: float) -> Xy:
        """The point of the box that is nearest to another point."""
        return min(max(x, self.left), self.right), min(max(y, self.bottom), self.top)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line on the page between two points, in pixels."""

    x: float
    y: float
    to_x: float
    to_y: float

    def crosses(self, box: Box) -> bool:
        """Whether a part of it lies in a box."""
        enter, leave = 0.0, 1.0
        for start, way, low, high in (
            (self.x, self.to_x - self.x, box.left, box.right),
            (self.y, self.to_y - self.y, box.bottom, box.top),
        ):
            if way == 0:
                if not low < start < high:
                    return False
                continue
            first, last = sorted(((low - start) / way, (high - start) / way))
            enter, leave = max(enter, first), min(leave, last)
        return enter < leave

    def meets(self, x: float, y: float) -> bool:
        """Whether a point lies on it, but for a few pixels, and not only at its beginning."""
        way_x, way_y = self.to_x - self.x, self.to_y - self.y
        length = hypot(way_x, way_y)
        along = ((x - self.x) * way_x + (y - self.y) * way_y) / length
        across = abs((x - self.x) * way_y - (y - self.y) * way_x) / length
        return _NEAR < along <= length and across < _NEAR


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point with the size of its label and the radius of its mark, in pixels."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a label goes, with the line to its point if it stands apart."""

    box: Box
    line: Line | None


def place(
    anchors: Sequence[Anchor],
    *,
    page: Box,
    taken: Sequence[Box] = (),
    points: Sequence[Xy] = (),
) -> list[Spot | None]:
    """A place for each label, one after the other; None where there is none left.

    A label stays on the page, off everything taken and placed before, and off the lines to
    other labels; among the places left it takes the one nearest to its point that covers
    fewest points, and none that covers many.

    Args:
        anchors: most important first.
        page: where labels may stand.
        taken: boxes that they must not overlap.
        points: what they should rather not cover.
    """
    used = list(taken)
    lines: list[Line] = []
    spots: list[Spot | None] = []
    for anchor in anchors:
        best = _best(anchor, page, used, lines, points)
        if best is not None:
            used.append(best.box)
            lines += [best.line] if best.line else []
        spots.append(best)
    return spots


def _best(
    anchor: Anchor,
    page: Box,
    used: Sequence[Box],
    lines: Sequence[Line],
    points: Sequence[Xy],
) -> Spot | None:
    best: tuple[float, Spot] | None = None
    for distance, box in _candidates(anchor):
        if best is not None and distance >= best[0]:
            break
        line = _line(anchor, box)
        if (
            not box.inside(page)
            or any(box.overlaps(other) for other in used)
            or any(other.crosses(box) for other in lines)
            or (line is not None and any(line.crosses(other) for other in used))
        ):
            continue
        covered = sum(box.holds(x, y) or (line is not None and line.meets(x, y)) for x, y in points)
        cost = distance + _COVERED * covered
        if covered <= _MOST_COVERED and (best is None or cost < best[0]):
            best = cost, Spot(box, line)
    return best[1] if best else None


def _candidates(anchor: Anchor) -> Iterator[tuple[float, Box]]:
    """Boxes around a point, the near ones first."""
    for distance in _DISTANCES:
        reach = anchor.radius + distance
        for step in range(_DIRECTIONS):
            angle = 2 * pi * step / _DIRECTIONS
            left = anchor.x + reach * cos(angle) - anchor.width * (1 - cos(angle)) / 2
            bottom = anchor.y + reach * sin(angle) - anchor.height * (1 - sin(angle)) / 2
            box = Box(left, bottom, left + anchor.width, bottom + anchor.height)
            if _away(anchor, box) >= anchor.radius:
                yield distance, box


def _away(anchor: Anchor, box: Box) -> float:
    x, y = box.nearest(anchor.x, anchor.y)
    return hypot(x - anchor.x, y - anchor.y)


def _line(anchor: Anchor, box: Box) -> Line | None:
    """From the edge of a mark to its label, if that stands apart."""
    away = _away(anchor, box)
    if away - anchor.radius <= _CLOSE:
        return None
    x, y = box.nearest(anchor.x, anchor.y)
    part = anchor.radius / away
    return Line(anchor.x + (x - anchor.x) * part, anchor.y + (y - anchor.y) * part, x, y)
