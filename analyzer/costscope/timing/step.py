"""A step of a schedule on a machine: seconds from work and bytes."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.errors import UsageError
from costscope.hardware.types import Fitted, Hardware, Memory
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule, Step
from costscope.timing.fitted import Parts, chosen, parts_of
from costscope.timing.rated import Rated, chosen_rates, rated, rated_parts
from costscope.timing.terms.place import Place
from costscope.timing.types import Bound, TimeModel, Timing
from costscope.work import FREE, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A machine with a network's weights and activations placed in its memories.

    Attributes:
        hardware: the machine, with the arithmetic of the threads.
        weights: the memories that the weights lie in, each with its share of them.
        activations: the memory that the activations lie in.
        rated: rates fitted to whole networks; None where others or none are used.
        fitted: a calibration kernel by kernel; None where others or none are used.
        time_model: how work and bytes become seconds.
    """

    hardware: Hardware
    weights: tuple[tuple[Memory, float], ...]
    activations: Memory
    rated: Rated | None
    fitted: Fitted | None
    time_model: TimeModel


def prepare(
    schedule: Schedule,
    hardware: Hardware,
    *,
    runtime: str,
    weight_bytes: int,
    time_model: TimeModel | None = None,
    threads: int | None = None,
) -> Prepared:
    """The machine as `predict` asks it about each step of a schedule.

    Raises:
        UsageError: as `predict`.
    """
    fitted = chosen(hardware, runtime, threads)
    rates = None if fitted else chosen_rates(hardware, runtime, threads, schedule)
    known = rates is not None or fitted is not None
    model = time_model or (TimeModel.CALIBRATED if known else TimeModel.ROOFLINE)
    if model is TimeModel.CALIBRATED and not known:
        raise UsageError(
            f"{hardware.name} has no calibration for {runtime}; use --time-model roofline"
        )
    scaled = hardware.with_threads(rates.threads) if rates else hardware
    calibrated = model is TimeModel.CALIBRATED
    return Prepared(
        hardware=scaled,
        weights=scaled.weight_shares(weight_bytes),
        activations=scaled.memory_for("activations", schedule.working_bytes),
        rated=rated(scaled, rates, weight_bytes) if rates and calibrated else None,
        fitted=fitted if calibrated else None,
        time_model=model,
    )


def timing_of(step: Step, machine: Prepared, place: Place | None = None) -> Timing:
    """All runs of a step, where no other machine runs it."""
    kernel = step.kernel
    problem = _why_not(kernel, machine)
    if problem is not None:
        return _unknown(step, problem, roof_s=0.0)
    compute = machine.hardware.compute.get(_computes(kernel, machine))
    peak = compute.peak_flops_per_s if compute else None
    ideal_compute_s = compute_seconds(kernel.work, peak)
    ideal_memory_s = _memory_seconds(kernel, machine)
    roof_s = max(ideal_compute_s, ideal_memory_s) * kernel.repeats
    if machine.fitted is not None and place is not None:
        parts: Parts | str = parts_of(kernel, machine.fitted, place)
    elif machine.rated is not None:
        parts = rated_parts(kernel, machine.rated)
    else:
        parts = Parts(compute_s=ideal_compute_s, memory_s=ideal_memory_s)
    if isinstance(parts, str):
        return _unknown(step, parts, roof_s=roof_s)
    return _timing(step, parts, machine, roof_s)


def _timing(step: Step, parts: Parts, machine: Prepared, roof_s: float) -> Timing:
    """All runs of a kernel."""
    kernel, times = step.kernel, step.kernel.repeats
    compute_s, memory_s, overhead_s = (
        each * times for each in (parts.compute_s, parts.memory_s, parts.overhead_s)
    )
    overlap = machine.time_model is TimeModel.ROOFLINE
    latency_s = (max(compute_s, memory_s) if overlap else compute_s + memory_s) + overhead_s
    return Timing(
        step=step,
        compute_s=compute_s,
        memory_s=memory_s,
        overhead_s=overhead_s,
        latency_s=latency_s,
        bound=bound_of(compute_s, memory_s, overhead_s),
        ridge_point=ridge_point(machine.hardware, kernel.compute_dtype, machine.activations),
        roof_s=roof_s,
        problem=None,
        latency_low_s=latency_s * parts.ratios[0] if parts.ratios else None,
        latency_high_s=latency_s * parts.ratios[1] if parts.ratios else None,
        note=parts.note,
        unobserved_s=parts.unobserved_s * times,
    )


def _unknown(step: Step, problem: str, *, roof_s: float) -> Timing:
    return Timing(
        step=step,
        compute_s=0.0,
        memory_s=0.0,
        overhead_s=0.0,
        latency_s=None,
        bound=Bound.UNKNOWN,
        ridge_point=None,
        roof_s=roof_s,
        problem=problem,
    )


def _computes(kernel: Kernel, machine: Prepared) -> str:
    """The element type that the machine computes a kernel in."""
    rated = machine.rated
    return rated.rates.computes(kernel.compute_dtype) if rated else kernel.compute_dtype


def compute_seconds(work: Work, peak_flops_per_s: float | None) -> float:
    """Time of the arithmetic at the peak: multiply-accumulates, beside all other operations.

    Other operations run beside the multiply-accumulates they are fused with; a kernel
    without any takes the time of the others.
    """
    if peak_flops_per_s is None:
        return 0.0
    others = work.vector_ops + work.special_ops
    return max(2 * work.macs, others) / peak_flops_per_s


def ridge_point(hardware: Hardware, dtype: str, memory: Memory | None = None) -> float | None:
    """FLOP/byte at which arithmetic and memory take equally long; None for a type without peak.

    Source: Williams, Waterman, Patterson 2009, "Roofline".
    """
    compute = hardware.compute.get(dtype)
    if compute is None:
        return None
    home = memory or hardware.memory_for("activations", 0)
    return compute.peak_flops_per_s / home.bandwidth_bytes_per_s


def _memory_seconds(kernel: Kernel, machine: Prepared) -> float:
    traffic = kernel.traffic
    weights_s = sum(
        traffic.weight_bytes * share / memory.bandwidth_bytes_per_s
        for memory, share in machine.weights
    )
    return weights_s + traffic.activation_bytes / machine.activations.bandwidth_bytes_per_s


def _why_not(kernel: Kernel, machine: Prepared) -> str | None:
    """Why a machine gives no prediction for a kernel."""
    hardware = machine.hardware
    if kernel.problem is not None:
        return kernel.problem
    if kernel.kind in FREE:
        return None
    if hardware.kinds is not None and kernel.kind not in hardware.kinds:
        return f"{hardware.name} does not run {kernel.kind} kernels"
    has_arithmetic = kernel.work.flops > 0 and machine.fitted is None  # measured is measured
    dtype = _computes(kernel, machine)
    if has_arithmetic and dtype not in hardware.compute:
        return f"{hardware.name} has no {dtype} arithmetic"
    return None


def bound_of(compute_s: float, memory_s: float, overhead_s: float) -> Bound:
    """What a time is mostly made of."""
    largest = max(compute_s, memory_s, overhead_s)
    if largest == 0:
        return Bound.FREE
    if largest == overhead_s:
        return Bound.OVERHEAD
    return Bound.COMPUTE if compute_s >= memory_s else Bound.MEMORY
