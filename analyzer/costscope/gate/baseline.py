"""What a baseline file holds: the metrics and findings of models that were accepted once.

Small, sorted and without times of day, so that a change of it can be reviewed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from costscope import __version__
from costscope.errors import UsageError
from costscope.files import read_within
from costscope.gate.types import Checked, Figure, Seen
from costscope.units import quoted
from costscope.views.report.names import brief, clean

SCHEMA_VERSION = "1.0"
DEFAULT_NAME = "costscope-baseline.json"
_MAX_BYTES = 1 << 27
_HUGE = 10**30  # no metric reaches it, and a float can hold it
_MAJOR = SCHEMA_VERSION.split(".", maxsplit=1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model on a machine, as it was accepted.

    Attributes:
        model_sha256: hash of the model.
        hardware_sha256: hash of the machine's profile; "" without a machine.
        settings: what the analysis was asked beside the machine.
        values: metrics that were known.
        highs: upper ends of intervals, by metric.
        findings: fingerprints.
    """

    model_sha256: str
    hardware_sha256: str
    settings: tuple[tuple[str, str], ...]
    values: Mapping[str, float]
    highs: Mapping[str, float]
    findings: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline file.

    Attributes:
        version: of the costscope that wrote it.
        entries: by the model's key and the machine's name.
    """

    version: str
    entries: Mapping[tuple[str, str], Entry] = field(default_factory=dict)

    def known(self) -> frozenset[str]:
        """The fingerprints of all findings that were accepted."""
        return frozenset(mark for each in self.entries.values() for mark in each.findings)


def text_of(checked: Iterable[Checked]) -> str:
    """A baseline of models that were analysed."""
    entries = sorted(map(_record, checked), key=lambda each: (each["model"], each["hardware"]))
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costscope", "version": __version__},
        "entries": entries,
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def read(path: Path, name: str) -> Baseline:
    """The baseline of a file.

    Args:
        path: of the file.
        name: for messages.

    Raises:
        UsageError: unreadable, not a baseline, or of another version.
    """
    content = read_within(path, _MAX_BYTES, what="a baseline", name=name)
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UsageError(f"{name}: not a baseline: {reason}") from None
    try:
        return _baseline(document, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        missing = "it has no " if isinstance(error, KeyError) else ""
        reason = f"{missing}{clean(str(error))[:120]}"
        raise UsageError(
            f"{name}: not a baseline of `costscope baseline write`: {reason}"
        ) from None


def _record(each: Checked) -> dict[str, Any]:
    return {
        "model": each.key,
        "hardware": each.hardware,
        "model_sha256": each.model_sha256,
        "hardware_sha256": each.hardware_sha256,
        "settings": dict(sorted(each.settings)),
        "metrics": {f.metric: _number(f) for f in sorted(each.figures, key=_name) if _sure(f)},
        "findings": {
            seen.fingerprint: f"{clean(seen.finding.rule)} {brief(seen.finding.subject)}"
            for seen in sorted(each.findings, key=_order)
            if not seen.suppressed
        },
    }


def _name(figure: Figure) -> str:
    return figure.metric


def _order(seen: Seen) -> tuple[str, str, str]:
    return seen.finding.rule, seen.finding.subject, seen.fingerprint


def _sure(figure: Figure) -> bool:
    return figure.value is not None and not figure.at_least


def _number(figure: Figure) -> Any:
    if figure.low is None and figure.high is None:
        return figure.value
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _baseline(document: Any, name: str) -> Baseline:
    version = document["schema_version"]
    if not isinstance(version, str) or version.split(".", maxsplit=1)[0] != _MAJOR:
        raise UsageError(
            f"{name}: schema version {quoted(version)}, this costscope reads {SCHEMA_VERSION}; "
            "write it anew with `costscope baseline write`"
        )
    entries: dict[tuple[str, str], Entry] = {}
    for each in document["entries"]:
        key = (_text(each["model"]), _text(each["hardware"]))
        if key in entries:
            raise ValueError(f"{key[0]} on {key[1]} is there twice")
        entries[key] = _entry(each)
    return Baseline(version=_text(document["tool"]["version"]), entries=entries)


def _entry(record: Any) -> Entry:
    values, highs = {}, {}
    for name, given in record["metrics"].items():
        if isinstance(given, dict):
            if given["high"] is not None:
                highs[name] = _finite(given["high"])
            given = given["value"]  # noqa: PLW2901 - the number without its interval
        values[name] = _finite(given)
    return Entry(
        model_sha256=_text(record["model_sha256"]),
        hardware_sha256=_text(record["hardware_sha256"]),
        settings=tuple(sorted((k, _text(v)) for k, v in record["settings"].items())),
        values=values,
        highs=highs,
        findings=frozenset(map(_text, record["findings"].keys())),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {quoted(value)}")
    return value


def _finite(value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value <= _HUGE:
        raise TypeError(f"expected a number from zero, got {quoted(value)}")
    found: float = value
    return found


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of a baseline")
