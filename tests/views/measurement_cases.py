"""Measurements made by hand: what every view of them must be able to report."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from view_cases import calibrated, hostile, machine

from costscope import pipeline
from costscope.analysis.types import Analysis
from costscope.hardware.types import Compute, Hardware, Memory, Rates
from costscope.measure.types import Computer, Disturbance, KernelTime, Measurement, Spread
from costscope.timing.rates import structure_named
from costscope.work import NO_WORK, KernelKind
from rated_cases import PLAIN

COMPUTER = Computer(
    cpu="Example CPU 9000",
    architecture="x86_64",
    cores=2,
    flags=("avx2", "fma", "avx512f"),
    governor="performance",
    system="Linux 6.1",
    memory_bytes=8 << 30,
)


def desktop(*, fitted: bool = True) -> Hardware:
    """A machine of about the speed of one core of a server."""
    structure = structure_named(PLAIN)
    memories = (
        Memory(
            name="L2",
            capacity_bytes=2 << 20,
            bandwidth_bytes_per_s=6e10,
            holds=("activations",),
            source="sheet",
        ),
        Memory(
            name="dram",
            capacity_bytes=8 << 30,
            bandwidth_bytes_per_s=1.5e10,
            holds=("weights", "activations"),
            source="sheet",
        ),
    )
    return replace(
        machine("host", "onnxruntime", memories=memories),
        compute={
            "float32": Compute(
                dtype="float32", peak_flops_per_s=1.8e11, runs_as="float32", source="sheet"
            )
        },
        rates=(
            Rates(
                runtime="onnxruntime",
                structure=structure.name,
                compute_ratio=dict.fromkeys(structure.compute, 0.7),
                bandwidth_bytes_per_s=dict.fromkeys(structure.memory, 7.5e9),
                dispatch_s=2e-6,
                networks=7,
                error_ratio=0.12,
                median_error_ratio=0.1,
                low_ratio=1 / 1.12,
                high_ratio=1.12,
                source="sheet",
            ),
        )
        if fitted
        else (),
    )


def spread(median_s: float, runs: int = 57) -> Spread:
    """A skewed spread around a median."""
    return Spread(
        median_s=median_s,
        low_s=median_s * 0.9976,
        high_s=median_s * 1.0032,
        confidence=0.95,
        p10_s=median_s * 0.991,
        p90_s=median_s * 1.0235,
        min_s=median_s * 0.983,
        runs=runs,
        warm_up_runs=5,
    )


def measurement_of(
    analysis: Analysis, times: Mapping[str, float] | None = None, *, estimated: bool = True
) -> Measurement:
    """An analysis as if it had been measured.

    Args:
        analysis: on one machine or on none.
        times: measured seconds by kernel; 100 us each without.
        estimated: whether kernels have the machine's prediction.
    """
    prediction = analysis.first.prediction
    timings = prediction.timings if prediction else [None] * len(analysis.first.kernels)
    kernels = tuple(
        KernelTime(
            name=kernel.name,
            op_type=kernel.op_types[0],
            measured_s=(times or {}).get(kernel.name, 100e-6),
            kernel=kernel,
            predicted_s=timing.latency_s if timing and estimated else None,
            origin=tuple(node.name for node in kernel.nodes),
        )
        for kernel, timing in zip(analysis.first.kernels, timings, strict=True)
    )
    total_s = sum(each.measured_s for each in kernels)
    return Measurement(
        model=analysis.model,
        computer=COMPUTER,
        runtime_version="1.31.1",
        provider="CPUExecutionProvider",
        threads=1,
        optimization="all",
        latency=spread(total_s),
        profiled=spread(total_s * 1.075, runs=9),
        kernels=kernels,
        prediction=prediction,
        hardware=analysis.first.name if analysis.first.hardware else "",
    )


def plain() -> Measurement:
    """Two kernels of 100 us; predicted 13.8896 us (stem) and 17.5888 us (head)."""
    from view_cases import small

    return measurement_of(pipeline.analyze(small(), calibrated()))


def realistic(*, fitted: bool = True) -> Measurement:
    """MobileNetV2: times scattered around the prediction; some layout work, reasons."""
    analysis = pipeline.analyze("zoo:mobilenet_v2", desktop())
    prediction = analysis.first.prediction
    assert prediction is not None
    dice = random.Random(4)
    times = {
        t.step.kernel.name: round((t.latency_s or 1.6e-6) * dice.lognormvariate(-0.03, 0.16), 7)
        for t in prediction.timings
    }
    if not fitted:
        analysis = pipeline.analyze("zoo:mobilenet_v2", desktop(fitted=False))
    found = measurement_of(analysis, times)
    kernels = list(found.kernels)
    kernels[0] = replace(kernels[0], reason="outside the calibrated range")
    kernels[5] = replace(kernels[5], reason="overhead-bound")
    last = kernels[-1].kernel
    assert last is not None
    reorder = KernelTime(
        name="reorder_token_3",
        op_type="ReorderOutput",
        measured_s=41e-6,
        kernel=replace(last, name="reorder_token_3", kind=KernelKind.MOVEMENT, work=NO_WORK),
        predicted_s=55e-6 if fitted else None,
        reason="layout conversion",
        layout=True,
    )
    kernels.append(reorder)
    return replace(found, kernels=tuple(kernels))


def uncalibrated() -> Measurement:
    """A machine of which only the roofline is known."""
    return realistic(fitted=False)


def without_machine() -> Measurement:
    """Only measured."""
    from view_cases import small

    return measurement_of(pipeline.analyze(small()))


def incomplete() -> Measurement:
    """30, 10 and 5 us measured: predicted 33 us, not sampled, and an event without a kernel."""
    from view_cases import small

    analysis = pipeline.analyze(small(), calibrated())
    prediction = analysis.first.prediction
    assert prediction is not None
    found = measurement_of(analysis)
    first, second = found.kernels
    lost = KernelTime(name="mystery", op_type="Mystery", measured_s=5e-6, kernel=None)
    partial = replace(
        prediction,
        latency_s=prediction.timings[0].latency_s,
        latency_high_s=None,
        complete=False,
    )
    return replace(
        found,
        kernels=(
            replace(first, measured_s=30e-6, predicted_s=33e-6, reason="overhead-bound"),
            replace(second, measured_s=10e-6, predicted_s=None, reason="not sampled"),
            lost,
        ),
        unmatched=("mystery",),
        prediction=partial,
    )


def disturbed() -> Measurement:
    """Steal time and drift, after two attempts were thrown away."""
    return replace(
        plain(),
        disturbances=(
            Disturbance(kind="steal", amount=0.043, message="4.3 % of the time was stolen."),
            Disturbance(kind="drift", amount=0.08, message="the reference drifted by 8 %."),
        ),
        retries=2,
        notes=("Weights are constants.",),
        weights="as given",
    )


def recorded() -> Measurement:
    """A profile from elsewhere: no latency, no computer, names that try to steer."""
    analysis = pipeline.analyze(hostile(), calibrated())
    found = measurement_of(analysis)
    return replace(found, computer=None, latency=None, runtime_version="", unmatched=("x\x1b[2J",))


def nothing() -> Measurement:
    """A model of which no kernel ran."""
    return replace(without_machine(), kernels=(), latency=spread(2e-6))


def failed() -> Measurement:
    """One of several that could not be measured."""
    return replace(
        without_machine(),
        model="broken",
        latency=None,
        profiled=None,
        kernels=(),
        error="broken.onnx: onnxruntime refuses it: no kernel for Mystery",
    )


MEASURED: dict[str, Callable[[], Measurement]] = {
    "plain": plain,
    "realistic": realistic,
    "uncalibrated": uncalibrated,
    "without machine": without_machine,
    "incomplete": incomplete,
    "disturbed": disturbed,
    "recorded": recorded,
    "nothing": nothing,
    "failed": failed,
}
