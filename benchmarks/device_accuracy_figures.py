"""Figures of held-out rows: errors, ranks by machine, intervals, ranking statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log
from statistics import median

import numpy as np

from costscope.accuracy.metrics import figures, kendall, spearman
from costscope.fit.batch import Array
from costscope.fit.intervals import CONFIDENCE, ends
from device_accuracy_rows import KNOWN, NEW, STRICT, Machine, Row

_FEWEST_RANKED = 4  # networks on a machine whose order is judged
_OWN_INTERVAL = 40  # rows of a group that has an interval of its own, as in the profiles
_SHARED = 0.5  # share of an error that a network or a machine must have in common with it
_FEWEST_ALIKE = 3  # other networks on a machine that say how far off it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Figures of some rows under one protocol; an error is predicted / measured - 1.

    Attributes:
        rows: how many.
        machines: profiles with runtime, threads and type.
        networks: how many different ones.
        mape_ratio: mean of the absolute errors.
        median_ratio: median of the same.
        within_10_ratio: share of rows off by at most 10 %.
        within_20_ratio: by at most 20 %.
        spearman: median over machines; None where no machine has enough networks.
        kendall: the same.
        coverage_ratio: share of rows inside an interval that knew nothing of them.
    """

    rows: int
    machines: int
    networks: int
    mape_ratio: float
    median_ratio: float
    within_10_ratio: float
    within_20_ratio: float
    spearman: float | None
    kendall: float | None
    coverage_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """How often `A is faster than B` was said, and right.

    Attributes:
        pairs: of networks on one machine.
        stated: pairs whose predictions are far enough apart.
        right: of those stated.
        ordered: of all pairs, in the right order.
    """

    pairs: int
    stated: int
    right: int
    ordered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a large error has in common with others.

    Attributes:
        network_ratio: median error of the network on the other machines; None without any.
        machine_ratio: median error of other networks on the machine.
        words: whose error it is.
    """

    network_ratio: float | None
    machine_ratio: float | None
    words: str


def reached(rows: Sequence[Row], key: str, inside: dict[Row, bool] | None = None) -> Reached | None:
    """The figures of the rows that have a prediction of that kind; None without any.

    Args:
        rows: scored rows.
        key: protocol or rule of thumb.
        inside: by row, whether its interval held; rows are those of `covered`.
    """
    known = [row for row in rows if key in row.predicted_s]
    pairs = [(row.measured_s, row.predicted_s[key]) for row in known]
    found = figures(pairs)
    if found is None:
        return None
    held = [inside[row] for row in known if row in inside] if inside else []
    return Reached(
        rows=len(known),
        machines=len({row.machine for row in known}),
        networks=len({row.network for row in known}),
        mape_ratio=found.mape_ratio,
        median_ratio=found.median_ratio,
        within_10_ratio=found.within_10_ratio,
        within_20_ratio=found.within_20_ratio,
        spearman=_by_machine(known, key, spearman),
        kendall=_by_machine(known, key, kendall),
        coverage_ratio=sum(held) / len(held) if held else None,
    )


def covered(rows: Sequence[Row], key: str) -> dict[Row, bool]:
    """Whether each row lies in the interval made of rows that share nothing with it.

    Of a network that was held out, intervals are made of the other networks' residuals; on a
    new machine, of those of the other chips; where both are new, of rows that differ in both.
    """
    known = [row for row in rows if key in row.predicted_s]
    residual = {row: log(row.predicted_s[key] / row.measured_s) for row in known}
    found: dict[Row, bool] = {}
    for pool, members in _pools(known):
        values = np.array([residual[row] for row in pool])
        chips, networks = np.array([_held(row, key) for row in pool]).T
        names = np.array([row.network for row in pool])
        for chip, network in dict.fromkeys(_held(row, key) for row in members):
            apart = ((chips != chip) | (chip == "")) & ((networks != network) | (network == ""))
            if not apart.any():
                continue
            low, high = ends(values[apart], networks=len(set(names[apart])))
            for row in members:
                if _held(row, key) == (chip, network):
                    found[row] = low <= exp(-residual[row]) <= high
    return found


def intervals(rows: Sequence[Row], key: str, group: str) -> tuple[float, float] | None:
    """Ends of a group's interval, as measured over predicted; None without rows."""
    known = [row for row in rows if key in row.predicted_s]
    mine = [row for row in known if row.machine.group == group]
    pool = mine if len(mine) >= _OWN_INTERVAL else known
    if not pool:
        return None
    residuals = np.array([log(row.predicted_s[key] / row.measured_s) for row in pool])
    return ends(residuals, networks=len({row.network for row in pool}))


def _pools(rows: Sequence[Row]) -> list[tuple[list[Row], list[Row]]]:
    """Rows that make the interval of other rows: of their group, or of all if it is small."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.machine.group, []).append(row)
    everything = list(rows)
    return [
        (group if len(group) >= _OWN_INTERVAL else everything, group) for group in groups.values()
    ]


def _held(row: Row, key: str) -> tuple[str, str]:
    """What was held out of a row's prediction: chip and network, "" for neither."""
    chip = row.machine.subject.chip if key.startswith((NEW, STRICT)) else ""
    return chip, "" if key.startswith(NEW) else row.network


def _by_machine(
    rows: Sequence[Row],
    key: str,
    figure: Callable[[Sequence[tuple[float, float]]], float | None],
) -> float | None:
    """The median over machines of a figure of order."""
    found = []
    for _, mine in by_machine(rows):
        pairs = [(row.measured_s, row.predicted_s[key]) for row in mine]
        value = figure(pairs) if len(pairs) >= _FEWEST_RANKED else None
        if value is not None:
            found.append(value)
    return median(found) if found else None


def by_machine(rows: Iterable[Row]) -> list[tuple[Machine, list[Row]]]:
    """Rows by machine."""
    found: dict[Machine, list[Row]] = {}
    for row in rows:
        found.setdefault(row.machine, []).append(row)
    return list(found.items())


def statements(rows: Sequence[Row], key: str = KNOWN) -> Statements:
    """Ranking statements on each machine, allowed by what other chips' pairs say.

    With machines of one chip alone, its own pairs say it.
    """
    known = [row for row in rows if key in row.predicted_s]
    pairs = stated = right = ordered = 0
    for pool, members in _pools(known):
        gaps = {machine: _gaps(mine, key) for machine, mine in by_machine(pool)}
        for machine, mine in by_machine(members):
            least = _least(gaps, machine)
            for one, other in combinations(mine, 2):
                told = log(one.predicted_s[key] / other.predicted_s[key])
                true = log(one.measured_s / other.measured_s)
                pairs += 1
                ordered += told * true > 0
                stated += abs(told) > least
                right += abs(told) > least and told * true > 0
    return Statements(pairs=pairs, stated=stated, right=right, ordered=ordered)


def _gaps(rows: Sequence[Row], key: str) -> Array:
    residual = np.array([log(row.predicted_s[key] / row.measured_s) for row in rows])
    first, second = np.triu_indices(len(residual), 1)
    return np.asarray(np.abs(residual[first] - residual[second]))


def _least(gaps: dict[Machine, Array], machine: Machine) -> float:
    """The logarithm that two predictions must differ by, as `costscope.fit.intervals.pair`.

    A gap counts once with each sign, so the quantile of the signed gaps is one of the sizes.
    """
    others = [
        each for other, each in gaps.items() if other.subject.chip != machine.subject.chip
    ] or list(gaps.values())
    sizes = np.concatenate(others)
    return float(np.quantile(sizes, 2 * CONFIDENCE - 1)) if len(sizes) else 0.0


def worst(rows: Sequence[Row], count: int, key: str = KNOWN) -> list[tuple[Row, Cause]]:
    """The rows that are off by the largest factor, each with what its error has in common."""
    known = [row for row in rows if key in row.predicted_s]
    ranked = sorted(known, key=lambda row: -abs(log(row.predicted_s[key] / row.measured_s)))
    return [(row, cause(row, known, key)) for row in ranked[:count]]


def cause(row: Row, rows: Sequence[Row], key: str = KNOWN) -> Cause:
    """Whether the network is off everywhere, or the machine in everything."""
    mine = log(row.predicted_s[key] / row.measured_s)
    network = _shared(
        [r for r in rows if r.network == row.network and r.machine != row.machine], key, 1
    )
    machine = _shared(
        [r for r in rows if r.machine == row.machine and r.network != row.network],
        key,
        _FEWEST_ALIKE,
    )
    words = [
        name
        for name, value in (("the network", network), ("the machine", machine))
        if value is not None and mine and value / mine >= _SHARED
    ]
    return Cause(
        network_ratio=None if network is None else exp(network) - 1,
        machine_ratio=None if machine is None else exp(machine) - 1,
        words=" and ".join(words) or ("this row" if network is not None else "unknown"),
    )


def _shared(rows: Sequence[Row], key: str, fewest: int) -> float | None:
    """The median of log(predicted / measured); None with fewer rows."""
    if len(rows) < fewest:
        return None
    return median(log(row.predicted_s[key] / row.measured_s) for row in rows)
