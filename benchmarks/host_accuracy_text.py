"""The accuracy report as markdown, from the results of each regime alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

import costscope
from costscope.accuracy.families import Half, Split
from costscope.accuracy.grids import (
    Grid,
    apart,
    kinds,
    networks,
    percent,
    size_bands,
    whole_networks,
)
from costscope.accuracy.markdown import table
from costscope.accuracy.sentences import head, verdict
from costscope.accuracy.summary import summarize
from costscope.accuracy.types import Accuracy, NetworkResult
from host_targets import REGIMES, TARGETS, Regime, Target

Results = Mapping[str, Accuracy]


def report(results: Results, split: Split | None) -> str:
    """The whole report.

    Args:
        results: by regime; those that were not run are left out, and said to be.
        split: which families were looked at while the terms were chosen; None if nobody
            wrote it down: nothing then counts as unseen.
    """
    shown = [regime for regime in REGIMES if regime.key in results]
    missing = [regime.title for regime in REGIMES if regime.key not in results]
    lines = [
        "# Accuracy on a calibrated machine",
        "",
        f"Made by `make report-host` with costscope {costscope.__version__} from",
        "`reports/host_accuracy.json`, which holds each network's result.",
        "",
        *([f"Not run: {'; '.join(missing)}.", ""] if missing else []),
        *_where(results, shown),
        *_split_section(results, shown, split),
        *_targets(results, split),
    ]
    for regime in shown:
        lines += _regime(regime, results[regime.key], split)
    return "\n".join([*lines, ""])


def _where(results: Results, shown: Sequence[Regime]) -> list[str]:
    """Machine, date, runtime and noise of every regime."""
    lines = ["## Where and how noisy", ""]
    for regime in shown:
        accuracy = results[regime.key]
        told = "; ".join(head(accuracy))
        noise = [s for s in verdict(accuracy, summarize(accuracy.networks)) if "noise:" in s]
        lines.append(f"- {regime.title}: {told}. {' '.join(noise) or 'No second measurement.'}")
    return [*lines, ""]


def _split_section(results: Results, shown: Sequence[Regime], split: Split | None) -> list[str]:
    lines = ["## What was looked at before", ""]
    if split is None:
        return [
            *lines,
            "Nobody wrote down which families were looked at: no network counts as unseen.",
            "",
        ]
    names = {each.name for regime in shown for each in results[regime.key].networks}
    count = Counter(split.half(name) for name in names)
    known = {half: {split.family(n) for n in names if split.half(n) is half} for half in Half}
    lines += [
        "No latency of any of these networks entered a fit. Families are split in two:",
        "",
        f"- choose: {count[Half.CHOOSE]} networks of {len(known[Half.CHOOSE])} families, looked at",
        "  while the terms of the time model were chosen.",
        f"- report: {count[Half.REPORT]} networks of {len(known[Half.REPORT])} families, never",
        "  looked at before the model was final. The figures asked are held against these.",
    ]
    if count[Half.NEITHER]:
        some = ", ".join(sorted(n for n in names if split.half(n) is Half.NEITHER))
        lines.append(f"- neither, and in no half's figures: {some}.")
    return [*lines, ""]


def halves(
    some: Sequence[NetworkResult], split: Split | None
) -> dict[Half, tuple[NetworkResult, ...]]:
    """Networks by half; without a split none was left unseen."""
    if split is None:
        return {Half.CHOOSE: tuple(some), Half.REPORT: (), Half.NEITHER: ()}
    return {half: tuple(n for n in some if split.half(n.name) is half) for half in Half}


def _targets(results: Results, split: Split | None) -> list[str]:
    """Figures asked beside those reached; the report half decides."""
    rows = []
    for target in TARGETS:
        if target.regime not in results:
            continue
        every = results[target.regime].networks
        parts = halves(every, split)
        value, count = target.reached(parts[Half.REPORT])
        known, _ = target.reached(parts[Half.CHOOSE])
        whole, _ = target.reached(every)
        good = "no network" if value is None else "yes" if target.good(value) else "**no**"
        title = next(regime.title for regime in REGIMES if regime.key == target.regime)
        values = (_value(target, each) for each in (value, known, whole))
        what = (title, _sizes(target), target.figure, _asked(target))
        rows.append((*what, *values, f"{count}", good))
    columns = (
        "regime", "networks", "figure", "asked", "report half", "choose half", "all", "nets",
        "reached",
    )  # fmt: skip
    grid = Grid(title="", columns=columns, rows=tuple(rows))
    return ["## Figures asked and reached", "", *table(grid), ""]


def _asked(target: Target) -> str:
    ends = [_value(target, end) for end in (target.least, target.most)]
    if target.least == -inf:
        return f"at most {ends[1]}"
    if target.most == inf:
        return f"at least {ends[0]}"
    return f"{ends[0]} to {ends[1]}"


def _value(target: Target, value: float | None) -> str:
    if value is None or abs(value) == inf:
        return ""
    return percent(value) if target.ratio else f"{value:.3f}"


def _sizes(target: Target) -> str:
    low, high = f"{target.low_s * 1e3:g} ms", f"{target.high_s * 1e3:g} ms"
    if target.low_s == 0:
        return "all" if target.high_s == inf else f"below {high}"
    return f"{low} and more" if target.high_s == inf else f"{low} to {high}"


def _regime(regime: Regime, accuracy: Accuracy, split: Split | None) -> list[str]:
    """Everything of one regime."""
    every = accuracy.networks
    lines = [f"## {regime.title}", ""]
    lines += [f"- {line}" for line in verdict(accuracy, summarize(every))]
    for half, some in halves(every, split).items():
        if half is Half.NEITHER or not some:
            continue
        name = f"{half} half" if split is not None else "all networks"
        summary = summarize(some)
        for grid in (whole_networks(summary), size_bands(summary)):
            lines += _section(replace(grid, title=f"{grid.title}, {name}"))
    for grid in (kinds(summarize(every)), _with_half(networks(every), split), apart(every)):
        lines += _section(grid)
    return [*lines, ""]


def _section(grid: Grid) -> list[str]:
    return ["", f"### {grid.title}", "", *table(grid)] if grid.rows else []


def _with_half(grid: Grid, split: Split | None) -> Grid:
    """The grid of networks with the half that each one is in."""
    if split is None:
        return grid
    rows = tuple((*row[:-1], split.half(row[0]).value, row[-1]) for row in grid.rows)
    return replace(grid, columns=(*grid.columns[:-1], "half", grid.columns[-1]), rows=rows)
