"""Measured kernels on a machine's roofline: the data of that panel."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.hardware.types import Hardware
from costscope.kernels.types import Kernel
from costscope.views.measurement import figures
from costscope.views.measurement.figures import Row
from costscope.views.report.figures import Ridge, intensity
from costscope.views.report.names import clean, counted, layer_name
from costscope.views.report.shares import share
from costscope.views.roofline.panels import Mark, Panel, Peak, Slope
from costscope.work import KernelKind

_KINDS_NAMED = 4


def panel_of(rows: Sequence[Row], hardware: Hardware) -> Panel:
    """The machine's roofs with the kernels where they were measured, never cut at a roof."""
    whole = figures.group_of(rows)
    marks = [mark for row in rows if (mark := _mark(row, whole.measured_s)) is not None]
    shares: dict[KernelKind, float] = {}
    for mark in marks:
        shares[mark.kind] = shares.get(mark.kind, 0.0) + mark.share
    slopes = _slopes(rows, hardware)
    peaks = _peaks(rows, hardware)
    attained = f"{share(whole.roof_ratio)} of the roof attained" if whole.roof_ratio else ""
    return Panel(
        title=clean(hardware.name),
        latency=attained,
        marks=tuple(sorted(marks, key=lambda mark: -mark.share)),
        kinds=tuple(sorted(shares.items(), key=lambda item: -item[1])),
        peaks=peaks,
        slopes=slopes,
        ridge=_ridge(rows, peaks, slopes[0]),
        notes=_notes(rows, whole.measured_s),
    )


def _mark(row: Row, total_s: float) -> Mark | None:
    kernel, rate = row.time.kernel, row.flops_per_s
    if kernel is None or rate is None or not intensity(kernel):
        return None
    return Mark(
        name=layer_name(kernel),
        kind=kernel.kind,
        flops_per_byte=intensity(kernel) or 0.0,
        flops_per_s=rate,
        share=row.measured_s / total_s,
    )


def _kernels(rows: Sequence[Row]) -> list[Kernel]:
    return [row.time.kernel for row in rows if row.time.kernel is not None]


def _peaks(rows: Sequence[Row], hardware: Hardware) -> tuple[Peak, ...]:
    """Peaks of the types that kernels compute in; all of the machine's if it has none of them."""
    used = {kernel.compute_dtype for kernel in _kernels(rows) if kernel.work.flops}
    dtypes = [dtype for dtype in hardware.compute if dtype in used] or list(hardware.compute)
    peaks = [Peak(dtype, hardware.compute[dtype].peak_flops_per_s) for dtype in dtypes]
    return tuple(sorted(peaks, key=lambda peak: -peak.flops_per_s))


def _slopes(rows: Sequence[Row], hardware: Hardware) -> tuple[Slope, ...]:
    """Bandwidths of the memories that the largest activations and all weights lie in."""
    traffic = [kernel.traffic for kernel in _kernels(rows)]
    largest = max((each.activation_bytes for each in traffic), default=0)
    activations = hardware.memory_for("activations", largest)
    weights = hardware.memory_for("weights", sum(each.weight_bytes for each in traffic))
    if activations == weights:
        return (Slope(activations.name, "", activations.bandwidth_bytes_per_s),)
    return (
        Slope(activations.name, "activations", activations.bandwidth_bytes_per_s),
        Slope(weights.name, "weights", weights.bandwidth_bytes_per_s),
    )


def _ridge(rows: Sequence[Row], peaks: Sequence[Peak], slope: Slope) -> Ridge | None:
    """Where the type that most of the arithmetic is done in turns compute-bound."""
    flops = {peak.dtype: 0 for peak in peaks}
    for kernel in _kernels(rows):
        if kernel.compute_dtype in flops:
            flops[kernel.compute_dtype] += kernel.work.flops * kernel.repeats
    if not any(flops.values()):
        return None
    dtype = max(flops, key=lambda each: flops[each])
    peak = next(peak for peak in peaks if peak.dtype == dtype)
    return Ridge(dtype, peak.flops_per_s / slope.bytes_per_s)


def _notes(rows: Sequence[Row], total_s: float) -> tuple[str, ...]:
    """Sentences about kernels that are no mark."""
    idle = [row for row in rows if _mark(row, total_s or 1.0) is None and row.measured_s]
    if not idle:
        return ()
    groups = figures.by_kind(idle)[:_KINDS_NAMED]
    named = ", ".join(f"{each.kind} {share(each.measured_s / total_s)}" for each in groups)
    part = share(figures.group_of(idle).measured_s / total_s)
    return (f"no arithmetic known: {counted(len(idle), 'kernel')}, {part} of the time ({named})",)
