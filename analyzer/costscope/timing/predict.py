"""Seconds from work and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from costscope.errors import UsageError
from costscope.hardware.types import Calibration, Fitted, Hardware, Memory
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule, Step
from costscope.timing.fitted import Parts, chosen, interval, parts_of, remarks
from costscope.timing.terms.place import Place, places
from costscope.timing.types import Bound, Fit, Prediction, TimeModel, Timing
from costscope.work import KernelKind, Work

_FREE = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine with a network's weights and activations placed in its memories."""

    hardware: Hardware
    weights: tuple[tuple[Memory, float], ...]
    activations: Memory
    calibration: Calibration | None
    fitted: Fitted | None
    time_model: TimeModel


def predict(
    schedule: Schedule,
    hardware: Hardware,
    *,
    runtime: str,
    weight_bytes: int,
    time_model: TimeModel | None = None,
    threads: int | None = None,
) -> Prediction:
    """The time of a schedule on a machine.

    Args:
        schedule: kernels in order.
        hardware: the machine.
        runtime: whose calibration to use.
        weight_bytes: bytes of all weights: they decide which memory holds them.
        time_model: `calibrated` if the machine is calibrated for the runtime, else
            `roofline`, unless given.
        threads: of one operator, for a machine that `costscope calibrate` measured; the
            fewest it was measured with if None. Other profiles do not tell them apart.

    Raises:
        UsageError: `calibrated` is asked of a machine that has no calibration, or a number
            of threads that it was not measured with.
    """
    calibration, fitted = hardware.calibrations.get(runtime), chosen(hardware, runtime, threads)
    known = calibration is not None or fitted is not None
    model = time_model or (TimeModel.CALIBRATED if known else TimeModel.ROOFLINE)
    if model is TimeModel.CALIBRATED and not known:
        raise UsageError(
            f"{hardware.name} has no calibration for {runtime}; use --time-model roofline"
        )
    machine = _Machine(
        hardware,
        hardware.weight_shares(weight_bytes),
        hardware.memory_for("activations", schedule.peak.nbytes),
        calibration if model is TimeModel.CALIBRATED else None,
        fitted if model is TimeModel.CALIBRATED else None,
        model,
    )
    timings = tuple(
        _time(step, machine, place)
        for step, place in zip(schedule.steps, _places(schedule, machine.fitted), strict=True)
    )
    return _prediction(timings, machine, _fits(machine, weight_bytes, schedule.peak.nbytes))


def _prediction(
    timings: tuple[Timing, ...], machine: _Machine, fits: tuple[Fit, ...]
) -> Prediction:
    known = [timing for timing in timings if timing.latency_s is not None]
    complete = len(known) == len(timings)
    if not complete and all(timing.bound is Bound.FREE for timing in known):
        known = []  # views alone are no prediction
    total = fsum(t.latency_s for t in known if t.latency_s is not None) if known else None
    roof = fsum(t.roof_s for t in known) if known else None
    run_s = machine.fitted.run_s if machine.fitted and total is not None else 0.0
    total = None if total is None else total + run_s
    ends = _interval(machine, total)
    sure = ends is not None and complete
    return Prediction(
        time_model=machine.time_model,
        timings=timings,
        latency_s=total,
        latency_low_s=ends[0] if ends else roof,
        latency_high_s=ends[1] if ends and complete else None,
        roofline_s=roof,
        complete=complete,
        calibrated=machine.time_model is TimeModel.CALIBRATED,
        fits=fits,
        threads=machine.fitted.threads if machine.fitted else None,
        run_s=run_s,
        interval_confidence=machine.fitted.confidence if machine.fitted and sure else None,
        warnings=tuple(remarks(timings)) if machine.fitted else (),
    )


def _places(schedule: Schedule, fitted: Fitted | None) -> Sequence[Place | None]:
    """Where each kernel stands in the network, which only fitted classes ask for."""
    if fitted is None:
        return (None,) * len(schedule.steps)
    return places(schedule, fitted.settings)


def _interval(machine: _Machine, total_s: float | None) -> tuple[float, float] | None:
    """The ends of the interval of a calibrated prediction; None where nobody measured it."""
    if total_s is None:
        return None
    if machine.fitted is not None:
        return interval(machine.fitted.bands, total_s)
    error = machine.calibration.error_ratio if machine.calibration else None
    return None if error is None else (total_s / (1 + error), total_s * (1 + error))


def _time(step: Step, machine: _Machine, place: Place | None) -> Timing:
    kernel = step.kernel
    problem = _why_not(kernel, machine)
    if problem is not None:
        return _unknown(step, problem, roof_s=0.0)
    compute = machine.hardware.compute.get(kernel.compute_dtype)
    peak = compute.peak_flops_per_s if compute else None
    ideal_compute_s = compute_seconds(kernel.work, peak)
    ideal_memory_s = _memory_seconds(kernel, machine)
    roof_s = max(ideal_compute_s, ideal_memory_s) * kernel.repeats
    if machine.fitted is not None and place is not None:
        parts: Parts | str = parts_of(kernel, machine.fitted, place)
    else:
        parts = _slowed(kernel, machine.calibration, ideal_compute_s, ideal_memory_s)
    if isinstance(parts, str):
        return _unknown(step, parts, roof_s=roof_s)
    times = kernel.repeats
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
        bound=_bound(compute_s, memory_s, overhead_s),
        ridge_point=ridge_point(machine.hardware, kernel.compute_dtype, machine.activations),
        roof_s=roof_s,
        problem=None,
        latency_low_s=latency_s * parts.ratios[0] if parts.ratios else None,
        latency_high_s=latency_s * parts.ratios[1] if parts.ratios else None,
        note=parts.note,
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


def _slowed(
    kernel: Kernel, calibration: Calibration | None, compute_s: float, memory_s: float
) -> Parts:
    """One run of a kernel at what its kind attains; at the peaks without a calibration."""
    if calibration is None:
        return Parts(compute_s=compute_s, memory_s=memory_s)
    ratio = calibration.of(kernel.kind)
    return Parts(
        compute_s=compute_s / ratio.compute_ratio,
        memory_s=memory_s / ratio.memory_ratio,
        overhead_s=calibration.dispatch_s,
    )


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


def _memory_seconds(kernel: Kernel, machine: _Machine) -> float:
    traffic = kernel.traffic
    weights_s = sum(
        traffic.weight_bytes * share / memory.bandwidth_bytes_per_s
        for memory, share in machine.weights
    )
    return weights_s + traffic.activation_bytes / machine.activations.bandwidth_bytes_per_s


def _why_not(kernel: Kernel, machine: _Machine) -> str | None:
    """Why a machine gives no prediction for a kernel."""
    hardware = machine.hardware
    if kernel.problem is not None:
        return kernel.problem
    if kernel.kind in _FREE:
        return None
    if hardware.kinds is not None and kernel.kind not in hardware.kinds:
        return f"{hardware.name} does not run {kernel.kind} kernels"
    has_arithmetic = kernel.work.flops > 0 and machine.fitted is None  # measured is measured
    if has_arithmetic and kernel.compute_dtype not in hardware.compute:
        return f"{hardware.name} has no {kernel.compute_dtype} arithmetic"
    return None


def _bound(compute_s: float, memory_s: float, overhead_s: float) -> Bound:
    largest = max(compute_s, memory_s, overhead_s)
    if largest == 0:
        return Bound.FREE
    if largest == overhead_s:
        return Bound.OVERHEAD
    return Bound.COMPUTE if compute_s >= memory_s else Bound.MEMORY


def _fits(machine: _Machine, weight_bytes: int, peak_bytes: int) -> tuple[Fit, ...]:
    placed = (
        ("weights", machine.weights[0][0], weight_bytes),
        ("activations", machine.activations, peak_bytes),
    )
    return tuple(
        Fit(
            what=what,
            memory=memory.name,
            needed_bytes=needed,
            capacity_bytes=memory.capacity_bytes,
            fixed=memory.fixed,
        )
        for what, memory, needed in placed
        if memory.capacity_bytes is not None
    )
