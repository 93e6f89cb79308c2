"""Measurements as JSON, for programs; the published schema says what each key means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from costscope import __version__
from costscope.measure.types import Measurement
from costscope.views.measurement import Wanted, measurement_view, records
from costscope.views.report.records import Record

SCHEMA_VERSION = "1.0"
_SCHEMA = Path(__file__).parents[1] / "assets" / "measurement.schema.json"
_LONG = ("by_kind", "kernels")  # their entries take a line each


@measurement_view(
    "json", suffix=".json", summary="Everything; 'costscope schema measurement' explains it."
)
def render(measured: Sequence[Measurement], _wanted: Wanted) -> str:
    """The measurements as JSON, one or several in the same form.

    Kernels take a line each, in the order they ran. Numbers that are unknown or not finite
    are null; characters outside ASCII are escaped.
    """
    head = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costscope", "version": __version__},
    }
    top = [f"  {_line(key)}: {_line(value)}" for key, value in head.items()]
    each = ",\n".join(_measurement(records.measurement(one)) for one in measured)
    top.append(f'  "measurements": [\n{each}\n  ]')
    return "{\n" + ",\n".join(top) + "\n}\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of what `render` returns."""
    return _SCHEMA.read_text(encoding="utf-8")


def _measurement(record: Record) -> str:
    pairs = [f"      {_line(key)}: {_value(key, value)}" for key, value in record.items()]
    return "    {\n" + ",\n".join(pairs) + "\n    }"


def _value(key: str, value: Any) -> str:
    if key not in _LONG or not value:
        return _line(value)
    rows = ",\n        ".join(map(_line, value))
    return f"[\n        {rows}\n      ]"


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
