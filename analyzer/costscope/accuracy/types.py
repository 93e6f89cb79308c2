"""What a validation found, as frozen values; seconds everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.measure.types import Computer, Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTime:
    """All kernels of one kind in one network, measured and predicted.

    Attributes:
        kind: the kernel kind; `unmatched` for events that no kernel was found for.
        kernels: how many were predicted.
        measured_s: their measured time.
        predicted_s: their predicted time.
        error_s: sum of |predicted - measured| over them: errors do not cancel.
        unsampled_kernels: how many have no prediction.
        unsampled_s: the measured time of those.
    """

    kind: str
    kernels: int
    measured_s: float
    predicted_s: float
    error_s: float
    unsampled_kernels: int = 0
    unsampled_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkResult:
    """One network, measured, predicted and measured again.

    Attributes:
        name: of the network.
        family: networks of one family share their design: `resnet`, `mobilenetv2`.
        measured: its latency; None if it could not be measured.
        retest_s: the median of a second measurement at the end of the run.
        predicted_s: predicted before anybody looked at what was measured.
        low_s: lower end of the prediction's interval.
        high_s: upper end.
        complete: whether every kernel is in the prediction; if not, it is a lower bound.
        executed: whose graph was predicted; "" if costscope's own fusion had to stand for it.
        macs: multiply-accumulates.
        traffic_bytes: bytes that its kernels move.
        roof_flops: for each of `baselines.RIDGES`, the sum of the larger of a kernel's
            operations and its bytes times that ridge point: what a roofline is fitted to.
        kinds: its kernels by kind.
        unsampled_ratio: share of the measured kernel time that has no prediction.
        problems: why kernels have no prediction, each reason once.
        disturbed: whether the machine was not quiet in either measurement.
        error: why it could not be measured or predicted; "" if it could.
    """

    name: str
    family: str
    measured: Spread | None = None
    retest_s: float | None = None
    predicted_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    complete: bool = True
    executed: str = ""
    macs: int = 0
    traffic_bytes: int = 0
    roof_flops: tuple[float, ...] = ()
    kinds: tuple[KindTime, ...] = ()
    unsampled_ratio: float | None = None
    problems: tuple[str, ...] = ()
    disturbed: bool = False
    error: str = ""

    @property
    def measured_s(self) -> float | None:
        """The median latency; None if it could not be measured."""
        return self.measured.median_s if self.measured else None

    @property
    def pair(self) -> tuple[float, float] | None:
        """Measured and predicted seconds; None without either, however complete."""
        if self.measured_s is None or self.predicted_s is None:
            return None
        return self.measured_s, self.predicted_s

    @property
    def scored(self) -> bool:
        """Whether it counts: measured, and predicted with all its kernels."""
        return self.pair is not None and self.complete and not self.error

    @property
    def error_ratio(self) -> float | None:
        """Predicted over measured, less one; None without either."""
        return None if self.pair is None else self.pair[1] / self.pair[0] - 1

    @property
    def retest_ratio(self) -> float | None:
        """Second measurement over the first, less one; None without either."""
        if self.retest_s is None or self.measured_s is None:
            return None
        return self.retest_s / self.measured_s - 1

    @property
    def inside(self) -> bool | None:
        """Whether the measured latency lies in the interval; None without an interval."""
        if self.measured_s is None or self.low_s is None or self.high_s is None:
            return None
        return self.low_s <= self.measured_s <= self.high_s


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFacts:
    """The calibration that predicted.

    Attributes:
        cpu: the processor it was made on; "" if the profile does not say.
        date: when.
        runtime: name of the runtime.
        version: of the runtime.
        threads: threads of one operator.
        classes: kernel classes that it sampled.
        samples: measured kernels behind them.
        confidence: share of networks that its intervals claim to hold.
        error_ratio: its own held-out median error; None if it has none.
    """

    cpu: str
    date: str
    runtime: str
    version: str
    threads: int
    classes: int
    samples: int
    confidence: float
    error_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """A validation: where, when, with what, and what came out for each network.

    Attributes:
        hardware: name of the profile that predicted.
        threads: threads of one operator.
        optimization: `none`, `basic`, `extended` or `all`.
        date: of the run.
        networks: in the order they were given.
        computer: where they ran; None if none did.
        runtime_version: of onnxruntime; "" if none ran.
        calibration: of the profile; None if it has none for this runtime and threads.
        time_limit_s: for one measurement of one network; None where there was none.
        warnings: that the prediction gave: another processor, another version.
    """

    hardware: str
    threads: int
    optimization: str
    date: str
    networks: tuple[NetworkResult, ...]
    computer: Computer | None = None
    runtime_version: str = ""
    calibration: CalibrationFacts | None = None
    time_limit_s: float | None = None
    warnings: tuple[str, ...] = ()
