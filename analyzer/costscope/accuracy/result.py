"""A measurement and a prediction of one network as one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from costscope.accuracy.baselines import roof_flops
from costscope.accuracy.types import CalibrationFacts, KindTime, NetworkResult
from costscope.analysis.types import Deployment
from costscope.hardware.types import Hardware
from costscope.measure.types import KernelTime, Measurement

_UNMATCHED = "unmatched"
_MOST_PROBLEMS = 5


def with_measurement(row: NetworkResult, found: Measurement) -> NetworkResult:
    """The row with what was measured.

    Kernels are those of the graph that ran, each beside what the profile says of that very
    kernel; the network's prediction is made apart, from a graph that was predicted too.
    """
    kinds = kind_times(found.kernels)
    unsampled_s = sum(each.unsampled_s for each in kinds)
    total_s = unsampled_s + sum(each.measured_s for each in kinds)
    return replace(
        row,
        measured=found.latency,
        kinds=kinds,
        unsampled_ratio=unsampled_s / total_s if total_s else None,
        disturbed=row.disturbed or bool(found.disturbances),
        error=row.error or found.error or ("" if found.latency else "no latency was measured"),
    )


def with_prediction(row: NetworkResult, deployment: Deployment) -> NetworkResult:
    """The row with what was predicted."""
    prediction = deployment.prediction
    if prediction is None or prediction.latency_s is None:
        return replace(row, error="no prediction: the profile knows none of its kernels")
    problems = [each.problem for each in prediction.timings if each.problem is not None]
    totals = deployment.totals
    return replace(
        row,
        predicted_s=prediction.latency_s,
        low_s=prediction.latency_low_s if prediction.latency_high_s is not None else None,
        high_s=prediction.latency_high_s,
        complete=prediction.complete,
        executed=deployment.executed,
        macs=totals.work.macs,
        traffic_bytes=totals.traffic_bytes,
        roof_flops=roof_flops([each.step.kernel for each in prediction.timings]),
        problems=tuple(dict.fromkeys(problems))[:_MOST_PROBLEMS],
    )


def with_retest(row: NetworkResult, found: Measurement) -> NetworkResult:
    """The row with its second measurement."""
    return replace(
        row,
        retest_s=found.latency.median_s if found.latency else None,
        disturbed=row.disturbed or bool(found.disturbances),
    )


def kind_times(kernels: Sequence[KernelTime]) -> tuple[KindTime, ...]:
    """Measured kernels by kind, in the order the kinds first ran."""
    kinds: dict[str, KindTime] = {}
    for each in kernels:
        kind = str(each.kernel.kind) if each.kernel is not None else _UNMATCHED
        empty = KindTime(kind=kind, kernels=0, measured_s=0.0, predicted_s=0.0, error_s=0.0)
        kinds[kind] = _added(kinds.get(kind, empty), each)
    return tuple(kinds.values())


def _added(sums: KindTime, kernel: KernelTime) -> KindTime:
    if kernel.predicted_s is None:
        return replace(
            sums,
            unsampled_kernels=sums.unsampled_kernels + 1,
            unsampled_s=sums.unsampled_s + kernel.measured_s,
        )
    return replace(
        sums,
        kernels=sums.kernels + 1,
        measured_s=sums.measured_s + kernel.measured_s,
        predicted_s=sums.predicted_s + kernel.predicted_s,
        error_s=sums.error_s + abs(kernel.predicted_s - kernel.measured_s),
    )


def calibration_facts(hardware: Hardware, *, runtime: str, threads: int) -> CalibrationFacts | None:
    """The facts of the calibration that predicts; None if there is none for these threads."""
    fitted, identity = hardware.fitted_for(runtime, threads), hardware.identity
    if fitted is None:
        return None
    return CalibrationFacts(
        cpu=identity.cpu if identity else "",
        date=identity.date if identity else "",
        runtime=fitted.runtime,
        version=fitted.version,
        threads=fitted.threads,
        classes=len(fitted.classes),
        samples=sum(each.samples for each in fitted.classes.values()),
        confidence=fitted.confidence,
        error_ratio=fitted.error_ratio,
    )
