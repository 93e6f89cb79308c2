"""What a report shows first: failures by how far they are off, findings by what they save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

from costscope.analysis.types import Severity
from costscope.gate.reports.figures import compared
from costscope.gate.types import Check, Checked, Seen, Standing, Verdict
from costscope.views.report.names import counted

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, what it was found in, and how many of its rule save less there."""

    checked: Checked
    seen: Seen
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All findings of a check.

    Attributes:
        new: those that count, the greatest saving first.
        known: how many the baseline has.
        suppressed: how many somebody decided to live with.
    """

    new: tuple[Found, ...]
    known: int
    suppressed: int

    @property
    def heads(self) -> tuple[Found, ...]:
        """The greatest of each rule in a model on a machine, with how many more it has there."""
        groups: dict[tuple[str, str, str], list[Found]] = {}
        for each in self.new:
            where = each.checked.model, each.checked.hardware
            groups.setdefault((each.seen.finding.rule, *where), []).append(each)
        return tuple(replace(group[0], more=len(group) - 1) for group in groups.values())

    def beside(self, hidden: int) -> tuple[str, ...]:
        """Lines about those that a report does not show; `hidden` of the new ones."""
        lines = []
        if hidden > 0:
            lines.append(f"and {hidden} more findings: --format json has them all")
        if self.known:
            lines.append(f"{counted(self.known, 'finding')} of the baseline not shown")
        if self.suppressed:
            lines.append(f"{counted(self.suppressed, 'suppressed finding')} not shown")
        return tuple(lines)


def findings(check: Check) -> Findings:
    """The findings, sorted and counted."""
    everything = list(found(check))
    return Findings(
        new=tuple(sorted((each for each in everything if each.seen.counts), key=_by_saving)),
        known=sum(each.seen.known and not each.seen.suppressed for each in everything),
        suppressed=sum(bool(each.seen.suppressed) for each in everything),
    )


def found(check: Check) -> Iterator[Found]:
    """Every finding, in the order of models, machines and saving."""
    return (Found(each, seen) for each in check.checked for seen in each.findings)


def worst_first(check: Check) -> tuple[Found, ...]:
    """All findings: those that count first, then by severity, then by saving."""
    return tuple(
        sorted(
            found(check),
            key=lambda each: (not each.seen.counts, rank(each.seen), *_by_saving(each)),
        )
    )


def rank(seen: Seen) -> int:
    """Place of the severity: 0 for the worst."""
    return _RANKS.get(seen.finding.severity, len(_RANKS))


def _by_saving(each: Found) -> tuple[bool, float, float, int]:
    finding = each.seen.finding
    known = finding.saving_s is not None and isfinite(finding.saving_s)
    return (
        not known,
        -finding.saving_s if known and finding.saving_s is not None else 0.0,
        -(finding.saving_bytes or 0),
        rank(each.seen),
    )


def failures(check: Check) -> tuple[Verdict, ...]:
    """What fails, what is furthest beyond its limit first."""
    return tuple(sorted(check.of(Standing.FAIL), key=lambda each: -_excess(each)))


def _excess(verdict: Verdict) -> float:
    value, limit = compared(verdict), verdict.limit
    if value is None or limit is None or not isfinite(limit):
        return 0.0
    return (value - limit) / limit if limit > 0 else float("inf")


def broken(check: Check) -> tuple[Checked, ...]:
    """Models that could not be analysed and that no verdict speaks of."""
    told = {verdict.model for verdict in check.of(Standing.UNDECIDED)}
    told |= {verdict.model for verdict in check.of(Standing.FAIL)}
    return tuple(each for each in check.checked if each.error and each.model not in told)
