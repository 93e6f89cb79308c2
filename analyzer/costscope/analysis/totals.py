"""Sums over kernels: a model's totals and its shares by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from costscope.analysis.types import Deployment, KindShare, Totals
from costscope.graph.types import Graph
from costscope.kernels.types import Kernel, Traffic
from costscope.ops import packed_elements
from costscope.schedule.types import Schedule
from costscope.work import NO_WORK, KernelKind, Work


def totals_of(graph: Graph, kernels: Sequence[Kernel], schedule: Schedule) -> Totals:
    """The totals of a model as its kernels run it; constants read twice count once."""
    stored = dict.fromkeys(name for kernel in kernels for name in kernel.stored)
    by_dtype: dict[str, int] = {}
    packed = _packed(kernels)
    for name in stored:
        tensor = graph.constants[name]
        by_dtype[tensor.dtype.name] = by_dtype.get(tensor.dtype.name, 0) + tensor.nbytes
    traffic = _traffic(kernels)
    return Totals(
        work=_work(kernels),
        params=_elements(graph, (name for kernel in kernels for name in kernel.parameters), packed),
        statistics=_elements(
            graph, (name for kernel in kernels for name in kernel.statistics), packed
        ),
        weight_bytes=sum(by_dtype.values()),
        weight_bytes_by_dtype=dict(sorted(by_dtype.items())),
        activation_bytes=traffic.activation_bytes,
        traffic_bytes=traffic.total_bytes,
        memory_access=sum(kernel.memory_access * kernel.repeats for kernel in kernels),
        peak_activation_bytes=schedule.peak.nbytes,
    )


def _elements(graph: Graph, names: Iterable[str], packed: Mapping[str, int]) -> int:
    """Elements of constants by name, each once; the numbers inside where one is packed."""
    once = dict.fromkeys(names)
    return sum(packed.get(name) or graph.constants[name].elements for name in once)


def _packed(kernels: Sequence[Kernel]) -> dict[str, int]:
    """Numbers in each constant that packs several into one element, by its name."""
    found: dict[str, int] = {}
    for node in (node for kernel in kernels for node in kernel.nodes):
        for slot, count in packed_elements(node).items():
            tensor = node.input(slot)
            if tensor is not None and len(tensor.sources) == 1:
                found[tensor.sources[0]] = count
    return found


def by_kind(deployment: Deployment) -> tuple[KindShare, ...]:
    """Kernels by kind, most time first, then most MACs."""
    times: dict[KernelKind, float] = {}
    if deployment.prediction is not None:
        for timing in deployment.prediction.timings:
            kind = timing.step.kernel.kind
            times[kind] = times.get(kind, 0.0) + (timing.latency_s or 0.0)
    shares = []
    for kind in dict.fromkeys(kernel.kind for kernel in deployment.kernels):
        members = [kernel for kernel in deployment.kernels if kernel.kind is kind]
        traffic = _traffic(members)
        shares.append(
            KindShare(
                kind=kind,
                kernels=len(members),
                work=_work(members),
                weight_bytes=traffic.weight_bytes,
                activation_bytes=traffic.activation_bytes,
                latency_s=times.get(kind) if deployment.prediction is not None else None,
            )
        )
    return tuple(
        sorted(shares, key=lambda s: (s.latency_s or 0.0, s.work.macs, s.kernels), reverse=True)
    )


def _work(kernels: Sequence[Kernel]) -> Work:
    return (
        Work(
            sum(kernel.work.macs * kernel.repeats for kernel in kernels),
            sum(kernel.work.vector_ops * kernel.repeats for kernel in kernels),
            sum(kernel.work.special_ops * kernel.repeats for kernel in kernels),
        )
        if kernels
        else NO_WORK
    )


def _traffic(kernels: Sequence[Kernel]) -> Traffic:
    return Traffic(
        sum(kernel.traffic.weight_bytes * kernel.repeats for kernel in kernels),
        sum(kernel.traffic.read_bytes * kernel.repeats for kernel in kernels),
        sum(kernel.traffic.write_bytes * kernel.repeats for kernel in kernels),
    )
