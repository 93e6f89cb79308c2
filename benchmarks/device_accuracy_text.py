"""The device report as markdown, from its held-out rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import costscope
from costscope.accuracy.grids import percent
from costscope.accuracy.metrics import wilson
from costscope.fit.intervals import CONFIDENCE
from device_accuracy_cases import left_out_runtimes, new_machines, peak_ram, table5, worst_rows
from device_accuracy_figures import Reached, covered, reached, statements
from device_accuracy_grid import NONE, errors, grid, slices
from device_accuracy_memory import Memory
from device_accuracy_rows import ARCHITECTURE, KNOWN, MACS, ROOF_MAX, ROOF_SUM, Held
from device_accuracy_targets import COVERAGE, RANKS, Outcome, missed, outcomes
from device_accuracy_words import EARLIER, HELD_OUT, NOT_MODELLED, REPRODUCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the report tells.

    Attributes:
        families: held-out rows of each.
        runtimes: rows of runtimes that were left out.
        memories: peak RAM.
        uses: by table, how many rows are used, and how many are not for which reason.
    """

    families: tuple[Held, ...]
    runtimes: tuple[Held, ...]
    memories: tuple[Memory, ...]
    uses: Mapping[str, Mapping[str, int]]


def markdown(report: Report) -> str:
    """The whole document."""
    found = outcomes(report.families, report.runtimes, report.memories)
    lines = [
        "# Accuracy of the shipped device profiles",
        "",
        f"Made by `make report-devices` with costscope {costscope.__version__} from the tables in",
        "`hardware_profiles/measurements`; every held-out prediction is in",
        "`reports/device_accuracy.json`. An error is predicted / measured - 1; MAPE is the mean",
        "of its size. All figures are of rows that no fit had seen.",
        "",
        *_asked(found),
        *HELD_OUT,
        *_families(report.families),
        "![Predicted against measured](device_accuracy.png)",
        "",
        *EARLIER,
        *_baselines(report.families),
        *_statements(report.families),
        *new_machines(report.families),
        "![New machines](device_accuracy_new.png)",
        "",
        *left_out_runtimes(report.runtimes, report.families),
        *table5(report.families),
        *peak_ram(report.memories),
        *worst_rows(report.families),
        *_uses(report),
        *NOT_MODELLED,
        *REPRODUCE,
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _asked(found: Sequence[Outcome]) -> list[str]:
    rows = []
    for each in found:
        target = each.target
        verdict = "no rows" if each.good is None else "yes" if each.good else "**no**"
        ends = [_figure(target.figure, end) for end in (target.least, target.most)]
        asked = f"at most {ends[1]}" if target.least < 0 else f"at least {ends[0]}"
        if target.least > 0 and target.most < 1:
            asked = f"{ends[0]} to {ends[1]}"
        value = NONE if each.value is None else _reached(each, each.value)
        more = NONE if each.variants_out is None else _figure(target.figure, each.variants_out)
        what = (target.item, target.what, target.figure, verdict)
        rows.append((*what, asked, value, more, f"{each.rows:,}"))
    columns = ("item", "rows of", "figure", "met", "asked", "reached", "all variants out", "rows")
    told = [
        f"{missed(found)} Items are those of the list that asks for them; 6 and 7 are elsewhere.",
        "A share of intervals has Wilson's 95 % interval of that share beside it.",
    ]
    return ["## Figures asked and reached", "", *told, "", *grid(columns, rows, words=4)]


def _reached(outcome: Outcome, value: float) -> str:
    told = _figure(outcome.target.figure, value)
    if outcome.target.figure != COVERAGE:
        return told
    low, high = wilson(round(value * outcome.rows), outcome.rows)
    return f"{told} ({low * 100:.0f} to {high * 100:.0f})"


def _figure(name: str, value: float) -> str:
    return f"{value:.3f}" if name in RANKS else percent(value)


def _families(families: Sequence[Held]) -> list[str]:
    rows = []
    for held in families:
        inside = covered(held.scored, KNOWN)
        for label, some in slices(held):
            found = reached(some, KNOWN, inside)
            if found is not None:
                siblings = reached(some, ARCHITECTURE)
                extra = NONE if siblings is None else errors(siblings)
                named = f"{label} (ranking only)" if held.ranking and label[0] != "-" else label
                rows.append((named, *_counts(found), *_cells(found), extra))
    columns = (
        "family", "rows", "machines", "networks", "MAPE", "median", "in 10 %", "in 20 %",
        "Spearman", "Kendall", "intervals hold", "all variants out",
    )  # fmt: skip
    return ["## Networks held out", "", *grid(columns, rows)]


def _counts(found: Reached) -> tuple[str, ...]:
    return (f"{found.rows:,}", f"{found.machines}", f"{found.networks}")


def _cells(found: Reached) -> tuple[str, ...]:
    return (
        percent(found.mape_ratio),
        percent(found.median_ratio),
        percent(found.within_10_ratio),
        percent(found.within_20_ratio),
        *(NONE if rank is None else f"{rank:.3f}" for rank in (found.spearman, found.kendall)),
        percent(found.coverage_ratio),
    )


def _baselines(families: Sequence[Held]) -> list[str]:
    rows = [
        (label, *(errors(reached(some, key)) for key in (KNOWN, ROOF_SUM, ROOF_MAX, MACS)))
        for held in families
        for label, some in slices(held)
    ]
    columns = ("family", "profile", "roofline, sum", "roofline, max", "MACs x constant")
    better = [held.summary for held in families if _is_beaten(held)]
    told = [
        "MAPE / median in percent on the same rows. A roofline has two numbers a machine, an",
        "arithmetic rate and a bandwidth; each layer takes the larger of its two times, or their",
        "sum. All are fitted by the same robust engine with a prior from the other machines, and",
        "never see the network.",
        "",
        f"A rule of thumb has the smaller MAPE in: {'; '.join(better) or 'no family'}.",
        "",
    ]
    return ["## Beside rules of thumb", "", *told, *grid(columns, rows)]


def _is_beaten(held: Held) -> bool:
    """Whether a rule of thumb has a smaller mean error than the profiles."""
    own, *others = (reached(held.scored, key) for key in (KNOWN, ROOF_SUM, ROOF_MAX, MACS))
    return own is not None and any(
        other is not None and other.mape_ratio < own.mape_ratio for other in others
    )


def _statements(families: Sequence[Held]) -> list[str]:
    rows = []
    for held in families:
        found = statements(held.scored)
        if found.pairs:
            right = percent(found.right / found.stated) if found.stated else NONE
            shares = percent(found.stated / found.pairs), right
            ordered = percent(found.ordered / found.pairs)
            rows.append((held.summary, f"{found.pairs:,}", *shares, ordered))
    told = [
        "`A is faster than B` is said where two held-out predictions on one machine differ by more",
        f"than the ratio that {CONFIDENCE * 100:.0f} % of such pairs on other chips stayed within.",
        "",
    ]
    columns = ("family", "pairs", "said of", "right", "order of all pairs right")
    return ["## Ranking statements", "", *told, *grid(columns, rows)]


def _uses(report: Report) -> list[str]:
    rows = [
        (table, f"{uses.get('fit', 0):,}", f"{sum(uses.values()):,}", _reasons(uses))
        for table, uses in report.uses.items()
    ]
    lines = ["## Rows that are used, and rows that are not", ""]
    lines += [
        "Reasons are explained in `hardware_profiles/measurements/SOURCES.md`. Rows that are not",
        "used are in no figure above. `used` counts rows of runtimes that no family has too; of",
        "two rows of one network on one machine with the same setting the last one counts.",
        "",
        *grid(("table", "used", "rows", "not used"), rows),
    ]
    left = [
        f"- {held.summary}: {', '.join(n for n, w in held.left_out.items() if w == why)}: {why}"
        for held in report.families
        for why in dict.fromkeys(held.left_out.values())
    ]
    return (
        [*lines, "Networks that are neither fitted nor counted:", "", *left, ""] if left else lines
    )


def _reasons(uses: Mapping[str, int]) -> str:
    others = sorted(((n, use) for use, n in uses.items() if use != "fit"), reverse=True)
    return ", ".join(f"{use} {n}" for n, use in others)
