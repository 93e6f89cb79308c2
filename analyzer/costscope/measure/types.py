"""What a measurement found, as frozen values; seconds everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costscope.kernels.types import Kernel
from costscope.timing.types import Prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A latency as its runs tell it.

    Attributes:
        median_s: the figure to quote.
        low_s: lower end of the confidence interval of the median.
        high_s: upper end.
        confidence: of that interval, as a share (0.95).
        p10_s: a tenth of the runs were faster.
        p90_s: a tenth were slower.
        min_s: the fastest run.
        runs: how many counted, warm-up left out.
        warm_up_runs: how many were run before.
    """

    median_s: float
    low_s: float
    high_s: float
    confidence: float
    p10_s: float
    p90_s: float
    min_s: float
    runs: int
    warm_up_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """The machine that something ran on.

    Attributes:
        cpu: model name of the processor.
        architecture: `x86_64`, `aarch64`, ...
        cores: logical processors that this process may use.
        flags: instruction set extensions that matter for arithmetic (avx2, avx512f, ...).
        governor: frequency governor; "" where it cannot be read.
        system: operating system and release.
        memory_bytes: physical memory; None where unknown.
    """

    cpu: str
    architecture: str
    cores: int
    flags: tuple[str, ...] = ()
    governor: str = ""
    system: str = ""
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """A sign that the machine was not quiet.

    Attributes:
        kind: `steal`, `others`, `switches`, `bimodal`, `drift` or `noise`.
        amount: how large, in the unit that the sentence names.
        message: one sentence with the number and its unit.
    """

    kind: str
    amount: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTime:
    """One kernel of the graph that ran, measured.

    Attributes:
        name: of the node of the optimised graph.
        op_type: its operator.
        measured_s: median over the profiled runs, all its runs in one inference together.
        kernel: its cost; None if the event could not be joined.
        predicted_s: what the machine's profile says; None without a prediction.
        reason: why it is off or has no prediction (`layout conversion`, `not sampled`,
            `outside the calibrated range`, `overhead-bound`); "" if there is nothing to say.
        origin: names of the original operators it stands for; empty for layout work.
        layout: whether it only changes the layout of data, which no original operator does.
    """

    name: str
    op_type: str
    measured_s: float
    kernel: Kernel | None
    predicted_s: float | None = None
    reason: str = ""
    origin: tuple[str, ...] = ()
    layout: bool = False

    @property
    def error_ratio(self) -> float | None:
        """Predicted over measured, less one; None without either."""
        if self.predicted_s is None or self.measured_s <= 0:
            return None
        return self.predicted_s / self.measured_s - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A model measured on this machine, or on the one that a given profile comes from.

    Attributes:
        model: its name.
        computer: where it ran; None for a profile recorded elsewhere.
        runtime_version: of onnxruntime; "" if unknown.
        provider: execution provider.
        threads: of one operator.
        optimization: `none`, `basic`, `extended` or `all`.
        latency: without profiling; None for a profile recorded elsewhere.
        profiled: with profiling.
        kernels: in the order they ran.
        unmatched: names of profiled events that no kernel was found for.
        prediction: of the graph that ran, on the machine asked for; None without one.
        hardware: name of that machine.
        disturbances: signs that the machine was not quiet; reported, never averaged away.
        retries: how many disturbed attempts were thrown away before this one.
        weights: `file`, `random`, or `as given` for constants filled with one value.
        notes: sentences a reader must know.
        error: why the model could not be measured, where it is one of several; then nothing
            else is known of it.
    """

    model: str
    computer: Computer | None
    runtime_version: str
    provider: str
    threads: int
    optimization: str
    latency: Spread | None
    profiled: Spread | None
    kernels: tuple[KernelTime, ...]
    unmatched: tuple[str, ...] = ()
    prediction: Prediction | None = None
    hardware: str = ""
    disturbances: tuple[Disturbance, ...] = ()
    retries: int = 0
    weights: str = "file"
    notes: tuple[str, ...] = ()
    error: str = ""

    @property
    def kernels_s(self) -> float:
        """Sum of all kernels' measured times."""
        return sum(each.measured_s for each in self.kernels)

    @property
    def covered_ratio(self) -> float | None:
        """Share of the profiled time that is joined to original operators or named layout."""
        total = self.kernels_s
        known = sum(each.measured_s for each in self.kernels if each.origin or each.layout)
        return known / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is being done, for a progress bar.

    Attributes:
        what: one phrase.
        done: share of the whole, 0 to 1.
        left_s: estimated seconds left; None where unknown.
    """

    what: str
    done: float
    left_s: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)
