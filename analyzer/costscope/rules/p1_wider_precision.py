"""P1: floats on a machine that is faster in a narrower type."""

from __future__ import annotations

from collections.abc import Iterator

from costscope import dtypes
from costscope.analysis.types import Deployment, Severity
from costscope.hardware.types import Hardware
from costscope.rules import Found, rule
from costscope.timing.rated import macs_by_dtype
from costscope.units import format_bytes, format_latency, format_percent
from costscope.whatif.case import Case, Saving
from costscope.whatif.precision import Basis, Narrow, basis_of, computed_in, narrowed

LEAST_SAVING_RATIO = 0.1  # of the latency: less is not worth the loss of accuracy
LEAST_MACS_RATIO = 0.5  # of the model's, in floats: fewer, and it is quantized already
_TARGETS = ("int8", "float16")


@rule("P1", name="wider precision than the machine is fast in", severity=Severity.WARNING)
def wider_precision(case: Case) -> Iterator[Found]:
    """Floats of 32 or 16 bits where the machine is faster in 16 or 8.

    What it finds:
        Models that do most multiply-accumulates in float32 or float16, on machines that are
        predicted to run them at least 10 % faster in float16 or int8, or that have no floats
        at all. One finding for a model and a machine.
    Why it costs:
        A vector register holds 4 float32, 8 float16 or 16 int8; instructions such as Arm's dot
        product do four int8 multiply-accumulates a lane. Weights and activations take a half
        or a quarter of the bytes.

    Example:
        MobileNetV2 in float32 on a Pixel 6, a Raspberry Pi 4 or an Edge TPU, which has no
        other arithmetic than int8.
    How to fix:
        Quantize after training, with calibration data, or train with quantization; or export
        in float16. The saving is the whole model priced in that type (as by --as-dtype); under
        ncnn, which has integer kernels for convolutions and fully connected layers alone, that
        of the quantized file, with its other operators in floats and all conversions.
    Thresholds:
        10 % of the latency: accuracy is at stake. A note, not a warning, where networks like
        this one were not measured in the narrower type on this machine. Nothing where the
        runtime computes both alike (float32 files that a GPU runs in float16).
    Source:
        Jacob et al. 2018, arXiv 1712.05877, Section 4 (int8 against float on phones); the
        peaks and rates of the machine's profile, with their own sources.
    """
    hardware, prediction = case.hardware, case.deployment.prediction
    main = _main_dtype(case)
    if hardware is None or prediction is None or main is None:
        return
    if computed_in(prediction, main) in hardware.compute:
        found = _fastest(case, hardware, main)
        if found is not None:
            yield _slower(case, main, found)
    elif "int8" in hardware.compute:
        yield _without_floats(case, hardware, main)


def _main_dtype(case: Case) -> str | None:
    """The float type of most multiply-accumulates; None where there is none."""
    macs = macs_by_dtype(case.deployment.kernels)
    most = macs.most_common(1)
    if not most or most[0][1] <= 0 or most[0][0] not in ("float32", "float16"):
        return None
    return most[0][0] if most[0][1] >= LEAST_MACS_RATIO * macs.total() else None


def _fastest(case: Case, hardware: Hardware, main: str) -> Narrow | None:
    """The narrower type that saves most, of those that were measured if any of them saves."""
    prediction, before_s = case.deployment.prediction, case.latency_s
    if prediction is None or not prediction.complete or not before_s:
        return None
    best: Narrow | None = None
    for dtype in _TARGETS:
        if not _may_save(case, hardware, (main, dtype), known=best is not None):
            continue
        found = narrowed(case, dtype)
        if found is None or before_s - found.latency_s < LEAST_SAVING_RATIO * before_s:
            continue
        if best is None or found.basis is Basis.MEASURED:
            best = found
        if best.basis is Basis.MEASURED:
            break
    return best


def _may_save(case: Case, hardware: Hardware, types: tuple[str, str], *, known: bool) -> bool:
    """Whether the machine may be faster in the second type.

    It has a higher peak or rates of its own; rates alone count where something was found
    already: types come by their peaks, so another peak is no better.
    """
    main, other = types
    prediction = case.deployment.prediction
    if prediction is None or dtypes.named(other).bits >= dtypes.named(main).bits:
        return False
    runtime = case.deployment.runtime.name
    rates = hardware.rates_for(runtime, threads=prediction.threads, dtype=other)
    there = rates.computes(other) if rates else other
    here = computed_in(prediction, main)
    if there not in hardware.compute or there == here:
        return False
    if rates is not None and rates.dtype == there:
        return True
    peak = hardware.compute[there].peak_flops_per_s
    return not known and peak > hardware.compute[here].peak_flops_per_s


def _slower(case: Case, main: str, found: Narrow) -> Found:
    before_s = case.latency_s or 0.0
    saved_s = before_s - found.latency_s
    prediction = case.deployment.prediction
    basis = basis_of(prediction, main) if prediction else Basis.PEAK
    before_bytes, after_bytes = _weights(case.deployment), _weights(found.deployment)
    return Found(
        subject=case.analysis.model,
        message=(
            f"{main}, {format_latency(before_s)} with {format_bytes(before_bytes)} of weights; in "
            f"{found.dtype} {format_latency(found.latency_s)} with {format_bytes(after_bytes)}, "
            f"{format_percent(saved_s / before_s)} less; "
            f"{_told((main, basis), (found.dtype, found.basis))}"
        ),
        change=_change(found.dtype),
        evidence={
            "latency_before_s": before_s,
            "latency_after_s": found.latency_s,
            "weight_before_bytes": before_bytes,
            "weight_after_bytes": after_bytes,
            "measured_before": int(basis is Basis.MEASURED),
            "measured_after": int(found.basis is Basis.MEASURED),
        },
        saving=_saving(case, found.deployment, (before_s, saved_s)),
        severity=None if found.basis is Basis.MEASURED else Severity.NOTE,
    )


def _told(before: tuple[str, Basis], after: tuple[str, Basis]) -> str:
    """What the two latencies rest on."""
    if before[1] is after[1]:
        return f"both rest on {before[1]}"
    return f"{before[0]} rests on {before[1]}, {after[0]} on {after[1]}"


def _without_floats(case: Case, hardware: Hardware, main: str) -> Found:
    after = case.deployed_in("int8")
    latency_s = after.prediction.latency_s if after.prediction else None
    told = f"; in int8 it takes {format_latency(latency_s)}" if latency_s else ""
    before_bytes, after_bytes = _weights(case.deployment), _weights(after)
    evidence = {"weight_before_bytes": before_bytes, "weight_after_bytes": after_bytes}
    return Found(
        subject=case.analysis.model,
        message=(
            f"{hardware.name} has no {main} arithmetic: nothing of the network runs there{told}"
        ),
        change=_change("int8"),
        evidence=evidence | ({"latency_after_s": latency_s} if latency_s else {}),
        severity=Severity.ERROR,
    )


def _change(dtype: str) -> str:
    if dtype == "int8":
        return "quantize weights and activations to int8"
    return f"export the model in {dtype}"


def _weights(deployment: Deployment) -> int:
    return deployment.totals.weight_bytes


def _saving(case: Case, after: Deployment, times: tuple[float, float]) -> Saving:
    before_s, saved_s = times
    return Saving(
        latency_s=saved_s,
        latency_ratio=saved_s / before_s,
        traffic_bytes=case.deployment.totals.traffic_bytes - after.totals.traffic_bytes,
        macs=0,
    )
