"""The check as workflow commands of GitHub Actions: notes beside the files, the worst first.

GitHub shows at most ten errors, ten warnings and ten notices of a step.
Source: GitHub Docs, "Workflow commands for GitHub Actions" and the limits of annotations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from costscope.analysis.types import Severity
from costscope.gate.reports import order, places, report, words
from costscope.gate.reports.foreign import named, said
from costscope.gate.reports.order import Found
from costscope.gate.types import Check, Checked, Standing, Verdict

_MOST = 10
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_ORDER = tuple(_KINDS.values())
_SIGNS = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_SIGNS = {**_SIGNS, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """An annotation: file, title and message."""

    file: str
    title: str
    message: str


@report("github", suffix=".annotations", summary="Annotations of GitHub Actions, on its log.")
def render(check: Check, _terminal: bool = False) -> str:
    """A line for each annotation, at most ten of a kind, and the summary below."""
    shown: Counter[str] = Counter()
    lines = []
    for kind, mark in sorted(_marks(check), key=lambda each: _ORDER.index(each[0])):
        shown[kind] += 1
        if shown[kind] <= _MOST:
            lines.append(_command(kind, mark()))
    hidden = {kind: number - _MOST for kind, number in shown.items() if number > _MOST}
    if hidden:
        more = ", ".join(f"{number} more of kind {kind}" for kind, number in hidden.items())
        lines.append(f"{more}: see the step summary or --format json")
    return "\n".join([*lines, words.summary(check)]) + "\n"


def _marks(check: Check) -> Iterator[tuple[str, Callable[[], _Mark]]]:
    """Kinds of annotations and what makes them, budgets first: most are only counted."""
    kind = "error" if check.undecided_fails else "warning"
    for verdict in order.failures(check):
        yield "error", partial(_of_verdict, check, verdict)
    for verdict in check.of(Standing.UNDECIDED):
        yield kind, partial(_of_verdict, check, verdict)
    for broken in order.broken(check):
        yield "error", partial(_of_broken, check, broken)
    for found in order.worst_first(check):
        if found.seen.counts:
            yield (
                _KINDS.get(found.seen.finding.severity, "notice"),
                partial(_of_finding, check, found),
            )


def _of_verdict(check: Check, verdict: Verdict) -> _Mark:
    open_ = verdict.standing is Standing.UNDECIDED
    metric = said(verdict.budget.metric, 60)
    title = f"{metric} {'cannot be decided' if open_ else 'is over budget'}"
    return _Mark(places.path_of(check, verdict.model), title, words.told(verdict))


def _of_broken(check: Check, broken: Checked) -> _Mark:
    return _Mark(places.path_of(check, broken.model), "not analysed", said(broken.error))


def _of_finding(check: Check, each: Found) -> _Mark:
    finding = each.seen.finding
    where = words.place(each.checked.model, each.checked.hardware)
    saves = words.saving(each.seen)
    parts = [f"{where}: {named(finding.subject)}:", words.advice(each.seen)]
    parts += [f"Saves {saves}."] if saves != "-" else []
    title = said(finding.rule, 20)
    return _Mark(places.path_of(check, each.checked.model), title, " ".join(parts))


def _command(kind: str, mark: _Mark) -> str:
    properties = {"file": mark.file, "title": f"costscope: {mark.title}"}
    shown = ",".join(f"{k}={_escaped(v, _PROPERTY_SIGNS)}" for k, v in properties.items() if v)
    return f"::{kind} {shown}::{_escaped(mark.message, _SIGNS)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
