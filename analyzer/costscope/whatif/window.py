"""The neighbourhood of a change, priced before and after: all that can be different.

Fusion looks at neighbours, and time, by most models of it, at single kernels. So a change is
priced by the kernels around it, as long as these come out of the neighbourhood alone as they
do out of the whole graph; where they do not, the whole graph has to be priced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from costscope.analysis.types import Deployment
from costscope.graph.types import Graph, Node
from costscope.kernels.fuse import fuse
from costscope.kernels.types import Kernel
from costscope.schedule.types import Step
from costscope.timing.step import Prepared, prepare, timing_of
from costscope.timing.types import TimeModel

_RINGS = 2  # of kernels around a change: a pattern may take in a neighbour, and that one its own
_LARGEST = 0.5  # of the graph: from here on the whole of it is as fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What kernels cost in one inference.

    Attributes:
        latency_s: of those that have a time.
        unpriced: names of those that have none.
        traffic_bytes: that they move.
        macs: that they do.
    """

    latency_s: float
    unpriced: frozenset[str]
    traffic_bytes: int
    macs: int


def local_costs(before: Deployment, graph: Graph, changed: Graph) -> tuple[Cost, Cost] | None:
    """What a neighbourhood costs before and after a change; None where it does not decide.

    Args:
        before: the graph as it is deployed.
        graph: as it is.
        changed: as it would be.
    """
    names = _neighbourhood(before.kernels, graph, changed)
    if names is None:
        return None
    ours = _fused(graph, before, names)
    if _parted(ours) != _parted(k for k in before.kernels if _name_of(k) in names):
        return None
    theirs = _fused(changed, before, names | (_names(changed) - _names(graph)))
    weight_bytes = before.totals.weight_bytes
    other_bytes = weight_bytes + _weights(theirs, changed) - _weights(ours, graph)
    machine = _prepared(before, weight_bytes)
    if before.hardware is None:
        return _cost(ours, None), _cost(theirs, None)
    other = _prepared(before, other_bytes)
    if machine is None or other is None or other.weights != machine.weights:
        return None  # weights lie elsewhere: every kernel that reads some is different
    return _cost(ours, machine), _cost(theirs, machine)


def _neighbourhood(
    kernels: Sequence[Kernel], graph: Graph, changed: Graph
) -> frozenset[str] | None:
    """Names of the operators around all that is different; None where that is nearly all."""
    if graph.inputs != changed.inputs or any(n.branches for n in (*graph.nodes, *changed.nodes)):
        return None
    old = {node.name: node for node in graph.nodes}
    new = {node.name: node for node in changed.nodes}
    different = [node for name, node in old.items() if new.get(name) is not node]
    added = [node for name, node in new.items() if old.get(name) is not node]
    together = {node.name: kernel for kernel in kernels for node in kernel.nodes}
    found = {node.name for node in different}
    found.update(_fellows(found, together))
    if list(map(_wiring, different)) == list(map(_wiring, added)):
        return frozenset(found)  # only sizes differ: the same operators become one as before
    around = _around(graph)
    tensors = _touched((*different, *added))
    for _ in range(_RINGS + 1):
        found.update(name for tensor in tensors for name in around.get(tensor, ()))
        found.update(_fellows(found, together))
        if len(found) > _LARGEST * len(old):
            return None
        tensors = _touched(old[name] for name in found)
    return frozenset(found)


def _fellows(names: Iterable[str], together: Mapping[str, Kernel]) -> Iterator[str]:
    """Names of the operators that run as one with these."""
    for name in tuple(names):
        if name in together:
            yield from (node.name for node in together[name].nodes)


def _wiring(node: Node) -> tuple[object, ...]:
    """What is done to which tensors, whatever their sizes."""
    reads = tuple(t.name if t and not t.constant else bool(t) for t in node.inputs)
    return node.name, node.key, reads, tuple(t.name for t in node.outputs)


def _around(graph: Graph) -> dict[str, list[str]]:
    """The operators that read or make each tensor."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes:
        for tensor in (*node.inputs, *node.outputs):
            if tensor is not None and not tensor.constant:
                found.setdefault(tensor.name, []).append(node.name)
    return found


def _touched(nodes: Iterable[Node]) -> set[str]:
    """Names of the activations that operators read and write."""
    return {
        tensor.name
        for node in nodes
        for tensor in (*node.inputs, *node.outputs)
        if tensor is not None and not tensor.constant
    }


def _fused(graph: Graph, before: Deployment, names: Collection[str]) -> tuple[Kernel, ...]:
    """The kernels of a part of a graph; what others read of it leaves it."""
    inside = tuple(node for node in graph.nodes if node.name in names)
    wanted = {tensor.name for tensor in graph.outputs}
    for node in graph.nodes:
        if node.name not in names:
            wanted.update(tensor.name for tensor in node.inputs if tensor is not None)
    outputs = tuple(t for node in inside for t in node.outputs if t.name in wanted)
    part = replace(graph, nodes=inside, outputs=outputs, assumptions=())
    return fuse(part, before.runtime)[0]


def _parted(kernels: Iterable[Kernel]) -> list[tuple[object, ...]]:
    """Kernels as far as they decide on time; sorted."""
    return sorted(
        (_name_of(k), k.kind, k.runs_as, k.op_types, k.compute_dtype, k.traffic.total_bytes)
        for k in kernels
    )


def _name_of(kernel: Kernel) -> str:
    """An operator that stands for it."""
    return kernel.nodes[0].name if kernel.nodes else kernel.name


def _names(graph: Graph) -> frozenset[str]:
    return frozenset(node.name for node in graph.nodes)


def _weights(kernels: Iterable[Kernel], graph: Graph) -> int:
    stored = dict.fromkeys(name for kernel in kernels for name in kernel.stored)
    return sum(graph.constants[name].nbytes for name in stored)


def _prepared(deployment: Deployment, weight_bytes: int) -> Prepared | None:
    """The machine with weights of this size; None where kernels cannot be priced one by one."""
    hardware, prediction = deployment.hardware, deployment.prediction
    if hardware is None or prediction is None:
        return None
    if hardware.fitted or any(timing.fallback for timing in prediction.timings):
        return None  # there, time depends on what stands around
    if len([m for m in hardware.memories if "activations" in m.holds]) > 1:
        rated = prediction.time_model is TimeModel.CALIBRATED
        if not rated:
            return None  # another peak may lie in another memory
    return prepare(
        deployment.schedule,
        hardware,
        runtime=deployment.runtime.name,
        weight_bytes=weight_bytes,
        time_model=prediction.time_model,
        threads=prediction.threads,
    )


def _cost(kernels: Sequence[Kernel], machine: Prepared | None) -> Cost:
    timings = [timing_of(Step(kernel, 0), machine) for kernel in kernels] if machine else []
    return Cost(
        latency_s=fsum(t.latency_s for t in timings if t.latency_s is not None),
        unpriced=frozenset(t.step.kernel.name for t in timings if t.latency_s is None),
        traffic_bytes=sum(k.traffic.total_bytes * k.repeats for k in kernels),
        macs=sum(k.work.macs * k.repeats for k in kernels),
    )
