"""The check for a terminal: what fails first, the verdict in the last line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costscope.gate.reports import figures, order, report, words
from costscope.gate.reports.foreign import named, said, sentence
from costscope.gate.types import Check, Standing, Verdict
from costscope.views.report.names import counted
from costscope.views.report.terminal import text_of
from costscope.views.report.types import Cells, Column, Grid, Report, Section, Tone

_MOST_VERDICTS = 100  # rows of what fails or cannot be decided
_MOST_PASSES = 20
_MOST_FINDINGS = 10
_MOST_NOTES = 50
_MODEL, _METRIC = 36, 24  # signs


@report("table", suffix=".txt", summary="For reading in a terminal, as wide as it is.")
def render(check: Check, terminal: bool) -> str:
    """The check as text, coloured where standard output shows colours.

    NO_COLOR, FORCE_COLOR, TERM and COLUMNS are honoured; a pipe gets 80 columns.
    """
    return text_of([_report(check)], terminal=terminal)


def _report(check: Check) -> Report:
    files = [f"budgets of {named(check.config)}"] if check.config else []
    files += [f"baseline {named(check.baseline)}"] if check.baseline else []
    sections = [*_fails(check), *_open(check), *_passes(check), *_broken(check)]
    sections += [*_findings(check), *_notes(check)]
    tone = {"pass": Tone.GOOD, "fail": Tone.BAD}.get(words.outcome(check), Tone.WARNING)
    return Report(
        title=f"{words.subjects(check)}, {counted(len(check.verdicts), 'budget')}",
        subtitle="; ".join(files) or "budgets of the command line",
        sections=(*sections, Section(words.summary(check), tone=tone)),
    )


def _fails(check: Check) -> Iterator[Section]:
    """What is beyond its limit, with the reasons below."""
    all_ = order.failures(check)
    shown = all_[:_MOST_VERDICTS]
    if shown:
        lines = words.failure_lines(shown)
        more = words.left_out(len(all_) - len(shown), "failure")
        yield Section(
            "Fails",
            grid=_grid(shown, over="over"),
            lines=(*lines, *([more] if more else [])),
            tone=Tone.BAD,
        )


def _open(check: Check) -> Iterator[Section]:
    """What cannot be decided, and why: the reason ends with the next step."""
    lines = words.open_lines(check)
    if lines:
        more = words.left_out(len(lines) - _MOST_VERDICTS, "reason")
        kept = (*lines[:_MOST_VERDICTS], *([more] if more else []))
        tone = Tone.BAD if check.undecided_fails else Tone.WARNING
        yield Section("Cannot be decided", lines=kept, tone=tone)


def _passes(check: Check) -> Iterator[Section]:
    all_ = check.of(Standing.PASS)
    shown = all_[:_MOST_PASSES]
    if shown:
        more = words.left_out(len(all_) - len(shown), "budget")
        lines = (more,) if more else ()
        yield Section("Passes", grid=_grid(shown, over="left"), lines=lines, tone=Tone.GOOD)


def _grid(shown: Sequence[Verdict], *, over: str) -> Grid:
    """Figures of verdicts, a row each; columns that say nothing are left out."""
    columns = [
        Column("budget", Cells.WORD, least=16),
        Column("value"),
        Column("interval", rank=2),
        Column("limit"),
        Column("base", Cells.WORD, rank=3),
        Column(over),
        Column("model", Cells.WORD, least=14),
        Column("machine", Cells.WORD, rank=1, least=8),
    ]
    rows = [
        (
            said(each.budget.metric, _METRIC),
            figures.value_of(each),
            figures.interval(each),
            figures.limit_of(each),
            figures.base_of(each),
            figures.margin(each).lstrip("+-"),
            named(each.model, _MODEL),
            named(each.hardware, _METRIC),
        )
        for each in shown
    ]
    kept = [i for i in range(len(columns)) if any(row[i] for row in rows)]
    return Grid(tuple(columns[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in rows))


def _broken(check: Check) -> Iterator[Section]:
    lines = [
        f"{words.place(each.model, each.hardware)}: {sentence(said(each.error))}"
        for each in order.broken(check)
    ]
    if lines:
        more = words.left_out(len(lines) - _MOST_VERDICTS, "model")
        kept = (*lines[:_MOST_VERDICTS], *([more] if more else []))
        yield Section("Not analysed", lines=kept, tone=Tone.BAD)


def _findings(check: Check) -> Iterator[Section]:
    """New findings: of each rule in a model the greatest, in the order of what they save."""
    all_ = order.findings(check)
    shown = all_.heads[:_MOST_FINDINGS]
    lines = all_.beside(len(all_.new) - sum(1 + each.more for each in shown))
    if shown or lines:
        grid = _found(check, shown) if shown else None
        yield Section("Findings", grid=grid, lines=lines)


def _found(check: Check, shown: Sequence[order.Found]) -> Grid:
    """Findings, a row each."""
    columns = (
        Column("rule", Cells.WORD),
        Column("saves"),
        Column("what", Cells.PROSE),
    )
    rows = tuple(
        (
            said(each.seen.finding.rule, 12),
            words.saving(each.seen),
            f"{words.spot(check, each.checked, each.seen)}: {words.greatest(each)}",
        )
        for each in shown
    )
    return Grid(columns, rows)


def _notes(check: Check) -> Iterator[Section]:
    if check.notes:
        shown = [sentence(said(each)) for each in check.notes[:_MOST_NOTES]]
        more = words.left_out(len(check.notes) - _MOST_NOTES, "note")
        yield Section("Notes", lines=(*shown, *([more] if more else [])))
