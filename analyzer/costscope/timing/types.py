"""Time of a step and of a whole network, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from costscope.hardware.types import Rates
from costscope.schedule.types import Step


class TimeModel(StrEnum):
    """How work and bytes become seconds.

    - `additive`: computing and moving take turns (the lecture's T = T_compute + T_move).
    - `roofline`: they overlap perfectly, max of both (MobileNetV4, Eq. 1): a bound.
    - `calibrated`: as measured: terms fitted to a class of kernels by `costscope calibrate`;
      else rates fitted to latencies of whole networks, class by class, plus the dispatch.
    """

    ADDITIVE = "additive"
    ROOFLINE = "roofline"
    CALIBRATED = "calibrated"


class Bound(StrEnum):
    """What a step's time is mostly spent on."""

    COMPUTE = "compute"
    MEMORY = "memory"
    OVERHEAD = "overhead"
    FREE = "free"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One step on one machine; all its runs in one inference together.

    Attributes:
        step: what runs.
        compute_s: arithmetic alone.
        memory_s: moving its bytes alone.
        overhead_s: launching it.
        latency_s: under the time model; None if the machine gives no prediction for it.
        bound: the largest of the three.
        ridge_point: FLOP/byte at which the machine turns from memory- to compute-bound, for
            this element type and these memories; None where unknown.
        roof_s: time under the roofline, whatever the time model: the physical bound.
        problem: why there is no prediction; None if there is one.
        latency_low_s: lower end of the interval of `latency_s`; None where none is known.
        latency_high_s: upper end.
        note: what a reader must know of it: how far outside the calibrated range it is.
        unobserved_s: of `latency_s`, in classes that no measured network of the machine shows.
        fallback: whether another machine runs it, which this one cannot.
    """

    step: Step
    compute_s: float
    memory_s: float
    overhead_s: float
    latency_s: float | None
    bound: Bound
    ridge_point: float | None
    roof_s: float
    problem: str | None
    latency_low_s: float | None = None
    latency_high_s: float | None = None
    note: str = ""
    unobserved_s: float = 0.0
    fallback: bool = False

    @property
    def extrapolated(self) -> bool:
        """Whether it lies outside what the calibration has seen."""
        return bool(self.note)

    @property
    def roof_ratio(self) -> float | None:
        """Attained share of the roof: time under the roofline over `latency_s`."""
        return self.roof_s / self.latency_s if self.latency_s else None

    @property
    def intensity(self) -> float | None:
        """Arithmetic intensity in FLOP/byte; None for a kernel that moves nothing."""
        nbytes = self.step.kernel.traffic.total_bytes
        return self.step.kernel.work.flops / nbytes if nbytes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether something fits into a memory.

    Attributes:
        what: `weights` or `activations`.
        memory: name of the memory it is placed in.
        needed_bytes: what it takes.
        capacity_bytes: what there is.
        fixed: whether the memory is a hard limit.
    """

    what: str
    memory: str
    needed_bytes: int
    capacity_bytes: int
    fixed: bool

    @property
    def fits(self) -> bool:
        """Whether there is room."""
        return self.needed_bytes <= self.capacity_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A network's time on a machine.

    Attributes:
        time_model: the model it was made with.
        timings: one per step, in order.
        latency_s: their sum, and `run_s`; None if no step can be predicted.
        latency_low_s: no faster than this; the roofline, or the calibrated interval's end.
        latency_high_s: no slower than this; None where no measurement bounds it.
        roofline_s: the sum under the roofline: the physical bound.
        complete: whether every kernel is in the sum; if not, it is a lower bound.
        calibrated: whether measurements stand behind it.
        fits: where weights and activations go.
        threads: of one operator; None where the machine's profile does not tell them apart.
        run_s: what an inference costs beside its kernels.
        interval_confidence: share of networks that the interval claims to hold; None where
            it does not come from networks that were held out.
        rates: what it rests on, where latencies of whole networks were fitted; None else.
        warnings: sentences: why the prediction may be off.
    """

    time_model: TimeModel
    timings: tuple[Timing, ...]
    latency_s: float | None
    latency_low_s: float | None
    latency_high_s: float | None
    roofline_s: float | None
    complete: bool
    calibrated: bool
    fits: tuple[Fit, ...]
    threads: int | None = None
    run_s: float = 0.0
    interval_confidence: float | None = None
    rates: Rates | None = None
    warnings: tuple[str, ...] = ()
