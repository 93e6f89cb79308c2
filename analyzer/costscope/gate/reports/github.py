"""The check as workflow commands of GitHub Actions: notes beside the files, the worst first.

GitHub shows at most ten errors, ten warnings and ten notices of a step.
Source: GitHub Docs, "Workflow commands for GitHub Actions" and the limits of annotations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from costscope.analysis.types import Severity
from costscope.gate.reports import order, places, report, words
from costscope.gate.reports.order import Found
from costscope.gate.types import Check, Standing, Verdict

_MOST = 10
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SIGNS = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_SIGNS = {**_SIGNS, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """An annotation: kind, file, title and message."""

    kind: str
    file: str
    title: str
    message: str


@report("github", suffix=".annotations", summary="Annotations of GitHub Actions, on its log.")
def render(check: Check, _terminal: bool = False) -> str:
    """A line for each annotation, at most ten of a kind, and the summary below."""
    shown: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    lines = []
    for mark in _marks(check):
        if shown[mark.kind] == _MOST:
            hidden[mark.kind] += 1
            continue
        shown[mark.kind] += 1
        lines.append(_command(mark))
    if hidden:
        more = ", ".join(f"{number} more of kind {kind}" for kind, number in hidden.items())
        lines.append(f"{more}: see the step summary or --format json")
    return "\n".join([*lines, words.summary(check)]) + "\n"


def _marks(check: Check) -> Iterator[_Mark]:
    yield from (_of_verdict(check, each, "error") for each in order.failures(check))
    kind = "error" if check.undecided_fails else "warning"
    yield from (_of_verdict(check, each, kind) for each in check.of(Standing.UNDECIDED))
    for broken in order.broken(check):
        file = places.path_of(check, broken.model)
        yield _Mark("error", file, "not analysed", words.said(broken.error))
    yield from (_of_finding(check, e) for e in order.worst_first(check) if e.seen.counts)


def _of_verdict(check: Check, verdict: Verdict, kind: str) -> _Mark:
    open_ = verdict.standing is Standing.UNDECIDED
    where = words.place(verdict.model, verdict.hardware)
    metric = words.said(verdict.budget.metric, 60)
    title = f"{metric} {'cannot be decided' if open_ else 'is over budget'}"
    facts = words.asked(verdict) if open_ else f"{where}: {words.comparison(verdict)}"
    message = f"{words.sentence(facts)} {words.why(verdict)}".strip()
    return _Mark(kind, places.path_of(check, verdict.model), title, message)


def _of_finding(check: Check, each: Found) -> _Mark:
    finding = each.seen.finding
    parts = [words.place(each.checked.model, each.checked.hardware) + ":"]
    parts += [f"{words.named(finding.subject)}:", words.sentence(words.said(finding.message))]
    parts += [words.sentence(words.said(finding.change))] if finding.change else []
    saves = words.saving(each.seen)
    parts += [f"Saves {saves}."] if saves != "-" else []
    kind = _KINDS.get(finding.severity, "notice")
    title = words.said(finding.rule, 20)
    return _Mark(kind, places.path_of(check, each.checked.model), title, " ".join(parts))


def _command(mark: _Mark) -> str:
    properties = {"file": mark.file, "title": f"costscope: {mark.title}"}
    shown = ",".join(f"{k}={_escaped(v, _PROPERTY_SIGNS)}" for k, v in properties.items() if v)
    return f"::{mark.kind} {shown}::{_escaped(mark.message, _SIGNS)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
