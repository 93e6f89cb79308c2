"""How far two runs of the same networks lead to different predictions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from costscope.calibrate.held_out import Seconds, fitted_classes, total
from costscope.calibrate.overhead import Overhead, overhead
from costscope.calibrate.types import Agreement, Collected

_DIGITS = 4


def agreement(one: Sequence[Collected], other: Sequence[Collected]) -> Agreement | None:
    """A fit of either run predicts the networks that both have; None if none can be."""
    names = {each.name for each in one} & {each.name for each in other}
    if not names:
        return None
    seconds, overheads = zip(*(_fit(run, names) for run in (one, other)), strict=True)
    ratios = []
    for network in (each for each in one if each.name in names):
        first, second = map(total, (network, network), seconds, overheads)
        if first is not None and second is not None:
            ratios.append(_rounded(abs(first / second - 1)))
    if not ratios:
        return None
    return Agreement(networks=len(ratios), median_ratio=median(ratios), largest_ratio=max(ratios))


def _fit(networks: Sequence[Collected], names: set[str]) -> tuple[Seconds, Overhead]:
    common = [each for each in networks if each.name in names]
    found = overhead(common)
    return {n: each.seconds for n, each in fitted_classes(common, found).items()}, found


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.{_DIGITS}g}")
