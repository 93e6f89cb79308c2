"""Findings that are neither suppressed nor known to the baseline, by severity."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.analysis.types import Severity
from costscope.gate.metrics import METRICS, Kind, Metric, Reading, Subject
from costscope.views.report.names import brief

_MOST = 3
_NOBODY = "nobody looked for findings; leave out --no-findings"
_ALL = frozenset(Severity)


def _add(name: str, severities: Iterable[Severity], description: str) -> None:
    wanted = frozenset(severities)

    def read(subject: Subject) -> Reading:
        if subject.seen is None:
            return Reading(value=None, why=_NOBODY)
        found = [e for e in subject.seen if e.counts and e.finding.severity in wanted]
        causes = tuple(brief(f"{e.finding.rule} {e.finding.subject}") for e in found[:_MOST])
        return Reading(value=len(found), causes=causes)

    METRICS.add(
        name,
        Metric(name=name, kind=Kind.COUNT, description=description, read=read, severities=wanted),
    )


_NEW = "that are neither suppressed nor in the baseline; `0`."
_add("errors", [Severity.ERROR], f"Findings of severity error {_NEW}")
_add("warnings", [Severity.WARNING], f"Findings of severity warning {_NEW}")
_add("notes", [Severity.NOTE], f"Findings of severity note {_NEW}")
_add("findings", _ALL, f"Findings of any severity {_NEW}")
