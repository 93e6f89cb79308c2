"""The data of a roofline picture: one panel a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10

from costscope.analysis.types import Analysis, Deployment
from costscope.errors import UsageError
from costscope.hardware.types import Hardware
from costscope.timing.types import Prediction, Timing
from costscope.views.report import figures
from costscope.views.report.headline import headline, in_short
from costscope.views.report.names import clean, counted, layer_name
from costscope.views.report.shares import share
from costscope.work import KernelKind

_KINDS_NAMED = 4
_SAME = 0.02  # decades within which two marks look like one


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Kernels with arithmetic at one place of the picture: most often one, or one a block.

    Attributes:
        name: the first kernel's, short.
        kind: their kind.
        flops_per_byte: arithmetic intensity.
        flops_per_s: arithmetic of one second under the prediction. Where operations run
            beside multiply-accumulates their sum could pass the peak; it is cut there.
        share: of the latency, together.
        count: how many kernels.
    """

    name: str
    kind: KernelKind
    flops_per_byte: float
    flops_per_s: float
    share: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Peak:
    """A flat roof: the arithmetic peak of an element type."""

    dtype: str
    flops_per_s: float


@dataclass(frozen=True, slots=True)
class Slope:
    """A slanted roof: the bandwidth of a memory, and what is placed there."""

    memory: str
    holds: str
    bytes_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A machine with a model's kernels.

    Attributes:
        title: machine and runtime.
        latency: with its meaning, in a line.
        marks: kernels with arithmetic, those with most time first.
        kinds: their kinds with the share of the latency, most first.
        peaks: highest first.
        slopes: that of the activations first.
        ridge: the ridge point of the element type that most arithmetic is done in.
        notes: sentences about kernels that are no point.
    """

    title: str
    latency: str
    marks: tuple[Mark, ...]
    kinds: tuple[tuple[KernelKind, float], ...]
    peaks: tuple[Peak, ...]
    slopes: tuple[Slope, ...]
    ridge: figures.Ridge | None
    notes: tuple[str, ...]


def panels(analysis: Analysis) -> tuple[Panel, ...]:
    """One panel for each machine.

    Raises:
        UsageError: there is no machine.
    """
    found = tuple(
        _panel(name, deployment, deployment.hardware, deployment.prediction)
        for name, deployment in figures.named(analysis)
        if deployment.hardware is not None and deployment.prediction is not None
    )
    if not found:
        raise UsageError("a roofline is a machine's; name one with --hw")
    return found


def _panel(name: str, deployment: Deployment, hardware: Hardware, prediction: Prediction) -> Panel:
    total_s = figures.latency_s(prediction) or 0.0
    found = [_mark(timing, hardware, total_s) for timing in prediction.timings]
    marks = _merged([mark for mark in found if mark is not None])
    idle = [
        timing
        for timing, mark in zip(prediction.timings, found, strict=True)
        if mark is None and timing.latency_s
    ]
    shares: dict[KernelKind, float] = {}
    for mark in marks:
        shares[mark.kind] = shares.get(mark.kind, 0.0) + mark.share
    return Panel(
        title=f"{clean(name)} ({clean(deployment.runtime.name)})",
        latency=in_short(deployment),
        marks=marks,
        kinds=tuple(sorted(shares.items(), key=lambda item: -item[1])),
        peaks=_peaks(prediction, hardware),
        slopes=_slopes(deployment, hardware),
        ridge=figures.main_ridge(prediction),
        notes=_notes(deployment, prediction, idle, total_s),
    )


def _mark(timing: Timing, hardware: Hardware, total_s: float) -> Mark | None:
    kernel = timing.step.kernel
    peak = hardware.compute.get(kernel.compute_dtype)
    if not timing.latency_s or not timing.intensity or peak is None:
        return None
    rate = kernel.work.flops * kernel.repeats / timing.latency_s
    return Mark(
        name=layer_name(kernel),
        kind=kernel.kind,
        flops_per_byte=timing.intensity,
        flops_per_s=min(rate, peak.peak_flops_per_s),
        share=timing.latency_s / total_s,
    )


def _merged(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Marks of one kind that would cover each other as one, those with most time first."""
    groups: dict[tuple[KernelKind, int, int], list[Mark]] = {}
    for mark in marks:
        place = round(log10(mark.flops_per_byte) / _SAME), round(log10(mark.flops_per_s) / _SAME)
        groups.setdefault((mark.kind, *place), []).append(mark)
    merged = [
        replace(group[0], share=sum(mark.share for mark in group), count=len(group))
        for group in groups.values()
    ]
    return tuple(sorted(merged, key=lambda mark: -mark.share))


def _peaks(prediction: Prediction, hardware: Hardware) -> tuple[Peak, ...]:
    """Peaks of the types that kernels compute in; all of the machine's if it has none of them."""
    used = {t.step.kernel.compute_dtype for t in prediction.timings if t.step.kernel.work.flops}
    dtypes = [dtype for dtype in hardware.compute if dtype in used] or list(hardware.compute)
    peaks = [Peak(dtype, hardware.compute[dtype].peak_flops_per_s) for dtype in dtypes]
    return tuple(sorted(peaks, key=lambda peak: -peak.flops_per_s))


def _slopes(deployment: Deployment, hardware: Hardware) -> tuple[Slope, ...]:
    totals = deployment.totals
    activations = hardware.memory_for("activations", totals.peak_activation_bytes)
    weights = hardware.memory_for("weights", totals.weight_bytes)
    if activations == weights:
        return (Slope(activations.name, "", activations.bandwidth_bytes_per_s),)
    return (
        Slope(activations.name, "activations", activations.bandwidth_bytes_per_s),
        Slope(weights.name, "weights", weights.bandwidth_bytes_per_s),
    )


def _notes(
    deployment: Deployment, prediction: Prediction, idle: Sequence[Timing], total_s: float
) -> tuple[str, ...]:
    if not total_s:
        fact = headline(deployment)
        return (f"{fact.value}: {fact.note}",)
    notes = []
    if idle:
        times: dict[KernelKind, float] = {}
        for timing in idle:
            kind = timing.step.kernel.kind
            times[kind] = times.get(kind, 0.0) + (timing.latency_s or 0.0) / total_s
        ranked = sorted(times.items(), key=lambda item: -item[1])
        named = ", ".join(f"{kind} {share(part)}" for kind, part in ranked[:_KINDS_NAMED])
        number, total = counted(len(idle), "kernel"), share(sum(times.values()))
        notes.append(f"no arithmetic: {number}, {total} of the time ({named})")
    missing = sum(figures.problems(prediction).values())
    if missing:
        notes.append(f"no prediction: {missing} of {len(prediction.timings)} kernels")
    return tuple(notes)
