"""The figures of the device report as JSON, for whoever compares two states of the repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from device_accuracy_figures import Reached, covered, reached, statements
from device_accuracy_grid import slices
from device_accuracy_memory import Memory
from device_accuracy_rows import KNOWN, LEARNED, NEW, STRICT, Held, after
from device_accuracy_targets import outcomes

_DIGITS = 5


def summary(
    families: Sequence[Held], runtimes: Sequence[Held], memories: Sequence[Memory]
) -> dict[str, Any]:
    """Figures asked and reached, and those of every family and left-out runtime."""
    return {
        "asked": [
            {
                "item": each.target.item,
                "what": each.target.what,
                "figure": each.target.figure,
                "reached": None if each.value is None else _short(each.value),
                "met": each.good,
                "rows": each.rows,
            }
            for each in outcomes(families, runtimes, memories)
        ],
        "families": {held.name: _family(held) for held in families},
        "runtimes": {f"{held.name}, prior of {held.summary}": _left_out(held) for held in runtimes},
    }


def _family(held: Held) -> dict[str, Any]:
    inside = covered(held.scored, KNOWN)
    known = {
        label.removeprefix("- "): figures
        for label, rows in slices(held)
        if (figures := told(reached(rows, KNOWN, inside)))
    }
    return {
        "known": known,
        "statements": asdict(statements(held.scored)),
        "new": _new(held),
    }


def _new(held: Held) -> dict[str, Any]:
    keys = [after(protocol, k) for protocol in (NEW, STRICT) for k in LEARNED]
    found = {key: told(reached(held.scored, key, covered(held.scored, key))) for key in keys}
    return {key: figures for key, figures in found.items() if figures}


def _left_out(held: Held) -> dict[str, Any]:
    """Without intervals: those are of the family that gave the prior."""
    found = {key: told(reached(held.scored, key)) for key in (after(NEW, k) for k in LEARNED)}
    return {key: figures for key, figures in found.items() if figures}


def told(found: Reached | None) -> Mapping[str, Any] | None:
    """Figures with as many digits as anyone needs."""
    if found is None:
        return None
    return {k: _short(v) if isinstance(v, float) else v for k, v in asdict(found).items()}


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
