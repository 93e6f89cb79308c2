"""Flat records for programs: plain values, every key with one meaning and one unit.

Base SI units and bytes; None is unknown, never zero. A kernel inside a loop counts as often
as it runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.measure.types import Computer, Measurement, Spread
from costscope.timing.types import Prediction
from costscope.views.measurement import figures
from costscope.views.measurement.figures import Group, Row, Total
from costscope.views.report.records import Record, finite


def measurement(measured: Measurement) -> Record:
    """Everything there is to know of one model."""
    rows = figures.rows_of(measured)
    total = figures.total_of(measured)
    return {
        "model": measured.model,
        "error": measured.error or None,
        "computer": None if measured.computer is None else _computer(measured.computer),
        "runtime": {
            "name": "onnxruntime",
            "version": measured.runtime_version,
            "provider": measured.provider,
            "threads": measured.threads,
            "optimization": measured.optimization,
        },
        "weights": measured.weights,
        "latency": _spread(measured.latency),
        "profiled": _spread(measured.profiled),
        "hardware": measured.hardware or None,
        "prediction": _prediction(measured.prediction, total),
        "totals": _totals(measured, rows, total),
        "coverage": _coverage(measured),
        "disturbances": [
            {"kind": each.kind, "amount": finite(each.amount), "message": each.message}
            for each in measured.disturbances
        ],
        "retries": measured.retries,
        "notes": list(measured.notes),
        "by_kind": [_group(each) for each in figures.by_kind(rows)],
        "kernels": [kernel(row) for row in rows],
    }


def kernel(row: Row) -> Record:
    """One kernel: what it is, what it took, and what was expected."""
    time = row.time
    return {
        "order": row.order,
        "name": time.name,
        "op_type": time.op_type,
        "kind": row.kind,
        "layout": time.layout,
        "measured_s": finite(row.measured_s),
        "predicted_s": finite(row.predicted_s),
        "predicted_low_s": finite(row.low_s),
        "predicted_high_s": finite(row.high_s),
        "error_ratio": finite(row.error_ratio),
        "roof_s": finite(row.roof_s),
        "roof_ratio": finite(row.roof_ratio),
        "bound": None if row.bound is None else str(row.bound),
        "reason": row.reason or None,
        **_costs(row),
        "origin": list(time.origin),
    }


def _costs(row: Row) -> Record:
    kernel = row.time.kernel
    known = kernel is not None and kernel.problem is None
    times = kernel.repeats if kernel else 1
    work, traffic = (kernel.work, kernel.traffic) if kernel and known else (None, None)
    nbytes = traffic.total_bytes if traffic else 0
    return {
        "repeats": kernel.repeats if kernel else None,
        "dtype": kernel.compute_dtype if kernel else None,
        "macs": work.macs * times if work else None,
        "flops": work.flops * times if work else None,
        "weight_bytes": traffic.weight_bytes * times if traffic else None,
        "read_bytes": traffic.read_bytes * times if traffic else None,
        "write_bytes": traffic.write_bytes * times if traffic else None,
        "arithmetic_intensity": finite(work.flops / nbytes) if work and nbytes else None,
        "attained_flops_per_s": finite(row.flops_per_s),
        "problem": kernel.problem if kernel else None,
    }


def _computer(found: Computer) -> Record:
    return {
        "cpu": found.cpu,
        "architecture": found.architecture,
        "cores": found.cores,
        "flags": list(found.flags),
        "governor": found.governor or None,
        "system": found.system or None,
        "memory_bytes": found.memory_bytes,
    }


def _spread(found: Spread | None) -> Record | None:
    if found is None:
        return None
    return {
        "median_s": finite(found.median_s),
        "low_s": finite(found.low_s),
        "high_s": finite(found.high_s),
        "confidence": finite(found.confidence),
        "p10_s": finite(found.p10_s),
        "p90_s": finite(found.p90_s),
        "min_s": finite(found.min_s),
        "runs": found.runs,
        "warm_up_runs": found.warm_up_runs,
    }


def _prediction(found: Prediction | None, total: Total) -> Record | None:
    if found is None:
        return None
    return {
        "calibrated": found.calibrated,
        "time_model": str(found.time_model),
        "complete": found.complete,
        "latency_s": finite(total.predicted_s),
        "latency_low_s": finite(total.low_s),
        "latency_high_s": finite(total.high_s),
        "interval_confidence": finite(total.confidence),
        "holds_measured": total.inside,
        "error_ratio": finite(total.error_ratio),
        "roofline_s": finite(total.roof_s),
        "roof_ratio": finite(total.roof_ratio),
        "warnings": list(found.warnings),
    }


def _totals(measured: Measurement, rows: Sequence[Row], total: Total) -> Record:
    group = figures.group_of(rows)
    return {
        "measured_s": None if measured.error else finite(total.measured_s),
        "measured_as": None if measured.error else _measured_as(total),
        "kernels_s": finite(measured.kernels_s),
        "profiler_ratio": finite(figures.profiler_ratio(measured)),
        "unpredicted_kernels": group.unpredicted,
        "unpredicted_s": finite(group.measured_s - group.compared_s),
        "kernel_error_ratio": finite(group.kernel_error_ratio),
        "within_10_percent_ratio": finite(figures.within(rows, 0.1)),
        "within_20_percent_ratio": finite(figures.within(rows, 0.2)),
    }


def _measured_as(total: Total) -> str:
    return "sum of recorded kernels" if total.recorded else "median latency"


def _coverage(measured: Measurement) -> Record:
    joined, events = figures.events(measured)
    original, layout = figures.traced(measured) or (None, None)
    return {
        "events": events,
        "joined": joined,
        "original_ratio": finite(original),
        "layout_ratio": finite(layout),
        "traced_ratio": finite(measured.covered_ratio),
        "unmatched": list(measured.unmatched),
    }


def _group(found: Group) -> Record:
    return {
        "kind": found.kind,
        "kernels": found.kernels,
        "measured_s": finite(found.measured_s),
        "unpredicted_kernels": found.unpredicted,
        "compared_s": finite(found.compared_s),
        "predicted_s": finite(found.predicted_s),
        "error_ratio": finite(found.error_ratio),
        "kernel_error_ratio": finite(found.kernel_error_ratio),
        "roof_s": finite(found.roof_s),
        "bound": None if found.bound is None else str(found.bound),
    }
