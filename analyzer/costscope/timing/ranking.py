"""Which of two networks is faster on a machine: said only where measurements allow it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from costscope.timing.types import Prediction


class Order(StrEnum):
    """What may be said of two predictions on one machine."""

    FASTER = "faster"
    SLOWER = "slower"
    UNDECIDED = "undecided"


def order(first: Prediction, second: Prediction) -> Order:
    """Whether the first network is faster than the second on the same machine.

    Two networks on one machine share much of a prediction's error, so the ratio at which
    their order is sure is taken from pairs of networks held out together, where a profile
    has it. Else their intervals must not overlap. A lower bound decides nothing.
    """
    if not (first.complete and second.complete and first.calibrated and second.calibrated):
        return Order.UNDECIDED
    if not first.latency_s or not second.latency_s:
        return Order.UNDECIDED
    pair = first.rates.pair_ratio if first.rates and first.rates == second.rates else None
    if pair is not None:
        return _by_ratio(second.latency_s / first.latency_s, pair)
    return _by_intervals(first, second)


def ranks(predictions: Sequence[Prediction]) -> tuple[int, ...]:
    """The place of each prediction: one more than how many are surely faster."""
    return tuple(
        1 + sum(order(other, each) is Order.FASTER for other in predictions) for each in predictions
    )


def _by_ratio(ratio: float, pair_ratio: float) -> Order:
    if ratio > pair_ratio:
        return Order.FASTER
    return Order.SLOWER if ratio < 1 / pair_ratio else Order.UNDECIDED


def _by_intervals(first: Prediction, second: Prediction) -> Order:
    ends = (first.latency_low_s, first.latency_high_s, second.latency_low_s, second.latency_high_s)
    low, high, other_low, other_high = ends
    if low is None or high is None or other_low is None or other_high is None:
        return Order.UNDECIDED
    if high < other_low:
        return Order.FASTER
    return Order.SLOWER if other_high < low else Order.UNDECIDED
