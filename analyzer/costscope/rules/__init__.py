"""Rules: what in a network costs time or memory for no good reason, one rule a file.

A `Case` (a model on a machine) enters a rule and what it found leaves, each with its numbers
and with what the change would save, priced by `whatif`. Rules do not know each other. A rule's
docstring is its documentation: `costscope explain` prints it, reports quote it.
"""

from __future__ import annotations

import inspect as introspection
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from costscope.analysis.types import Analysis, Finding, Severity
from costscope.registry import Registry
from costscope.whatif.case import Case, Retyped, Saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule found in one place.

    Attributes:
        subject: the block, kernel or model it is about.
        message: one sentence: what was found, with its numbers.
        change: one sentence: what to do about it.
        evidence: the numbers behind the sentence, each named with its unit.
        nodes: the operators it is about, in order of execution.
        saving: what the change saves; None where it is no matter of time or traffic.
        severity: where it is not the rule's own.
    """

    subject: str
    message: str
    change: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    saving: Saving | None = None
    severity: Severity | None = None


Look = Callable[[Case], Iterable[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A guideline or a remark.

    Attributes:
        code: `G1`; the letter says what it is about: G the guidelines of ShuffleNet-v2, D what
            a device supports and likes, F what an exported file should not hold, M memory,
            P precision, S the shape of the network.
        name: the flaw, in words that follow "allow": `unequal channel width`.
        severity: of what it finds, unless a finding says otherwise.
        text: its documentation, as `explain` shows it.
        look: finds it.
    """

    code: str
    name: str
    severity: Severity
    text: str
    look: Look

    @property
    def summary(self) -> str:
        """The first sentence of its documentation."""
        return self.text.split("\n\n", maxsplit=1)[0].replace("\n", " ")


_HEADING = re.compile(r"\n+(?=[A-Z][a-z ]+:\n )")
LEAST_SAVING_RATIO = 0.001  # of the latency: below it a warning becomes a note
RULES: Registry[str, Rule] = Registry("costscope.rules", "rule")


def rule(code: str, *, name: str, severity: Severity) -> Callable[[Look], Look]:
    """Register a rule; its docstring has the headings that `explain` promises."""

    def decorate(look: Look) -> Look:
        text = _HEADING.sub("\n\n", introspection.cleandoc(look.__doc__ or ""))
        RULES.add(code, Rule(code=code, name=name, severity=severity, text=text, look=look))
        return look

    return decorate


def inspect(analysis: Analysis, codes: Collection[str] | None = None) -> Analysis:
    """The analysis with what its rules find on each of its machines.

    What does not run comes first, then the greatest saving of time, then of traffic.

    Args:
        analysis: of a model.
        codes: of the rules to ask; all if None.
    """
    retyped: Retyped = {}
    found = [
        finding
        for deployment in analysis.deployments
        for finding in _findings(Case(analysis, deployment, retyped), codes)
    ]
    return replace(analysis, findings=tuple(sorted(found, key=_rank)))


def _findings(case: Case, codes: Collection[str] | None) -> Iterator[Finding]:
    hardware = case.hardware.name if case.hardware else ""
    for code, each in RULES.items():
        if codes is not None and code not in codes:
            continue
        for found in each.look(case):
            saving = found.saving
            yield Finding(
                rule=code,
                severity=_severity(found, each.severity),
                subject=_in_file(case, found.subject),
                message=found.message,
                change=found.change,
                evidence=found.evidence,
                nodes=tuple(dict.fromkeys(_in_file(case, name) for name in found.nodes)),
                hardware=hardware,
                saving_s=saving.latency_s if saving else None,
                saving_ratio=saving.latency_ratio if saving else None,
                saving_bytes=saving.traffic_bytes if saving else None,
            )


def _in_file(case: Case, name: str) -> str:
    """An operator's name as the file has it, where fusion made it of one: `norm/Mul~7`."""
    origin = case.around.origin(name)
    return origin if origin in case.nodes else name


def _severity(found: Found, usual: Severity) -> Severity:
    """A warning that there is hardly any time to gain from is a note."""
    severity = found.severity or usual
    ratio = found.saving.latency_ratio if found.saving else None
    if severity is Severity.WARNING and ratio is not None and ratio < LEAST_SAVING_RATIO:
        return Severity.NOTE
    return severity


def _rank(finding: Finding) -> tuple[object, ...]:
    return (
        finding.severity is not Severity.ERROR,
        -(finding.saving_s or 0.0),
        -(finding.saving_bytes or 0),
        finding.severity is Severity.NOTE,
        finding.rule,
    )
