"""What to change, by rule: the greatest saving of each, and how many more there are."""

from __future__ import annotations

from costscope.analysis.types import Analysis, Finding, Severity
from costscope.units import format_bytes, format_latency
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import share
from costscope.views.report.types import Cells, Column, Grid, Section, Tone

_RULES = 10  # shown
_COLUMNS = (
    Column("rule", Cells.WORD),
    Column("what was found, and what to do", Cells.PROSE),
    Column("saves"),
    Column("of all", rank=1),
    Column("more", rank=1),
)


def advice(analysis: Analysis) -> list[Section]:
    """The findings for the first machine; nothing where nobody looked or nothing was found."""
    machine = analysis.first.hardware
    name = machine.name if machine else ""
    by_rule: dict[str, list[Finding]] = {}
    for each in analysis.findings or ():
        if each.hardware == name:
            by_rule.setdefault(each.rule, []).append(each)
    if not by_rule:
        return []
    groups = list(by_rule.values())
    number = sum(map(len, groups))
    worst = any(each[0].severity is Severity.ERROR for each in groups)
    return [
        Section(
            f"What to change: {counted(number, 'finding')} of {counted(len(groups), 'rule')}",
            grid=Grid(_COLUMNS, tuple(map(_row, groups[:_RULES]))),
            lines=_lines(groups),
            tone=Tone.BAD if worst else Tone.PLAIN,
        )
    ]


def _row(found: list[Finding]) -> tuple[str, ...]:
    """The greatest of one rule."""
    first = found[0]
    where = brief(first.subject)
    ratio = first.saving_ratio
    return (
        first.rule,
        f"{_mark(first)}{where}: {clean(first.message)}. {_sentence(first.change)}",
        saved(first),
        "-" if ratio is None or ratio <= 0 else share(ratio),
        str(len(found) - 1) if len(found) > 1 else "-",
    )


def _sentence(text: str) -> str:
    """It with a capital and a full stop."""
    cleaned = clean(text)
    return f"{cleaned[:1].upper()}{cleaned[1:]}." if cleaned else ""


def _mark(finding: Finding) -> str:
    return "" if finding.severity is Severity.WARNING else f"[{finding.severity}] "


def saved(finding: Finding) -> str:
    """What a finding saves: time, else traffic; a dash where that is nothing or not known."""
    if finding.saving_s is not None:
        return format_latency(finding.saving_s) if finding.saving_s > 0 else "no time"
    if finding.saving_bytes is not None and finding.saving_bytes > 0:
        return format_bytes(finding.saving_bytes)
    return "-"


def _lines(groups: list[list[Finding]]) -> tuple[str, ...]:
    shown = ", ".join(each[0].rule for each in groups[_RULES:])
    more = (f"and of the rules {shown}; --format json has all.",) if shown else ()
    code = groups[0][0].rule
    note = (
        "The greatest saving of each rule, by pricing the changed network; savings do not add "
        f"up. costscope explain {code} says why; costscope check gates on them."
    )
    return (*more, note)
