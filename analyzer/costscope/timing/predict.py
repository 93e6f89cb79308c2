"""The time of a whole network: its steps, what an inference costs beside them, an interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum

from costscope.hardware.types import Fitted, Hardware
from costscope.schedule.types import Schedule
from costscope.timing.elsewhere import copy_seconds, moves
from costscope.timing.fitted import interval, remarks
from costscope.timing.rated import is_outside, main_dtype, rated_remarks, run_seconds
from costscope.timing.step import Prepared, bound_of, prepare, timing_of
from costscope.timing.terms.place import Place, places
from costscope.timing.types import Bound, Fit, Prediction, TimeModel, Timing


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
        bound=bound_of(timing.compute_s, timing.memory_s, overhead_s),
        fallback=away,
    )


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
