"""Intervals of whole networks from the ones that were held out: split conformal, by latency.

Source: Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World": of n + 1
exchangeable residuals the new one is as likely to have any rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log

from costscope.calibrate.types import HeldOut
from costscope.hardware.types import Band

CONFIDENCE = 0.9
# Designed networks are more varied than real ones, which repeat a few shapes over and over, so
# that their errors add up; and no two days are alike. Ranks of 95 % held nine in ten of the
# real networks that this was tried on, ranks of 90 % only eight.
_RANKS = 0.95
_FROM_S = (0.0, 0.5e-3, 2e-3, 10e-3)
_FEWEST = 20
_DIGITS = 4
_ROUNDING = 1e-9


def bands(found: Sequence[HeldOut]) -> tuple[Band, ...]:
    """Ends of the 90 % interval of measured over predicted, by predicted latency, ascending.

    A band with too few networks joins the next one, the last joins the one before.
    """
    rows = []
    for begin_s, networks in _groups(found):
        low, high = ends([each.measured_s / each.predicted_s for each in networks])
        rows.append(Band(above_s=begin_s, low_ratio=low, high_ratio=high, networks=len(networks)))
    return tuple(rows)


def ends(ratios: Sequence[float], share: float = _RANKS) -> tuple[float, float]:
    """The interval that holds a new one of such ratios in this share of cases: two of the ranks.

    Too few ratios for it give the widest interval there is. It always holds 1.
    """
    logs = sorted(map(log, ratios))
    count = len(logs)
    upper = min(count, ceil((count + 1) * (1 + share) / 2 - _ROUNDING))
    low, high = exp(logs[count - upper]), exp(logs[upper - 1])
    return min(1.0, _rounded(low)), max(1.0, _rounded(high))


def _groups(found: Sequence[HeldOut]) -> list[tuple[float, list[HeldOut]]]:
    """The held-out networks by band, each with enough of them."""
    groups: list[tuple[float, list[HeldOut]]] = []
    waiting: list[HeldOut] = []
    begin_s = _FROM_S[0]
    for start_s, end_s in zip(_FROM_S, (*_FROM_S[1:], float("inf")), strict=True):
        waiting += [each for each in found if start_s <= each.predicted_s < end_s]
        if len(waiting) >= _FEWEST:
            groups.append((begin_s, waiting))
            waiting, begin_s = [], end_s
    if waiting and groups:
        groups[-1] = (groups[-1][0], [*groups[-1][1], *waiting])
    elif waiting:
        groups.append((begin_s, waiting))
    return groups


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.{_DIGITS}g}")
