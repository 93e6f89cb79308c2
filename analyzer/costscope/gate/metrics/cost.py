"""What the network itself costs: arithmetic, weights, traffic, kernels."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from costscope.gate.metrics import Kind, Reading, Subject, metric
from costscope.kernels.types import Kernel
from costscope.views.report.names import brief, counted
from costscope.work import FREE

_MOST = 3  # causes that are named


@metric("macs", Kind.COUNT)
def macs(subject: Subject) -> Reading:
    """Multiply-accumulates of one inference; `300 M`."""
    return _sum(
        subject,
        subject.deployment.totals.work.macs,
        lambda kernel: kernel.work.macs * kernel.repeats,
    )


@metric("params", Kind.COUNT)
def params(subject: Subject) -> Reading:
    """Elements of the weights, biases and running statistics that kernels read; `4 M`."""
    return _sum(subject, subject.deployment.totals.params, _weights)


@metric("weights", Kind.BYTES)
def weights(subject: Subject) -> Reading:
    """Bytes of all weights in the precision they are deployed in; `4 MiB`."""
    return _sum(subject, subject.deployment.totals.weight_bytes, _weights)


@metric("flash", Kind.BYTES)
def flash(subject: Subject) -> Reading:
    """Bytes that flash must hold for the network: its weights; no code, which no model tells."""
    return _sum(subject, subject.deployment.totals.weight_bytes, _weights)


@metric("traffic", Kind.BYTES)
def traffic(subject: Subject) -> Reading:
    """Bytes of weights and activations that the kernels of one inference move; `20 MiB`."""
    return _sum(
        subject,
        subject.deployment.totals.traffic_bytes,
        lambda kernel: kernel.traffic.total_bytes * kernel.repeats,
    )


@metric("kernels", Kind.COUNT)
def kernels(subject: Subject) -> Reading:
    """Kernels that the runtime launches after fusion; views, which launch nothing, left out."""
    launched = sum(kernel.kind not in FREE for kernel in subject.deployment.kernels)
    return Reading(value=launched)


@metric("uncosted", Kind.COUNT)
def uncosted(subject: Subject) -> Reading:
    """Operators that are in no sum: unknown ones, and those with an unresolved shape."""
    found = subject.analysis.uncosted
    causes = tuple(brief(f"{each.op_type} {each.name}") for each in found[:_MOST])
    return Reading(value=len(found), causes=causes)


def missing(subject: Subject) -> str:
    """Why a sum over all operators is only a lower bound; "" where all are in it."""
    found = subject.analysis.uncosted
    if not found:
        return ""
    kinds = sorted({brief(each.op_type) for each in found})
    more = ", ..." if len(kinds) > _MOST else ""
    return f"{counted(len(found), 'operator')} not costed ({', '.join(kinds[:_MOST])}{more})"


def heaviest(subject: Subject, weight: Callable[[Kernel], float]) -> tuple[str, ...]:
    """The kernels that weigh most, the heaviest first."""
    weighed = [(weight(kernel), kernel.name) for kernel in subject.deployment.kernels]
    ranked = sorted(weighed, key=lambda each: -each[0])  # stable: equal ones stay in order
    return tuple(brief(name) for amount, name in ranked[:_MOST] if amount > 0)


_weights = attrgetter("traffic.weight_bytes")


def _sum(subject: Subject, value: int, weight: Callable[[Kernel], float]) -> Reading:
    return Reading(value=value, why=missing(subject), causes=heaviest(subject, weight))
