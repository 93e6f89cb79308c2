"""Labels one above the other, each as near to its place as the others allow."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least `gap` apart, in the order of `wanted`, between two ends if they fit.

    Labels that would touch form a block, which stands around the mean of their places.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[float, list[int]]] = []  # middle, members
    for i in order:
        middle, members = wanted[i], [i]
        while blocks and middle - blocks[-1][0] < gap * (len(blocks[-1][1]) + len(members)) / 2:
            members = blocks.pop()[1] + members
            middle = _inside(
                sum(wanted[j] for j in members) / len(members), members, gap, low, high
            )
        blocks.append((_inside(middle, members, gap, low, high), members))
    found = list(wanted)
    for middle, members in blocks:
        for place, i in enumerate(members):
            found[i] = middle + gap * (place - (len(members) - 1) / 2)
    return found


def _inside(middle: float, members: Sequence[int], gap: float, low: float, high: float) -> float:
    """The middle of a block moved so that its outer labels lie between the ends."""
    half = gap * (len(members) - 1) / 2
    return max(min(middle, high - half), low + half)
