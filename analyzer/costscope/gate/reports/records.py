"""A check as plain values: what every format for programs writes the same way."""

from __future__ import annotations

from math import isfinite
from typing import Any

from costscope.gate.types import Budget, Check, Checked, Figure, Seen, Standing, Verdict
from costscope.units import rounded

Record = dict[str, Any]
_EXACT = 2**53  # whole numbers below are what they seem


def number(value: float | None) -> float | None:
    """A number that is the same on every machine: whole, or of nine significant digits.

    None for what is not finite.
    """
    if value is None or isinstance(value, int):
        return value
    if not isfinite(value):
        return None
    if value == int(value) and abs(value) < _EXACT:
        return int(value)
    return rounded(value)


def budget(each: Budget) -> Record:
    """A budget as it was written."""
    return {
        "place": each.place,
        "metric": each.metric,
        "limit": each.text,
        "models": list(each.models),
        "hardware": list(each.hardware),
        "confidence": each.confidence,
    }


def verdict(each: Verdict) -> Record:
    """What came of a budget."""
    return {
        "standing": str(each.standing),
        "model": each.model,
        "hardware": each.hardware,
        "budget": budget(each.budget),
        "unit": each.unit,
        "value": number(each.value),
        "low": number(each.low),
        "high": number(each.high),
        "limit": number(each.limit),
        "base": number(each.base),
        "at_least": each.at_least,
        "reason": each.reason,
        "causes": list(each.causes),
    }


def checked(each: Checked) -> Record:
    """A model on a machine."""
    return {
        "model": each.model,
        "key": each.key,
        "hardware": each.hardware,
        "error": each.error,
        "model_sha256": each.model_sha256,
        "hardware_sha256": each.hardware_sha256,
        "settings": dict(sorted(each.settings)),
        "calibrated": each.calibrated,
        "uncosted": each.uncosted,
        "assumptions": list(each.assumptions),
        "figures": [figure(one) for one in each.figures],
        "findings": [finding(one) for one in each.findings],
    }


def figure(each: Figure) -> Record:
    """A metric."""
    return {
        "metric": each.metric,
        "unit": each.unit,
        "value": number(each.value),
        "low": number(each.low),
        "high": number(each.high),
        "at_least": each.at_least,
        "why": each.why,
        "causes": list(each.causes),
        "source": each.source,
    }


def finding(each: Seen) -> Record:
    """A finding, and whether it counts."""
    found = each.finding
    return {
        "rule": found.rule,
        "severity": str(found.severity),
        "fingerprint": each.fingerprint,
        "known": each.known,
        "suppressed": each.suppressed,
        "subject": found.subject,
        "message": found.message,
        "change": found.change,
        "evidence": {key: number(value) for key, value in found.evidence.items()},
        "nodes": list(found.nodes),
        "hardware": found.hardware,
        "saving_s": number(found.saving_s),
        "saving_ratio": number(found.saving_ratio),
        "saving_bytes": number(found.saving_bytes),
    }


def counts(check: Check) -> Record:
    """How many verdicts there are of each standing."""
    return {
        "budgets": len(check.verdicts),
        **{str(standing): len(check.of(standing)) for standing in Standing},
    }
