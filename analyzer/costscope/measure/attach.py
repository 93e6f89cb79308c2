"""What was measured beside what is predicted, kernel by kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from costscope.analysis.totals import totals_of
from costscope.graph.types import Graph
from costscope.hardware.types import Hardware
from costscope.kernels.runtimes import runtime_named
from costscope.kernels.types import Kernel
from costscope.measure.events import typical_s
from costscope.measure.join import Joined
from costscope.measure.origins import Origin, origins
from costscope.measure.profiled import Profiled
from costscope.measure.settings import Settings
from costscope.measure.statistics import spread
from costscope.measure.types import KernelTime, Measurement
from costscope.schedule.layerwise import layerwise
from costscope.timing.predict import predict
from costscope.timing.types import Bound, Prediction, Timing

RUNTIME = "onnxruntime"
_AS_IT_IS = "none"  # the graph that ran is fused already
_NOT_SAMPLED = "no calibration has sampled "
_NAMED = 3  # of a list, as many names as a sentence can bear


def described(
    profile: Profiled, original: Graph | None, settings: Settings, *, name: str
) -> Measurement:
    """What a profile says of a model: kernels measured, predicted, and where they come from.

    Args:
        profile: joined to the graph that ran.
        original: the graph before the runtime optimised it; None if it is not known.
        settings: what it ran with.
        name: of the model.

    Raises:
        UsageError: the machine was not calibrated with this number of threads.
    """
    joined, machine = profile.joined, settings.hardware
    prediction = None if machine is None else predicted(joined, machine, settings.threads)
    found = origins(joined.kernels, original)
    return Measurement(
        model=name,
        computer=None,
        runtime_version="",
        provider=settings.provider,
        threads=settings.threads,
        optimization=settings.optimization,
        latency=None,
        profiled=spread(profile.totals_s, warm_up_runs=profile.warm_up_runs),
        kernels=kernel_times(joined, prediction, found),
        unmatched=tuple(joined.unmatched_s),
        prediction=prediction,
        hardware="" if machine is None else machine.name,
        notes=tuple(_remarks(joined)),
    )


def predicted(joined: Joined, hardware: Hardware, threads: int) -> Prediction:
    """The prediction of the graph that ran, one step for each of its kernels.

    Raises:
        UsageError: the machine was not calibrated with this number of threads.
    """
    runtime = runtime_named(_AS_IT_IS)
    graph = joined.graph
    schedule = layerwise(joined.kernels, graph.inputs, graph.outputs, runtime)
    totals = totals_of(graph, joined.kernels, schedule)
    return predict(
        schedule, hardware, runtime=RUNTIME, weight_bytes=totals.weight_bytes, threads=threads
    )


def kernel_times(
    joined: Joined, prediction: Prediction | None, found: Mapping[str, Origin]
) -> tuple[KernelTime, ...]:
    """Every kernel as measured and as predicted; events without a kernel come last."""
    timings: Sequence[Timing | None] = (None,) * len(joined.kernels)
    if prediction is not None:
        timings = prediction.timings
    times = [
        _kernel_time(kernel, timing, joined.samples_s[kernel.name], found[kernel.name])
        for kernel, timing in zip(joined.kernels, timings, strict=True)
    ]
    lost = [
        KernelTime(
            name=name,
            op_type=joined.unmatched_ops[name],
            measured_s=typical_s(samples),
            kernel=None,
        )
        for name, samples in joined.unmatched_s.items()
    ]
    return (*times, *lost)


def _kernel_time(
    kernel: Kernel, timing: Timing | None, samples_s: Sequence[float], origin: Origin
) -> KernelTime:
    return KernelTime(
        name=kernel.name,
        op_type=kernel.nodes[0].op_type,
        measured_s=typical_s(samples_s),
        kernel=kernel,
        predicted_s=None if timing is None else timing.latency_s,
        reason="" if timing is None else _reason(timing, layout=origin.layout),
        origin=origin.nodes,
        layout=origin.layout,
    )


def _reason(timing: Timing, *, layout: bool) -> str:
    """Why a prediction may be off or is missing; "" if there is nothing to say."""
    if timing.problem is not None:
        if timing.problem.startswith(_NOT_SAMPLED):
            kind = timing.problem.removeprefix(_NOT_SAMPLED).removesuffix(" kernels")
            return f"not sampled: {kind}"
        return timing.problem
    if timing.extrapolated:
        return "outside the calibrated range"
    if layout:
        return "layout conversion"
    return "overhead-bound" if timing.bound is Bound.OVERHEAD else ""


def _remarks(joined: Joined) -> Iterator[str]:
    if joined.idle:
        names = ", ".join(joined.idle[:_NAMED]) + ", ..." * (len(joined.idle) > _NAMED)
        yield f"{len(joined.idle)} nodes of the graph have no event in the profile: {names}"
    if joined.unmatched_s:
        count = len(joined.unmatched_s)
        yield f"{count} events of the profile are no node of the graph; their time is listed apart"
