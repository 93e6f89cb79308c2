"""The check as JSON, for programs; the published schema says what each key means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from costscope import __version__
from costscope.gate.reports import records, report
from costscope.gate.reports.records import Record
from costscope.gate.types import Check

SCHEMA_VERSION = "1.0"
_SCHEMA = Path(__file__).parent / "check.schema.json"


@report("json", suffix=".json", summary="Everything, for programs.")
def render(check: Check, _terminal: bool = False) -> str:
    """The check as JSON; the same check always gives the same text.

    A line for each verdict, figure and finding, so that two files are easily compared. Numbers
    that are unknown or not finite are null, the others have nine significant digits;
    characters outside ASCII are escaped.
    """
    top = document(check)
    verdicts, checked = top.pop("verdicts"), top.pop("checked")
    lines = [f"  {_line(key)}: {_line(value)}" for key, value in top.items()]
    lines.append(f'  "verdicts": {_rows(verdicts, 4)}')
    models = ",\n".join(map(_model, checked))
    lines.append(f'  "checked": [\n{models}\n  ]' if checked else '  "checked": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of what `render` returns."""
    return _SCHEMA.read_text(encoding="utf-8")


def document(check: Check) -> Record:
    """The check as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costscope", "version": __version__},
        "exit_code": check.exit_code,
        "undecided_fails": check.undecided_fails,
        "counts": records.counts(check),
        "config": check.config,
        "baseline": check.baseline,
        "notes": list(check.notes),
        "left_out": [records.budget(each) for each in check.left_out],
        "verdicts": [records.verdict(each) for each in check.verdicts],
        "checked": [records.checked(each) for each in check.checked],
    }


def _model(values: Record) -> str:
    figures, findings = values.pop("figures"), values.pop("findings")
    head = _line(values)[:-1]
    return (
        f'    {head},\n      "figures": {_rows(figures, 8)},\n'
        f'      "findings": {_rows(findings, 8)}}}'
    )


def _rows(values: Sequence[Record], indent: int) -> str:
    """A list with a line for each of its values."""
    if not values:
        return "[]"
    blank = " " * indent
    body = ",\n".join(f"{blank}{_line(value)}" for value in values)
    return f"[\n{body}\n{' ' * (indent - 2)}]"


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
