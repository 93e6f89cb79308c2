"""Where networks cross: found from the bends of their curves, not by trying ridge points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from costscope.ridge.curve import Curve, bends_between, time_at
from costscope.ridge.types import Crossing


def crossings(curves: Sequence[Curve], low: Fraction, high: Fraction) -> tuple[Crossing, ...]:
    """All crossings of all pairs strictly between two ridge points, in their order.

    Curves that only touch do not cross. Where two run together for a while and then part
    the other way round, the crossing is where they part.
    """
    found = [
        _crossing(curves, ridge, (second, first) if second_leaves else (first, second))
        for first, second in combinations(range(len(curves)), 2)
        for ridge, second_leaves in _changes(curves[first], curves[second], low, high)
    ]
    return tuple(
        sorted(found, key=lambda c: (c.ridge_macs_per_byte, c.faster_below, c.faster_above))
    )


def _changes(
    first: Curve, second: Curve, low: Fraction, high: Fraction
) -> Iterator[tuple[Fraction, bool]]:
    """Ridge points of a change, and whether it is the second that was faster before."""
    ahead, together = 0, low
    for ridge, behind_macs in _differences(first, second, low, high):
        sign = (behind_macs > 0) - (behind_macs < 0)
        if sign == 0:
            together = ridge
            continue
        if sign == -ahead:
            yield together, ahead > 0
        ahead = sign


def _differences(
    first: Curve, second: Curve, low: Fraction, high: Fraction
) -> Iterator[tuple[Fraction, Fraction]]:
    """How much longer the first takes at every bend, at both ends and wherever it is zero."""
    ridges = sorted(
        {low, high} | bends_between(first, low, high) | bends_between(second, low, high)
    )
    points = [(ridge, time_at(first, ridge) - time_at(second, ridge)) for ridge in ridges]
    yield points[0]
    for (start, before), (end, after) in pairwise(points):
        if before * after < 0:
            yield start + (end - start) * before / (before - after), Fraction(0)
        yield end, after


def _crossing(curves: Sequence[Curve], ridge: Fraction, pair: tuple[int, int]) -> Crossing:
    below, above = pair
    time = time_at(curves[below], ridge)
    return Crossing(
        ridge_macs_per_byte=ridge,
        time_macs=time,
        faster_below=below,
        faster_above=above,
        leads=all(time <= time_at(curve, ridge) for curve in curves),
    )
