"""How well two columns of speeds order the networks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt

from costscope.accuracy.metrics import kendall, spearman
from costscope.experiment.types import Agreement, Outcome

MEASURED, PREDICTED = "measured", "predicted"
_WITH_MEASUREMENT = (
    (MEASURED, "cpu"),
    (MEASURED, "gpu"),
    (PREDICTED, MEASURED),
    (PREDICTED, "cpu"),
)
_PREDICTED_ONLY = ((PREDICTED, "cpu"), (PREDICTED, "gpu"))


def agreements(outcomes: Sequence[Outcome]) -> tuple[Agreement, ...]:
    """Those of the columns there are; a network without one of the two is left out."""
    ran = any(each.measured is not None for each in outcomes)
    found = (
        _agreement(outcomes, *pair) for pair in (_WITH_MEASUREMENT if ran else _PREDICTED_ONLY)
    )
    return tuple(each for each in found if each.networks)


def kendall_within(groups: Sequence[Sequence[tuple[float, float]]]) -> float | None:
    """Kendall's tau-b over the pairs of networks of the same group; None where all are tied.

    (in order - out of order) / sqrt(pairs untied in the first * pairs untied in the second)
    """
    first = second = order = 0
    for group in groups:
        for (a, b), (c, d) in combinations(group, 2):
            left, right = _sign(a - c), _sign(b - d)
            first, second = first + abs(left), second + abs(right)
            order += left * right
    return order / sqrt(first * second) if first and second else None


def _agreement(outcomes: Sequence[Outcome], first: str, second: str) -> Agreement:
    groups: dict[int, list[tuple[float, float]]] = {}
    for each in outcomes:
        one, other = each.speed(first), each.speed(second)
        if one is not None and other is not None:
            groups.setdefault(each.row.scale, []).append((one, other))
    pairs = [pair for group in groups.values() for pair in group]
    return Agreement(
        first=first,
        second=second,
        networks=len(pairs),
        spearman=spearman(pairs),
        kendall=kendall(pairs),
        kendall_within=kendall_within(list(groups.values())),
    )


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
