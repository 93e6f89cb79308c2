"""Flat records for programs: plain values, every key with one meaning and one unit.

All quantities are of one inference: a kernel inside a loop counts as often as it runs, so
that a column's sum is the model's total.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from costscope.analysis.totals import by_kind
from costscope.analysis.types import Analysis, Deployment, Totals
from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.traffic import kernel_of
from costscope.kernels.types import Kernel
from costscope.timing.types import Prediction, Timing
from costscope.views.report import figures

Record = dict[str, Any]


def finite(value: float | None) -> float | None:
    """A number that every format can hold: None for what is not finite."""
    return value if value is None or isfinite(value) else None


def tensors(found: Sequence[Tensor | None]) -> list[Record]:
    """Tensors with their shapes; `shape` is None where it cannot be known."""
    return [
        {"name": t.name, "shape": None if t.shape is None else list(t.shape), "dtype": t.dtype.name}
        for t in found
        if t is not None
    ]


Timed = tuple[Kernel, Record, dict[str, Timing]]


def kernels(analysis: Analysis) -> list[Timed]:
    """Every kernel of every runtime with its record, and its timings by machine name."""
    found = []
    for group in figures.runtimes(analysis).values():
        first = group[0][1]
        graph = first.graph or analysis.graph
        for place, kernel in enumerate(first.kernels):
            times = {
                name: each.prediction.timings[place]
                for name, each in group
                if each.prediction is not None
            }
            found.append((kernel, _kernel(kernel, place, first, graph), times))
    return found


def _kernel(kernel: Kernel, place: int, deployment: Deployment, graph: Graph) -> Record:
    return {
        "order": place + 1,
        "runtime": deployment.runs_as,
        "name": kernel.name,
        "kind": str(kernel.kind),
        "runs_as": kernel.runs_as,
        "op_types": list(kernel.op_types),
        "nodes": [node.name for node in kernel.nodes],
        "repeats": kernel.repeats,
        "dtype": kernel.compute_dtype,
        **_costs(kernel, graph),
        "memory_access_bound": _bound(kernel),
        "held_bytes": deployment.schedule.steps[place].held_bytes,
        "problem": kernel.problem,
    }


def _costs(kernel: Kernel, graph: Graph) -> Record:
    """Quantities that a kernel and an operator have alike."""
    times, work, traffic = kernel.repeats, kernel.work, kernel.traffic
    return {
        "macs": work.macs * times,
        "vector_ops": work.vector_ops * times,
        "special_ops": work.special_ops * times,
        "params": figures.params(kernel, graph),
        "weight_bytes": traffic.weight_bytes * times,
        "read_bytes": traffic.read_bytes * times,
        "write_bytes": traffic.write_bytes * times,
        "traffic_bytes": traffic.total_bytes * times,
        "memory_access": kernel.memory_access * times,
        "arithmetic_intensity": None if kernel.problem else finite(figures.intensity(kernel)),
    }


def _bound(kernel: Kernel) -> float | None:
    bound = kernel.memory_access_bound
    return None if bound is None else finite(bound * kernel.repeats)


def timing(found: Timing) -> Record:
    """The time of a kernel on a machine; its parts are unknown where it is."""
    known = found.latency_s is not None
    return {
        "latency_s": finite(found.latency_s),
        "latency_low_s": finite(found.latency_low_s),
        "latency_high_s": finite(found.latency_high_s),
        "compute_s": finite(found.compute_s) if known else None,
        "memory_s": finite(found.memory_s) if known else None,
        "overhead_s": finite(found.overhead_s) if known else None,
        "bound": str(found.bound),
        "ridge_point_flops_per_byte": finite(found.ridge_point),
        "roof_ratio": finite(found.roof_ratio),
        "problem": found.problem,
        "note": found.note,
        "unobserved_s": finite(found.unobserved_s) if known else None,
        "fallback": found.fallback,
    }


def operators(analysis: Analysis) -> list[Record]:
    """One record for each operator, in the order they run, costed as if it ran alone.

    `kernel` is the first deployment's kernel that holds it; None where the runtime drops it,
    or made a graph of its own out of it.
    """
    home: dict[str, Kernel] = {}
    for kernel in () if analysis.first.graph else analysis.first.kernels:
        for node in kernel.nodes:
            home.setdefault(node.name, kernel)
    return [
        _operator(node, home.get(node.name), analysis.graph)
        for node in figures.nodes(analysis.graph)
    ]


def _operator(node: Node, home: Kernel | None, graph: Graph) -> Record:
    kernel = kernel_of(
        Cell(node.op_type, (node,), node.inputs, node.outputs, node.attributes, place=0.0)
    )
    costs = _costs(kernel, graph)
    costs["input_bytes"] = costs.pop("read_bytes")
    costs["output_bytes"] = costs.pop("write_bytes")
    return {
        "name": node.name,
        "op_type": node.op_type,
        "domain": node.domain,
        "kind": str(kernel.kind),
        "kernel": None if home is None else home.name,
        "repeats": node.repeats,
        **costs,
        "inputs": tensors([t for t in node.inputs if t is not None and not t.constant]),
        "weights": tensors(kernel.weights),
        "outputs": tensors(node.outputs),
        "problem": kernel.problem,
    }


def model_totals(totals: Totals) -> Record:
    """Totals that the model has on any machine."""
    return {
        "macs": totals.work.macs,
        "params": totals.params,
        "statistics": totals.statistics,
        "weight_bytes": totals.weight_bytes,
        "weight_bytes_by_dtype": dict(totals.weight_bytes_by_dtype),
    }


def _arena(deployment: Deployment) -> Record | None:
    """Working memory as the runtime lays it out; None where its layout is not known."""
    laid = deployment.schedule.arena
    if laid is None:
        return None
    return {
        "total_bytes": laid.total_bytes,
        "tensors_bytes": laid.tensors_bytes,
        "scratch_bytes": laid.scratch_bytes,
        "persistent_bytes": laid.persistent_bytes,
    }


def runtime_totals(deployment: Deployment) -> Record:
    """Totals that depend on how a runtime fuses and orders the model."""
    totals, peak = deployment.totals, deployment.schedule.peak
    unknown = figures.unpredicted(deployment)
    return {
        "flops": totals.work.flops,
        "vector_ops": totals.work.vector_ops,
        "special_ops": totals.work.special_ops,
        "activation_bytes": totals.activation_bytes,
        "traffic_bytes": totals.traffic_bytes,
        "memory_access": totals.memory_access,
        "arithmetic_intensity": finite(totals.arithmetic_intensity),
        "macs_per_byte": finite(figures.macs_per_byte(totals)),
        "peak_activation_bytes": totals.peak_activation_bytes,
        "peak": {
            "kernel": peak.kernel,
            "complete": deployment.schedule.complete,
            "tensors": [{"name": t.name, "bytes": t.nbytes} for t in peak.tensors],
        },
        "arena": _arena(deployment),
        "executed": deployment.executed or None,
        "kernels": len(deployment.kernels),
        "by_kind": [
            {
                "kind": str(each.kind),
                "kernels": each.kernels,
                "macs": each.work.macs,
                "vector_ops": each.work.vector_ops,
                "special_ops": each.work.special_ops,
                "weight_bytes": each.weight_bytes,
                "activation_bytes": each.activation_bytes,
                "latency_s": None if unknown[each.kind] == each.kernels else finite(each.latency_s),
            }
            for each in by_kind(deployment)
        ],
    }


def machine_totals(prediction: Prediction | None) -> Record:
    """Totals that depend on the machine; all None without one."""
    if prediction is None:
        return dict.fromkeys(_MACHINE_TOTALS)
    ridge = figures.main_ridge(prediction)
    known = figures.latency_s(prediction) is not None
    values = (
        finite(figures.latency_s(prediction)),
        finite(prediction.latency_low_s) if known else None,
        finite(prediction.latency_high_s) if known else None,
        prediction.interval_confidence if known else None,
        finite(prediction.roofline_s) if known else None,
        prediction.threads,
        finite(prediction.run_s),
        list(prediction.warnings),
        str(prediction.time_model),
        prediction.calibrated,
        prediction.complete,
        str(figures.main_bound(prediction)),
        finite(ridge.flops_per_byte) if ridge else None,
        [
            {
                "what": fit.what,
                "memory": fit.memory,
                "needed_bytes": fit.needed_bytes,
                "capacity_bytes": fit.capacity_bytes,
                "fixed": fit.fixed,
                "fits": fit.fits,
            }
            for fit in prediction.fits
        ],
    )
    return dict(zip(_MACHINE_TOTALS, values, strict=True))


_MACHINE_TOTALS = (
    "latency_s",
    "latency_low_s",
    "latency_high_s",
    "interval_confidence",
    "roofline_s",
    "threads",
    "run_s",
    "warnings",
    "time_model",
    "calibrated",
    "complete",
    "bound",
    "ridge_point_flops_per_byte",
    "fits",
)
