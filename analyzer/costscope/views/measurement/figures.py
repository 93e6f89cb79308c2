"""Numbers that follow from a measurement and stand in more than one format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from costscope.measure.types import KernelTime, Measurement
from costscope.timing.types import Bound, Prediction, Timing

LAYOUT, UNMATCHED = "layout", "unmatched"
_ROUNDING = 1e-9  # 33 us are 10 % more than 30 us, whatever binary fractions say
_LOST = "no kernel was found for the event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A kernel in its turn: measured, predicted, and what the machine's roof allows.

    Attributes:
        order: its place in the order of execution, from 1.
        time: the kernel as it was measured.
        kind: of the kernel; `layout` for work that only changes the layout of data, and
            `unmatched` for an event without a kernel.
        predicted_s: only of a calibrated machine: a roofline is no prediction.
        roof_s: no faster than this on the machine; None where unknown.
        bound: what the prediction spends most of the time on.
        low_s: lower end of the prediction's interval; None without one.
        high_s: upper end.
        reason: why it is off or has no prediction; "" if there is nothing to say.
    """

    order: int
    time: KernelTime
    kind: str
    predicted_s: float | None
    roof_s: float | None
    bound: Bound | None
    low_s: float | None
    high_s: float | None
    reason: str

    @property
    def measured_s(self) -> float:
        """Its measured time."""
        return self.time.measured_s

    @property
    def off_s(self) -> float | None:
        """Predicted less measured; None without a prediction."""
        return None if self.predicted_s is None else self.predicted_s - self.measured_s

    @property
    def error_ratio(self) -> float | None:
        """Predicted over measured, less one; None without either."""
        return _error(self.predicted_s, self.measured_s)

    @property
    def roof_ratio(self) -> float | None:
        """Attained share of the roof; None where one of them is unknown."""
        return self.roof_s / self.measured_s if self.roof_s and self.measured_s else None

    @property
    def flops_per_s(self) -> float | None:
        """Arithmetic attained; None without any, or where the time is unknown."""
        kernel = self.time.kernel
        if kernel is None or not self.measured_s or not kernel.work.flops:
            return None
        return kernel.work.flops * kernel.repeats / self.measured_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Kernels together.

    Attributes:
        kind: what they have in common.
        kernels: how many.
        unpredicted: how many of them have no prediction.
        measured_s: all of them.
        compared_s: measured time of those that have a prediction.
        predicted_s: of those that have one; None if none has.
        missed_s: sum of |predicted - measured| over those that have one.
        roof_s: sum of the roofs that are known; None if none is.
        bound: what most of their time is under.
    """

    kind: str
    kernels: int
    unpredicted: int
    measured_s: float
    compared_s: float
    predicted_s: float | None
    missed_s: float
    roof_s: float | None
    bound: Bound | None

    @property
    def error_ratio(self) -> float | None:
        """Predicted over measured, less one, of those that have a prediction."""
        return _error(self.predicted_s, self.compared_s)

    @property
    def kernel_error_ratio(self) -> float | None:
        """Time-weighted kernel error: what is missed, kernel by kernel, over the measured."""
        return self.missed_s / self.compared_s if self.compared_s else None

    @property
    def roof_ratio(self) -> float | None:
        """Attained share of the roof."""
        return self.roof_s / self.measured_s if self.roof_s and self.measured_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The whole model.

    Attributes:
        measured_s: the median latency; for a recorded profile the sum of its kernels.
        recorded: whether it is that sum.
        predicted_s: only of a calibrated machine, and a lower bound if not `complete`.
        low_s: lower end of the prediction's interval; None without one.
        high_s: upper end.
        confidence: of that interval; None where it is not stated.
        complete: whether every kernel is in the prediction.
        roof_s: no faster than this on the machine.
    """

    measured_s: float
    recorded: bool
    predicted_s: float | None
    low_s: float | None
    high_s: float | None
    confidence: float | None
    complete: bool
    roof_s: float | None

    @property
    def error_ratio(self) -> float | None:
        """Predicted over measured, less one; None where part of the prediction is missing."""
        return _error(self.predicted_s, self.measured_s) if self.complete else None

    @property
    def inside(self) -> bool | None:
        """Whether the measured latency lies in the prediction's interval; None without one."""
        if self.low_s is None or self.high_s is None:
            return None
        return self.low_s <= self.measured_s <= self.high_s

    @property
    def roof_ratio(self) -> float | None:
        """Attained share of the roof."""
        return self.roof_s / self.measured_s if self.roof_s and self.measured_s else None


def estimate(measurement: Measurement) -> Prediction | None:
    """The prediction of a calibrated machine; None for one of which only the roof is known."""
    prediction = measurement.prediction
    return prediction if prediction is not None and prediction.calibrated else None


def total_of(measurement: Measurement) -> Total:
    """The model's latency beside its prediction and its roof."""
    found, prediction = estimate(measurement), measurement.prediction
    latency = measurement.latency
    bounded = found is not None and found.complete and found.latency_high_s is not None
    return Total(
        measured_s=measurement.kernels_s if latency is None else latency.median_s,
        recorded=latency is None,
        predicted_s=found.latency_s if found else None,
        low_s=found.latency_low_s if found and bounded else None,
        high_s=found.latency_high_s if found and bounded else None,
        confidence=found.interval_confidence if found and bounded else None,
        complete=found is not None and found.complete,
        roof_s=prediction.roofline_s or None if prediction else None,
    )


def rows_of(measurement: Measurement) -> tuple[Row, ...]:
    """The kernels in the order they ran."""
    prediction = measurement.prediction
    timings = {t.step.kernel.name: t for t in prediction.timings} if prediction else {}
    calibrated = estimate(measurement) is not None
    return tuple(
        _row(order, each, timings.get(each.kernel.name) if each.kernel else None, calibrated)
        for order, each in enumerate(measurement.kernels, start=1)
    )


def _row(order: int, each: KernelTime, timing: Timing | None, calibrated: bool) -> Row:
    ends = (timing.latency_low_s, timing.latency_high_s) if timing and calibrated else (None, None)
    return Row(
        order=order,
        time=each,
        kind=_kind(each),
        predicted_s=each.predicted_s if calibrated else None,
        roof_s=timing.roof_s or None if timing else None,
        bound=timing.bound if timing else None,
        low_s=ends[0],
        high_s=ends[1],
        reason=_reason(each, timing),
    )


def _reason(each: KernelTime, timing: Timing | None) -> str:
    if each.reason:
        return each.reason
    if each.kernel is None:
        return _LOST
    return (timing.problem or timing.note) if timing else each.kernel.problem or ""


def group_of(rows: Sequence[Row], kind: str = "") -> Group:
    """Kernels summed up."""
    known = [row for row in rows if row.predicted_s is not None]
    roofs = [row.roof_s for row in rows if row.roof_s is not None]
    return Group(
        kind=kind,
        kernels=len(rows),
        unpredicted=len(rows) - len(known),
        measured_s=fsum(row.measured_s for row in rows),
        compared_s=fsum(row.measured_s for row in known),
        predicted_s=fsum(row.predicted_s or 0.0 for row in known) if known else None,
        missed_s=fsum(abs(row.off_s or 0.0) for row in known),
        roof_s=fsum(roofs) if roofs else None,
        bound=_main_bound(rows),
    )


def by_kind(rows: Sequence[Row]) -> tuple[Group, ...]:
    """Kernels summed up by kind, those with most measured time first."""
    kinds = dict.fromkeys(row.kind for row in rows)
    groups = [group_of([row for row in rows if row.kind == kind], kind) for kind in kinds]
    return tuple(sorted(groups, key=lambda group: -group.measured_s))


def worst(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Kernels with a prediction that is off, the farthest in seconds first."""
    off = [row for row in rows if row.off_s]
    return tuple(sorted(off, key=lambda row: (-abs(row.off_s or 0.0), row.order)))


def dearest(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Kernels, those with most measured time first."""
    return tuple(sorted(rows, key=lambda row: (-row.measured_s, row.order)))


def within(rows: Sequence[Row], ratio: float) -> float | None:
    """Share of the compared time in kernels whose error is at most `ratio`."""
    compared_s = group_of(rows).compared_s
    errors = [(row.measured_s, row.error_ratio) for row in rows]
    good = [s for s, error in errors if error is not None and abs(error) <= ratio + _ROUNDING]
    return fsum(good) / compared_s if compared_s else None


def events(measurement: Measurement) -> tuple[int, int]:
    """How many profiled events were joined to a kernel, and how many there are."""
    lost = {each.name for each in measurement.kernels if each.kernel is None}
    joined = len(measurement.kernels) - sum(e.kernel is None for e in measurement.kernels)
    return joined, joined + len(lost | set(measurement.unmatched))


def traced(measurement: Measurement) -> tuple[float, float] | None:
    """Shares of the kernels' time: of original operators, and of layout work alone."""
    total_s = measurement.kernels_s
    if not total_s:
        return None
    original = fsum(e.measured_s for e in measurement.kernels if e.origin)
    layout = fsum(e.measured_s for e in measurement.kernels if e.layout and not e.origin)
    return original / total_s, layout / total_s


def profiler_ratio(measurement: Measurement) -> float | None:
    """What profiling adds to a run, as a share of it; None without both."""
    if measurement.latency is None or measurement.profiled is None:
        return None
    return _error(measurement.profiled.median_s, measurement.latency.median_s)


def _error(predicted_s: float | None, measured_s: float) -> float | None:
    return None if predicted_s is None or measured_s <= 0 else predicted_s / measured_s - 1


def _kind(each: KernelTime) -> str:
    if each.layout:
        return LAYOUT
    return UNMATCHED if each.kernel is None else str(each.kernel.kind)


def _main_bound(rows: Sequence[Row]) -> Bound | None:
    """The bound that most of the measured time is under."""
    times: dict[Bound, float] = {}
    for row in rows:
        if row.bound is not None:
            times[row.bound] = times.get(row.bound, 0.0) + row.measured_s
    return max(times, key=lambda bound: times[bound]) if times else None
