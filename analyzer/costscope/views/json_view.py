"""The whole analysis as JSON, for programs; the published schema says what each key means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from costscope import __version__
from costscope.analysis.types import Analysis, Deployment, Finding
from costscope.graph.types import Graph
from costscope.hardware.types import ClassFit, Fallback, Identity
from costscope.views import view
from costscope.views.report import figures, records
from costscope.views.report.records import Record, finite
from costscope.views.report.types import Choice

SCHEMA_VERSION = "1.3"
_SCHEMA = Path(__file__).parent / "assets" / "analysis.schema.json"


@view("json", suffix=".json", summary="Everything, for programs; 'costscope schema' explains it.")
def render(analysis: Analysis, _choice: Choice) -> str:
    """The analysis as JSON; the same analysis always gives the same text.

    One machine: plain values. Several: `hardware` and every value that depends on the
    machine, or on the runtime it is used with, are objects by machine name. Kernels and
    operators take a line each, in the order they run. Numbers that are unknown or not
    finite are null; characters outside ASCII are escaped.
    """
    return _text(document(analysis))


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of what `render` returns."""
    return _SCHEMA.read_text(encoding="utf-8")


def document(analysis: Analysis) -> Record:
    """The analysis as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costscope", "version": __version__},
        "model": _model(analysis.model, analysis.graph),
        "hardware": _by_machine(analysis, _hardware),
        "assumptions": list(analysis.assumptions),
        "totals": _totals(analysis),
        "kernels": _kernels(analysis),
        "operators": records.operators(analysis),
        "findings": None if analysis.findings is None else list(map(_finding, analysis.findings)),
        "uncosted": [
            {"name": each.name, "op_type": each.op_type, "reason": each.reason}
            for each in analysis.uncosted
        ],
    }


def _finding(finding: Finding) -> Record:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "hardware": finding.hardware or None,
        "subject": finding.subject,
        "nodes": list(finding.nodes),
        "message": finding.message,
        "change": finding.change,
        "evidence": {key: finite(value) for key, value in finding.evidence.items()},
        "saving_s": finite(finding.saving_s),
        "saving_ratio": finite(finding.saving_ratio),
        "saving_bytes": finding.saving_bytes,
    }


def _model(name: str, graph: Graph) -> Record:
    return {
        "name": name,
        "inputs": records.tensors(graph.inputs),
        "outputs": records.tensors(graph.outputs),
        "opsets": dict(sorted(graph.opsets.items())),
        "operators": len(figures.nodes(graph)),
        "folded": dict(sorted(graph.folded.items())),
    }


def _by_machine(analysis: Analysis, value: Callable[[Deployment], Any]) -> Any:
    """The value of the one deployment, or the values of several by machine name."""
    if len(analysis.deployments) == 1:
        return value(analysis.first)
    return {name: value(deployment) for name, deployment in figures.named(analysis)}


def _totals(analysis: Analysis) -> Record:
    totals = records.model_totals(analysis.totals)
    rows = {
        name: records.runtime_totals(deployment) | records.machine_totals(deployment.prediction)
        for name, deployment in figures.named(analysis)
    }
    first = next(iter(rows.values()))
    if len(rows) == 1:
        return totals | first
    return totals | {key: {name: row[key] for name, row in rows.items()} for key in first}


def _kernels(analysis: Analysis) -> list[Record]:
    """Kernels of each runtime, with their time on the machines it is used on."""
    several = len(analysis.deployments) > 1
    found = []
    for kernel, record, timings in records.kernels(analysis):
        times = {name: records.timing(timing) for name, timing in timings.items()}
        found.append(
            record
            | {
                "inputs": records.tensors(kernel.reads),
                "weights": records.tensors(kernel.weights),
                "outputs": records.tensors(kernel.writes),
                "timing": (times if several else next(iter(times.values()))) if times else None,
            }
        )
    return found


def _hardware(deployment: Deployment) -> Record | None:
    hardware = deployment.hardware
    if hardware is None:
        return None
    return {
        "name": hardware.name,
        "aliases": list(hardware.aliases),
        "summary": hardware.summary,
        "device_class": hardware.device_class,
        "runtime": deployment.runtime.name,
        "compute": {
            dtype: {
                "peak_flops_per_s": finite(each.peak_flops_per_s),
                "runs_as": each.runs_as,
                "source": each.source,
                "how": each.how,
            }
            for dtype, each in sorted(hardware.compute.items())
        },
        "memories": [
            {
                "name": each.name,
                "capacity_bytes": each.capacity_bytes,
                "bandwidth_bytes_per_s": finite(each.bandwidth_bytes_per_s),
                "holds": list(each.holds),
                "fixed": each.fixed,
                "source": each.source,
                "how": each.how,
            }
            for each in hardware.memories
        ],
        "calibration": _calibration(deployment),
        "cores": hardware.cores,
        "fallback": _fallback(hardware.fallback),
        "fitted": _fitted(deployment),
        "identity": _identity(hardware.identity),
        "kinds": None if hardware.kinds is None else sorted(map(str, hardware.kinds)),
        "sources": {
            key: {"reference": each.reference, "date": each.date}
            for key, each in sorted(hardware.sources.items())
        },
        "assumed": list(hardware.assumed()),
        "notes": list(hardware.notes),
    }


def _calibration(deployment: Deployment) -> Record | None:
    """The rates that the prediction rests on."""
    found = deployment.prediction.rates if deployment.prediction else None
    if found is None:
        return None
    return {
        "runtime": found.runtime,
        "version": found.version,
        "threads": found.threads,
        "dtype": found.dtype,
        "serves": list(found.serves),
        "structure": found.structure,
        "compute_ratio": {k: finite(v) for k, v in sorted(found.compute_ratio.items())},
        "bandwidth_bytes_per_s": {
            k: finite(v) for k, v in sorted(found.bandwidth_bytes_per_s.items())
        },
        "dispatch_s": finite(found.dispatch_s),
        "run_s": finite(found.run_s),
        "unobserved": list(found.unobserved),
        "networks": found.networks,
        "rows": found.rows,
        "error_ratio": finite(found.error_ratio),
        "median_error_ratio": finite(found.median_error_ratio),
        "low_ratio": finite(found.low_ratio),
        "high_ratio": finite(found.high_ratio),
        "pair_ratio": finite(found.pair_ratio),
        "confidence": found.confidence,
        "new": found.new,
        "ranking": found.ranking,
        "source": found.source,
        "how": found.how,
    }


def _fallback(found: Fallback | None) -> Record | None:
    if found is None:
        return None
    return {
        "profile": found.profile,
        "bandwidth_bytes_per_s": finite(found.bandwidth_bytes_per_s),
        "sync_s": finite(found.sync_s),
        "source": found.source,
        "how": found.how,
    }


def _fitted(deployment: Deployment) -> Record | None:
    """What the prediction rests on, of a machine that was measured kernel by kernel."""
    hardware, prediction = deployment.hardware, deployment.prediction
    if hardware is None or prediction is None or prediction.threads is None:
        return None
    found = hardware.fitted_for(deployment.runtime.name, prediction.threads)
    if found is None:
        return None
    return {
        "runtime": found.runtime,
        "version": found.version,
        "threads": found.threads,
        "dispatch_s": finite(found.dispatch_s),
        "run_s": finite(found.run_s),
        "settings": dict(found.settings),
        "confidence": found.confidence,
        "error_ratio": finite(found.error_ratio),
        "reference_s": finite(found.reference_s),
        "source": found.source,
        "bands": [
            {
                "above_s": finite(each.above_s),
                "low_ratio": finite(each.low_ratio),
                "high_ratio": finite(each.high_ratio),
                "networks": each.networks,
            }
            for each in found.bands
        ],
        "classes": {name: _class(each) for name, each in sorted(found.classes.items())},
    }


def _class(found: ClassFit) -> Record:
    return {
        "seconds": {term: finite(value) for term, value in found.seconds.items()},
        "samples": found.samples,
        "error_ratio": finite(found.error_ratio),
        "low_ratio": finite(found.low_ratio),
        "high_ratio": finite(found.high_ratio),
        "seen": {name: [finite(end) for end in ends] for name, ends in found.seen.items()},
    }


def _identity(found: Identity | None) -> Record | None:
    if found is None:
        return None
    return {
        "cpu": found.cpu,
        "architecture": found.architecture,
        "cores": found.cores,
        "flags": list(found.flags),
        "governor": found.governor,
        "date": found.date,
    }


def _text(values: Record) -> str:
    """JSON with one line for each kernel, operator and total: quick to write, easy to diff."""
    return "{\n" + ",\n".join(_top(key, value) for key, value in values.items()) + "\n}\n"


def _top(key: str, value: Any) -> str:
    if isinstance(value, list) and value:
        body = ",\n    ".join(map(_line, value))
        return f"  {_line(key)}: [\n    {body}\n  ]"
    if isinstance(value, dict) and value:
        body = ",\n    ".join(_pairs(value))
        return f"  {_line(key)}: {{\n    {body}\n  }}"
    return f"  {_line(key)}: {_line(value)}"


def _pairs(values: Record) -> Iterator[str]:
    return (f"{_line(key)}: {_line(value)}" for key, value in values.items())


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
