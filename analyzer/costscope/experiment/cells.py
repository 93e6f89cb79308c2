"""An experiment as cells and sentences: the same words for the terminal and for markdown."""

from __future__ import annotations

from collections.abc import Iterator

from costscope.experiment import published
from costscope.experiment.agreement import MEASURED, PREDICTED
from costscope.experiment.network import told
from costscope.experiment.types import Agreement, Experiment, Outcome
from costscope.units import format_count, format_interval, format_latency

NOTHING = "-"
RELATIVE = "rel"
_HUNDRED = 100


def heads(experiment: Experiment, *, wide: bool = True) -> list[str]:
    """Heads of the columns; a narrow table leaves out MACs and intervals."""
    found = ["setting", "channels", *(["MACs"] if wide else [])]
    for each in published.platforms().values():
        found += [f"{each.short} {each.unit}" if wide else f"{each.short} /s", RELATIVE]
    for who in columns(experiment):
        found += [who, RELATIVE]
    return found


def columns(experiment: Experiment) -> list[str]:
    """`measured` and `predicted`, those of them that any network has."""
    return [
        who
        for who in (MEASURED, PREDICTED)
        if any(each.speed(who) is not None for each in experiment.outcomes)
    ]


def widths(experiment: Experiment, *, wide: bool = True) -> Iterator[list[list[str]]]:
    """Rows of cells, those of one width together."""
    group: list[list[str]] = []
    for number, outcome in enumerate(experiment.outcomes):
        if number and outcome.row.scale != experiment.outcomes[number - 1].row.scale:
            yield group
            group = []
        group.append(_cells(experiment, outcome, wide=wide))
    yield group


def title(experiment: Experiment) -> str:
    """The guideline and where it is printed."""
    found = experiment.guideline
    return f"{found.name.upper()}: {found.title} ({published.paper()}, {found.table})"


def conditions(experiment: Experiment) -> str:
    """What was run where, and what the predictions are for; "" if neither."""
    parts = []
    if experiment.runtime:
        computer = experiment.computer
        where = f" on {computer.cpu}, {computer.cores} cores" if computer else ""
        parts.append(f"measured with {experiment.runtime}{where}")
    if experiment.hardware:
        parts.append(f"predicted for {experiment.hardware}")
    return "; ".join(parts)


def agreement(found: Agreement) -> str:
    """One line: how well two columns order the networks."""
    platform = published.platforms().get(found.second)
    second = f"the paper's {platform.short}" if platform else found.second
    return (
        f"{found.first} and {second}: Spearman {_coefficient(found.spearman)}, "
        f"Kendall {_coefficient(found.kendall)}; among networks of one width Kendall "
        f"{_coefficient(found.kendall_within)} ({found.networks} networks)"
    )


def legend(experiment: Experiment) -> str:
    """What the columns mean."""
    size = published.image()
    machines = (f"{p.short}: the paper's {p.title}" for p in published.platforms().values())
    parts = [
        f"Each network is {published.blocks()} blocks on one image of {size} x {size}",
        "rel: speed over that of the first setting of the same width",
        *machines,
    ]
    if MEASURED in columns(experiment):
        share = min(e.measured.confidence for e in experiment.outcomes if e.measured)
        parts.append(f"measured: median, with its {100 * share:.0f} % interval in parentheses")
    if any(each.predicted and each.predicted.low_s for each in experiment.outcomes):
        parts.append("predicted: with its interval in parentheses")
    return "; ".join(parts) + "."


def _cells(experiment: Experiment, outcome: Outcome, *, wide: bool) -> list[str]:
    row = outcome.row
    found = [row.setting, told(row.channels), *([format_count(outcome.macs)] if wide else [])]
    for key in published.platforms():
        found += [_printed(row.paper[key]), _relative(experiment, outcome, key)]
    for who in columns(experiment):
        found += [_latency(outcome, who, wide=wide), _relative(experiment, outcome, who)]
    return found


def _printed(speed: float) -> str:
    """As the paper prints it: one decimal below a hundred."""
    return f"{speed:.1f}" if speed < _HUNDRED else f"{speed:.0f}"


def _latency(outcome: Outcome, who: str, *, wide: bool) -> str:
    if who == MEASURED:
        spread = outcome.measured
        if spread is None:
            return NOTHING
        return _with_ends(spread.median_s, spread.low_s, spread.high_s, wide=wide)
    if outcome.predicted is None:
        return NOTHING
    shown = _with_ends(*outcome.predicted, wide=wide)
    return f">= {shown}" if outcome.lower_bound else shown


def _with_ends(seconds: float, low_s: float | None, high_s: float | None, *, wide: bool) -> str:
    if not wide or low_s is None or high_s is None:
        return format_latency(seconds)
    return format_interval(seconds, low_s, high_s)


def _relative(experiment: Experiment, outcome: Outcome, who: str) -> str:
    ratio = experiment.relative(outcome, who)
    return NOTHING if ratio is None else f"{ratio:.2f}"


def _coefficient(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
