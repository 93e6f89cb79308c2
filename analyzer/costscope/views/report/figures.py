"""Numbers that follow from an analysis and stand in more than one format."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import fsum

from costscope.analysis.types import Analysis, Deployment, Totals
from costscope.graph.types import Graph, Node
from costscope.kernels.flatten import flatten
from costscope.kernels.types import Kernel
from costscope.timing.types import Bound, Prediction, Timing
from costscope.views.report.names import labelled
from costscope.work import KernelKind


@dataclass(frozen=True, slots=True)
class Ridge:
    """Where a machine turns from memory- to compute-bound for an element type."""

    dtype: str
    flops_per_byte: float


Named = tuple[str, Deployment]


def named(analysis: Analysis) -> tuple[Named, ...]:
    """Deployments, each with its machine's name and no two with the same."""
    names = labelled(each.name for each in analysis.deployments)
    return tuple(zip(names, analysis.deployments, strict=True))


def runtimes(analysis: Analysis) -> dict[str, list[Named]]:
    """Deployments by what runs the model: those of one runtime share their kernels."""
    groups: dict[str, list[Named]] = {}
    for name, deployment in named(analysis):
        groups.setdefault(deployment.runs_as, []).append((name, deployment))
    return groups


def nodes(graph: Graph) -> tuple[Node, ...]:
    """Operators in the order they run, those inside loops and the branches taken included."""
    return tuple(flatten(graph).nodes)


def intensity(kernel: Kernel) -> float | None:
    """Arithmetic intensity in FLOP/byte; None for a kernel that moves nothing."""
    nbytes = kernel.traffic.total_bytes
    return kernel.work.flops / nbytes if nbytes else None


def macs_per_byte(totals: Totals) -> float | None:
    """Multiply-accumulates for each byte moved; None for a model that moves nothing."""
    return totals.work.macs / totals.traffic_bytes if totals.traffic_bytes else None


def latency_s(prediction: Prediction | None) -> float | None:
    """The latency; None where no kernel that takes time can be predicted, and without a machine.

    A graph of which only the free kernels are known (Reshape) has no latency of zero.
    """
    if prediction is None or (prediction.latency_s == 0 and not prediction.complete):
        return None
    return prediction.latency_s


def time_by_bound(prediction: Prediction) -> dict[Bound, float]:
    """Seconds spent in kernels of each bound, most first; between kernels is overhead."""
    times: dict[Bound, list[float]] = {}
    for timing in prediction.timings:
        if timing.latency_s:
            times.setdefault(timing.bound, []).append(timing.latency_s)
    if prediction.run_s:
        times.setdefault(Bound.OVERHEAD, []).append(prediction.run_s)
    sums = {bound: fsum(parts) for bound, parts in times.items()}
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def main_bound(prediction: Prediction) -> Bound:
    """The bound that most of the time is spent under."""
    if latency_s(prediction) is None:
        return Bound.UNKNOWN
    return next(iter(time_by_bound(prediction)), Bound.FREE)


def main_ridge(prediction: Prediction) -> Ridge | None:
    """The ridge point of the element type that most of the arithmetic is done in."""
    flops: Counter[str] = Counter()
    points: dict[str, float] = {}
    for timing in prediction.timings:
        if timing.ridge_point is not None:
            kernel = timing.step.kernel
            flops[kernel.compute_dtype] += kernel.work.flops * kernel.repeats
            points[kernel.compute_dtype] = timing.ridge_point
    if not flops.total():
        return None
    dtype = flops.most_common(1)[0][0]
    return Ridge(dtype, points[dtype])


def roof_ratio(prediction: Prediction) -> float | None:
    """Share of the roof that a prediction comes to: its roofline over its latency."""
    if not prediction.latency_s or prediction.roofline_s is None:
        return None
    return prediction.roofline_s / prediction.latency_s


def problems(prediction: Prediction, *, costed: bool = False) -> Counter[str]:
    """Why kernels have no time, with how many there are of each.

    Args:
        prediction: of a model on a machine.
        costed: only those of kernels that have a cost: what the machine cannot tell.
    """
    return Counter(
        timing.problem
        for timing in prediction.timings
        if timing.problem is not None and not (costed and timing.step.kernel.problem)
    )


def unpredicted(deployment: Deployment) -> Counter[KernelKind]:
    """How many kernels of each kind have no time on the machine."""
    return Counter(
        timing.step.kernel.kind
        for timing in timings(deployment)
        if timing is not None and timing.latency_s is None
    )


def timings(deployment: Deployment) -> tuple[Timing | None, ...]:
    """The timing of each kernel in order; None without a machine."""
    if deployment.prediction is None:
        return (None,) * len(deployment.kernels)
    return deployment.prediction.timings


def params(kernel: Kernel, graph: Graph) -> int:
    """Elements of the file's constants that a kernel reads as weights or biases."""
    return sum(graph.constants[name].elements for name in kernel.parameters)
