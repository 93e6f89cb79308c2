"""Seconds from work and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum

from costscope.errors import UsageError
from costscope.hardware.types import Fitted, Hardware, Memory
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule, Step
from costscope.timing.elsewhere import copy_seconds, moves
from costscope.timing.fitted import Parts, chosen, interval, parts_of, remarks
from costscope.timing.rated import (
    Rated,
    chosen_rates,
    is_outside,
    main_dtype,
    rated,
    rated_parts,
    rated_remarks,
    run_seconds,
)
from costscope.timing.terms.place import Place, places
from costscope.timing.types import Bound, Fit, Prediction, TimeModel, Timing
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


def predict(
    schedule: Schedule,
    hardware: Hardware,
    *,
    runtime: str,
    weight_bytes: int,
    time_model: TimeModel | None = None,
    threads: int | None = None,
    fallback: Hardware | None = None,
) -> Prediction:
    """The time of a schedule on a machine.

    Args:
        schedule: kernels in order.
        hardware: the machine.
        runtime: whose measurements to use.
        weight_bytes: bytes of all weights: they decide which memory holds them.
        time_model: `calibrated` if the machine was measured with the runtime, else
            `roofline`, unless given.
        threads: of one operator, for a machine that was measured with several numbers of
            them; the fewest if None.
        fallback: the machine that runs what this one does not; None if none does.

    Raises:
        UsageError: `calibrated` is asked of a machine that was not measured, or a number
            of threads that it was not measured with.
    """
    machine = prepare(
        schedule,
        hardware,
        runtime=runtime,
        weight_bytes=weight_bytes,
        time_model=time_model,
        threads=threads,
    )
    timings = [
        timing_of(step, machine, place)
        for step, place in zip(schedule.steps, _places(schedule, machine.fitted), strict=True)
    ]
    calibrated = machine.time_model is TimeModel.CALIBRATED
    if calibrated and fallback is not None and hardware.fallback is not None:
        timings = _with_fallback(timings, schedule, machine, fallback)
    run_s = machine.fitted.run_s if machine.fitted else 0.0
    if machine.rated is not None:
        run_s = run_seconds(schedule, machine.rated, weight_bytes)
    fits = _fits(machine, weight_bytes, schedule.working_bytes)
    return _prediction(tuple(timings), machine, fits, run_s)


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


def _prediction(
    timings: tuple[Timing, ...], machine: Prepared, fits: tuple[Fit, ...], run_s: float
) -> Prediction:
    known = [timing for timing in timings if timing.latency_s is not None]
    complete = len(known) == len(timings)
    if not complete and all(t.bound is Bound.FREE or t.fallback for t in known):
        known = []  # views, and what another machine runs, are no prediction
    total = fsum(t.latency_s for t in known if t.latency_s is not None) if known else None
    roof = fsum(t.roof_s for t in known) if known else None
    run_s = 0.0 if total is None else run_s
    total = None if total is None else total + run_s
    ends = _interval(machine, total)
    if machine.rated is not None and is_outside(timings, machine.rated.rates):
        ends = None
    confidence = _confidence(machine) if ends is not None and complete else None
    rates = machine.rated.rates if machine.rated else None
    return Prediction(
        time_model=machine.time_model,
        timings=timings,
        latency_s=total,
        latency_low_s=ends[0] if ends else _least(roof, total),
        latency_high_s=ends[1] if ends and complete else None,
        roofline_s=roof,
        complete=complete,
        calibrated=machine.time_model is TimeModel.CALIBRATED,
        fits=fits,
        threads=machine.fitted.threads if machine.fitted else rates.threads if rates else None,
        run_s=run_s,
        interval_confidence=confidence,
        rates=rates,
        warnings=tuple(_warnings(timings, machine)),
    )


def _least(roof_s: float | None, total_s: float | None) -> float | None:
    """The roofline, or the prediction where Winograd or a cache takes it below that."""
    return None if roof_s is None or total_s is None else min(roof_s, total_s)


def _warnings(timings: tuple[Timing, ...], machine: Prepared) -> Iterator[str]:
    """Why a calibrated prediction may be off."""
    if machine.fitted is not None:
        yield from remarks(timings)
    if machine.rated is not None:
        fallback = machine.hardware.fallback
        name = fallback.profile if fallback else ""
        yield from rated_remarks(timings, machine.rated.rates, fallback=name)


def _places(schedule: Schedule, fitted: Fitted | None) -> Sequence[Place | None]:
    """Where each kernel stands in the network, which only fitted classes ask for."""
    if fitted is None:
        return (None,) * len(schedule.steps)
    return places(schedule, fitted.settings)


def _interval(machine: Prepared, total_s: float | None) -> tuple[float, float] | None:
    """The ends of the interval of a calibrated prediction; None where nobody measured it."""
    if total_s is None:
        return None
    if machine.fitted is not None:
        return interval(machine.fitted.bands, total_s)
    rates = machine.rated.rates if machine.rated else None
    if rates is None or rates.low_ratio is None or rates.high_ratio is None:
        return None
    return total_s * rates.low_ratio, total_s * rates.high_ratio


def _confidence(machine: Prepared) -> float | None:
    """Share of networks that an interval claims to hold."""
    if machine.fitted is not None:
        return machine.fitted.confidence
    return machine.rated.rates.confidence if machine.rated else None


def _with_fallback(
    timings: Sequence[Timing], schedule: Schedule, machine: Prepared, other: Hardware
) -> list[Timing]:
    """The timings with those of another machine in place of what this one does not run."""
    fallback = machine.hardware.fallback
    found = moves(schedule, machine.hardware)
    if fallback is None or not any(move.away for move in found):
        return list(timings)
    away = Schedule(
        schedule.strategy,
        tuple(step for step, move in zip(schedule.steps, found, strict=True) if move.away),
        schedule.peak,
        schedule.complete,
    )
    if not other.rates_for(other.runtime, dtype=main_dtype(schedule)):
        return list(timings)  # a roofline bound is no time: no prediction
    there = iter(predict(away, other, runtime=other.runtime, weight_bytes=0).timings)
    return [
        _moved(next(there) if move.away else timing, copy_seconds(move, fallback), move.away)
        for timing, move in zip(timings, found, strict=True)
    ]


def _moved(timing: Timing, wait_s: float, away: bool) -> Timing:
    """A timing that begins with a wait for a copy."""
    if timing.latency_s is None:
        return timing
    overhead_s = timing.overhead_s + wait_s
    return replace(
        timing,
        overhead_s=overhead_s,
        latency_s=timing.latency_s + wait_s,
        bound=_bound(timing.compute_s, timing.memory_s, overhead_s),
        fallback=away,
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
        bound=_bound(compute_s, memory_s, overhead_s),
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


def _bound(compute_s: float, memory_s: float, overhead_s: float) -> Bound:
    largest = max(compute_s, memory_s, overhead_s)
    if largest == 0:
        return Bound.FREE
    if largest == overhead_s:
        return Bound.OVERHEAD
    return Bound.COMPUTE if compute_s >= memory_s else Bound.MEMORY


def _fits(machine: Prepared, weight_bytes: int, peak_bytes: int) -> tuple[Fit, ...]:
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
