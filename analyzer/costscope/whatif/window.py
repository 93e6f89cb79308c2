"""The neighbourhood of a change, priced before and after: all that can be different.

Fusion looks at neighbours, and time, by most models of it, at single kernels. So a change is
priced by the kernels around it, as long as these come out of the neighbourhood alone as they
do out of the whole graph; where they do not, the whole graph has to be priced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum

from costscope.graph.types import Graph, Node
from costscope.kernels.fuse import fuse
from costscope.kernels.types import Kernel
from costscope.timing.rated import macs_by_dtype
from costscope.timing.step import Prepared
from costscope.whatif.around import Around, touched
from costscope.whatif.change import Change, change_of
from costscope.whatif.sides import Priced, priced
from costscope.work import FREE

_RINGS = 3  # of kernels around a change: a pattern may take in a neighbour, and that one its own
_ROUNDING = 1e-6
_LARGEST = 0.5  # of the graph: from here on the whole of it is as fast


# A change of a kernel that has no time changes what is not known: its size counts, too.
Unpriced = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What kernels cost in one inference.

    Attributes:
        latency_s: of those that have a time; None of a whole model that is not predicted.
        unpriced: those that have none: the name, bytes and MACs of each.
        traffic_bytes: that they move.
        macs: that they do.
    """

    latency_s: float | None
    unpriced: frozenset[Unpriced]
    traffic_bytes: int
    macs: int


def local_costs(around: Around, changed: Graph) -> tuple[Cost, Cost] | None:
    """What a neighbourhood costs before and after a change; None where it does not decide.

    Args:
        around: the model as it is.
        changed: as it would be.
    """
    machine = around.machine
    if around.deployment.hardware is not None and machine is None:
        return None
    change = change_of(around, changed)
    if change is None:
        return None
    names = _neighbourhood(around, change)
    for _ in range(_RINGS):
        inside = around.kernels_of(names)
        if len(names) < len(around.nodes):
            ours = _fused(around, around.graph, around.in_order(names), names)
            if _parted(around, ours) != _parted(around, inside):
                return None
        theirs = _fused(around, changed, change.nodes(around, names), names)
        if machine is None:
            return _cost(around, inside, None), _cost(around, theirs, None)
        found = _costs(around, changed, inside, theirs)
        if not isinstance(found, frozenset):
            return found
        names = _limited(around, names | found)
    return None


def _limited(around: Around, names: Collection[str]) -> frozenset[str]:
    """Names of operators; of all where they are many."""
    return frozenset(around.nodes if len(names) > _LARGEST * len(around.nodes) else names)


def _neighbourhood(around: Around, change: Change) -> frozenset[str]:
    """Names of the operators around all that is different; of all where these are many."""
    found = {node.name for node in change.different}
    found.update(around.fellows(tuple(found)))
    dropped = any(not around.kernels_of((node.name,)) for node in change.different)
    if change.only_sizes and not dropped:
        return frozenset(found)  # the same operators become one as before
    tensors = touched((*change.different, *change.added))
    for _ in range(_RINGS):
        found = around.ring(found, tensors)
        if len(found) > _LARGEST * len(around.nodes):
            break
        tensors = touched(around.nodes[name] for name in found)
    return _limited(around, found)


def _fused(
    around: Around, graph: Graph, inside: Sequence[Node], names: Collection[str]
) -> tuple[Kernel, ...]:
    """The kernels of a part of a graph; what others read of it leaves it."""
    leaving = {tensor.name for tensor in graph.outputs}
    outputs = tuple(
        tensor
        for node in inside
        for tensor in node.outputs
        if tensor.name in leaving
        or any(name not in names for name in around.touching.get(tensor.name, ()))
    )
    part = replace(graph, nodes=tuple(inside), outputs=outputs, assumptions=())
    return fuse(part, around.deployment.runtime)[0]


def _parted(around: Around, kernels: Iterable[Kernel]) -> list[tuple[object, ...]]:
    """Kernels as far as they decide on time; sorted."""
    return sorted(
        (around.told(k.name), k.kind, k.runs_as, k.op_types, k.compute_dtype, k.traffic.total_bytes)
        for k in kernels
    )


def _costs(
    around: Around, changed: Graph, inside: Sequence[Kernel], theirs: Sequence[Kernel]
) -> tuple[Cost, Cost] | frozenset[str] | None:
    """What is different before and after; names of more operators if they are different, too.

    None where that is not all in a neighbourhood.
    """
    machine, other = around.machine, _machine_after(around, changed, inside, theirs)
    if machine is None or other is None:
        return None
    after = priced(around, theirs, other)
    if after is None:
        return None
    if met := _met(around, after, inside):
        return met
    before = Priced(tuple(around.seconds[kernel.name] for kernel in inside), {})
    costs = _cost(around, inside, before), _cost(around, theirs, after)
    if not _leaves_time(around, costs[0]) and not _has_time(theirs, after):
        return None
    if machine is other:
        return costs
    if machine.rated is None or other.rated is None:
        return None  # weights lie elsewhere: everything that reads some is different
    ratio = other.rated.setting.spilled_ratio - machine.rated.setting.spilled_ratio
    spilled = around.spilled_seconds
    wait_s = ratio * (fsum(spilled.values()) - fsum(spilled[kernel.name] for kernel in inside))
    return costs[0], replace(costs[1], latency_s=(costs[1].latency_s or 0.0) + wait_s)


def _has_time(kernels: Iterable[Kernel], found: Priced) -> bool:
    """Whether a kernel here takes time that is known."""
    return any(
        time_s is not None
        and kernel.kind not in FREE
        and not any(found.away.get(tensor.name) for tensor in kernel.writes)
        for kernel, time_s in zip(kernels, found.seconds, strict=True)
    )


def _met(around: Around, after: Priced, inside: Iterable[Kernel]) -> frozenset[str]:
    """Operators outside that read what now comes from another machine than before."""
    if not around.falls_back:
        return frozenset()
    kernels = tuple(inside)
    made = {tensor.name for kernel in kernels for tensor in kernel.writes}
    names = made | after.away.keys()
    turned = [n for n in names if around.sides.get(n, False) != after.away.get(n, False)]
    within = {around.origin(node.name) for kernel in kernels for node in kernel.nodes}
    readers = {name for tensor in turned for name in around.touching.get(tensor, ())}
    return frozenset({*readers, *around.fellows(readers)} - within)


def _machine_after(
    around: Around, changed: Graph, ours: Sequence[Kernel], theirs: Sequence[Kernel]
) -> Prepared | None:
    """The machine as the changed model finds it; None where kernels wait for others there."""
    machine = around.machine
    if machine is None:
        return None
    if machine.rated is not None and not _same_rates(around, ours, theirs):
        return None
    more_bytes = _more_weights(around, changed, ours, theirs)
    weight_bytes = around.deployment.totals.weight_bytes + more_bytes
    if machine.hardware.weight_shares(weight_bytes) == machine.weights:
        return machine
    return around.machine_with(weight_bytes)


def _leaves_time(around: Around, cost: Cost) -> bool:
    """Whether kernels outside take time: without any there may be no prediction at all."""
    prediction = around.deployment.prediction
    total_s = prediction.latency_s if prediction is not None else None
    return total_s is None or (cost.latency_s or 0.0) < total_s * (1 - _ROUNDING)


def _same_rates(around: Around, ours: Sequence[Kernel], theirs: Sequence[Kernel]) -> bool:
    """Whether the rates are surely those of the same element type, for one layer at a time."""
    rated = around.machine.rated if around.machine is not None else None
    if rated is None or rated.setting.structure.network is not None:
        return False
    before = Counter(around.macs_by_dtype)
    after = before - macs_by_dtype(ours) + macs_by_dtype(theirs)
    return _most(before) is not None and _most(before) == _most(after)


def _most(counted: Counter[str]) -> str | None:
    """What counts most; None where that is not decided."""
    (first, most), (_, next_) = (*counted.most_common(2), ("", 0), ("", 0))[:2]
    return first if most > next_ else None


def _more_weights(
    around: Around, changed: Graph, ours: Iterable[Kernel], theirs: Iterable[Kernel]
) -> int:
    """Bytes by which the weights grow; what kernels outside store too neither comes nor goes."""
    gone = Counter(name for kernel in ours for name in kernel.stored)
    come = {name for kernel in theirs for name in kernel.stored}
    stays = {name for name in gone.keys() | come if around.storing.get(name, 0) > gone[name]}
    grown = sum(changed.constants[name].nbytes for name in come - stays)
    return grown - sum(around.graph.constants[name].nbytes for name in gone.keys() - stays)


def _cost(around: Around, kernels: Sequence[Kernel], found: Priced | None) -> Cost:
    seconds = found.seconds if found is not None else (0.0,) * len(kernels)
    times = list(zip(kernels, seconds, strict=True))
    return Cost(
        latency_s=fsum(time_s for _, time_s in times if time_s is not None),
        unpriced=frozenset(unpriced(around, k) for k, time_s in times if time_s is None),
        traffic_bytes=sum(k.traffic.total_bytes * k.repeats for k in kernels),
        macs=sum(k.work.macs * k.repeats for k in kernels),
    )


def unpriced(around: Around, kernel: Kernel) -> Unpriced:
    """A kernel without a time, as far as a change can be told by it."""
    return around.told(kernel.name), kernel.traffic.total_bytes, kernel.work.macs
