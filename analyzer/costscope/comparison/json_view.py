"""A comparison as JSON, for programs; the published schema says what each key means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from costscope import __version__
from costscope.comparison import words
from costscope.comparison.types import (
    Amount,
    Change,
    Comparison,
    Detail,
    OnMachine,
    Pair,
    Part,
    Row,
    Side,
    Status,
    Subject,
)
from costscope.units import rounded
from costscope.views.report import records

SCHEMA_VERSION = "1.0"
_SCHEMA = Path(__file__).parent / "comparison.schema.json"
_NUMBERS = ("base", "head")
Record = dict[str, Any]


def render_json(found: Comparison) -> str:
    """The comparison as JSON; the same comparison always gives the same text.

    A line for each row of a machine, each block and each kernel. Numbers have nine significant
    digits, and are null where unknown.
    """
    return _text(document(found))


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of what `render_json` returns."""
    return _SCHEMA.read_text(encoding="utf-8")


def document(found: Comparison) -> Record:
    """The comparison as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costscope", "version": __version__},
        "models": [_subject(each) for each in found.subjects],
        "results": [
            _row(machine, row, is_base=row is machine.rows[0])
            for machine in found.machines
            for row in machine.rows
        ],
        "kernels": None if found.detail is None else _counts(found.detail),
        "grouping": None if found.detail is None else _grouping(found.detail),
        "blocks": [_part(each) for each in found.detail.parts] if found.detail else [],
        "changes": [
            _pair(each)
            for each in (found.detail.pairs if found.detail else ())
            if each.status is not Status.UNCHANGED
        ],
    }


def _subject(found: Subject) -> Record:
    analysis = found.analysis
    return {
        "label": found.label,
        "name": analysis.model,
        "inputs": records.tensors(analysis.graph.inputs),
        "assumptions": list(analysis.assumptions),
        "uncosted": [
            {"name": each.name, "op_type": each.op_type, "reason": each.reason}
            for each in analysis.uncosted
        ],
    }


def _row(machine: OnMachine, row: Row, *, is_base: bool) -> Record:
    prediction, peak = row.deployment.prediction, row.deployment.schedule.peak
    return {
        "model": row.label,
        "hardware": machine.name or None,
        "runtime": row.deployment.runs_as,
        "base": is_base,
        "verdict": None if row.verdict is None else str(row.verdict),
        "reason": row.reason or None,
        "interval_confidence": prediction.interval_confidence if prediction else None,
        "latency_low_s": _number(prediction.latency_low_s if prediction else None),
        "latency_high_s": _number(prediction.latency_high_s if prediction else None),
        "warnings": list(prediction.warnings) if prediction else [],
        "quantities": {each.quantity: _change(each) for each in row.changes},
        "peak": {
            "kernel": peak.kernel,
            "bytes": peak.nbytes,
            "tensors": [{"name": t.name, "bytes": t.nbytes} for t in peak.tensors],
        },
    }


def _change(found: Change) -> Record:
    return {
        "base": _amount(found.base),
        "head": _amount(found.head),
        "difference": _number(found.difference),
        "of_base": _number(found.ratio),
        "sense": str(found.sense),
    }


def _amount(found: Amount) -> Record:
    return {"value": _number(found.value), "lower_bound": found.least or found.bound}


def _counts(found: Detail) -> Record:
    return {str(status): found.count(status) for status in Status}


def _grouping(found: Detail) -> str:
    return "kind" if found.by_kind else "name"


def _part(found: Part) -> Record:
    return {
        "block": found.block,
        "base_kernels": found.base_kernels,
        "head_kernels": found.head_kernels,
        "changed_kernels": found.changed_kernels,
        "base_latency_s": _number(found.base_latency_s),
        "head_latency_s": _number(found.head_latency_s),
        "latency_s": None if found.latency_s is None else _number(float(found.latency_s)),
        "macs": found.macs,
        "traffic_bytes": found.traffic_bytes,
        "base_held_bytes": found.base_held_bytes,
        "head_held_bytes": found.head_held_bytes,
        "uncosted": found.uncosted,
        "untimed": found.untimed,
    }


def _pair(found: Pair) -> Record:
    told = dict(zip(_NUMBERS, words.both(found), strict=True))
    sides = dict(zip(_NUMBERS, (found.base, found.head), strict=True))
    return {
        "status": str(found.status),
        "block": found.block,
        **{key: None if s is None else _side(s, told[key]) for key, s in sides.items()},
    }


def _side(found: Side, told: str) -> Record:
    kernel = found.kernel
    return {
        "order": found.order,
        "name": kernel.name,
        "kind": str(kernel.kind),
        "told": told,
        "op_types": list(kernel.op_types),
        "nodes": [node.name for node in kernel.nodes],
        "dtype": kernel.compute_dtype,
        "repeats": kernel.repeats,
        "macs": found.macs if found.known else None,
        "traffic_bytes": found.traffic_bytes if found.known else None,
        "held_bytes": found.held_bytes,
        "latency_s": _number(found.latency_s),
        "problem": kernel.problem,
    }


def _number(value: float | None) -> float | None:
    return records.finite(rounded(value))


def _text(values: Record) -> str:
    """JSON with one line for each row, block and kernel: easy to compare."""
    return "{\n" + ",\n".join(_top(key, value) for key, value in values.items()) + "\n}\n"


def _top(key: str, value: Any) -> str:
    if isinstance(value, list) and value:
        body = ",\n    ".join(map(_line, value))
        return f"  {_line(key)}: [\n    {body}\n  ]"
    return f"  {_line(key)}: {_line(value)}"


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
