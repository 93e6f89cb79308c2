"""Findings as the gate counts them: selected, suppressed, known to the baseline."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from costscope.analysis.types import Analysis, Finding
from costscope.gate.globs import any_matches
from costscope.gate.types import Seen, Suppression

_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Which findings count.

    Attributes:
        select: codes of rules, or the letters they begin with; empty for all.
        ignore: the same, of those left out.
        suppressions: findings to live with.
        known: fingerprints that the baseline has.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    known: frozenset[str] = frozenset()


def inspected(analysis: Analysis, screen: Screen) -> Analysis:
    """The analysis with what the selected rules find."""
    from costscope.rules import inspect

    return inspect(analysis, [code for code in codes() if selected(code, screen)])


def codes() -> tuple[str, ...]:
    """The codes of all rules, sorted."""
    from costscope.rules import RULES

    return tuple(sorted(RULES.keys()))


def seen(
    findings: Sequence[Finding], screen: Screen, *, key: str, hardware: str
) -> tuple[Seen, ...]:
    """Findings for a machine, as far as they were selected, in the order given.

    Args:
        findings: of the model, on any machine.
        screen: which of them count.
        key: the model's name in globs and fingerprints.
        hardware: the machine's name; "" for none.
    """
    found = []
    for each in findings:
        if each.hardware not in ("", hardware) or not selected(each.rule, screen):
            continue
        mark = fingerprint(each, key=key, hardware=hardware)
        reason = next((s.reason for s in screen.suppressions if covers(s, each, key)), "")
        found.append(
            Seen(finding=each, fingerprint=mark, known=mark in screen.known, suppressed=reason)
        )
    return tuple(found)


def covers(suppression: Suppression, finding: Finding, key: str) -> bool:
    """Whether a suppression is for a finding: for its subject, or for all its operators."""
    if not fits(suppression.rule, finding.rule) or not any_matches(suppression.models, key):
        return False
    nodes = suppression.nodes
    if nodes == "*" or fnmatchcase(finding.subject, nodes):
        return True
    return bool(finding.nodes) and all(fnmatchcase(name, nodes) for name in finding.nodes)


def fits(pattern: str, code: str) -> bool:
    """Whether `G1` or `G` stands for the rule of a code."""
    return code == pattern or (pattern.isalpha() and code.rstrip("0123456789") == pattern)


def fingerprint(finding: Finding, *, key: str, hardware: str) -> str:
    """The same for the same rule, model, machine, subject and operators: 16 digits."""
    parts = (finding.rule, key, hardware, finding.subject, *finding.nodes)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def selected(code: str, screen: Screen) -> bool:
    """Whether findings of a rule count at all."""
    if any(fits(pattern, code) for pattern in screen.ignore):
        return False
    return not screen.select or any(fits(pattern, code) for pattern in screen.select)
