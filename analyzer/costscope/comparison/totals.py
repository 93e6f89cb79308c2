"""Totals of a network beside those of the base, and what may be said of the difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from costscope.analysis.types import Deployment
from costscope.comparison.match import match
from costscope.comparison.types import Amount, Change, OnMachine, Row, Sense, Subject
from costscope.comparison.verdict import verdict_of
from costscope.kernels.types import Kernel
from costscope.timing.types import TimeModel
from costscope.views.report import figures


def side_by_side(subjects: tuple[Subject, ...]) -> tuple[OnMachine, ...]:
    """A value for each machine with a row for each network, the base first."""
    base = subjects[0].analysis
    names = [name if each.hardware else "" for name, each in figures.named(base)]
    found = []
    for place, (name, deployment) in enumerate(zip(names, base.deployments, strict=True)):
        rows = [_row(subjects[0], each, place) for each in subjects]
        found.append(OnMachine(name=name, runs_as=deployment.runs_as, rows=tuple(rows)))
    return tuple(found)


def _row(base: Subject, head: Subject, place: int) -> Row:
    before, after = base.analysis.deployments[place], head.analysis.deployments[place]
    untimed, uncosted = _unsettled(before, after)
    amounts = zip(_amounts(base, before), _amounts(head, after), strict=True)
    changes = tuple(
        _change(name, old, new, settled=not (untimed if name == "latency_s" else uncosted))
        for (name, old), (_, new) in amounts
    )
    row = Row(label=head.label, deployment=after, changes=changes, verdict=None)
    if head is base or after.prediction is None:
        return row
    verdict, reason = verdict_of(row.change("latency_s"), before, after, (base.label, head.label))
    return replace(row, verdict=verdict, reason=reason)


def _amounts(subject: Subject, deployment: Deployment) -> list[tuple[str, Amount]]:
    """Quantities of a network in the order that reports show."""
    totals, schedule = deployment.totals, deployment.schedule
    partial = any(kernel.problem is not None for kernel in deployment.kernels)
    partial = partial or bool(subject.analysis.uncosted)
    found = [
        ("latency_s", _latency(deployment)),
        ("macs", Amount(totals.work.macs, partial)),
        ("params", Amount(totals.params, partial)),
        ("weight_bytes", Amount(totals.weight_bytes, partial)),
        ("traffic_bytes", Amount(totals.traffic_bytes, partial)),
        ("peak_activation_bytes", Amount(totals.peak_activation_bytes, not schedule.complete)),
        ("kernels", Amount(len(deployment.kernels))),
        ("uncosted", Amount(len(subject.analysis.uncosted))),
    ]
    return found if deployment.prediction else found[1:]


def _latency(deployment: Deployment) -> Amount:
    prediction = deployment.prediction
    if prediction is None:
        return Amount(None)
    return Amount(
        figures.latency_s(prediction),
        least=not prediction.complete,
        bound=prediction.time_model is TimeModel.ROOFLINE,
    )


def _change(quantity: str, base: Amount, head: Amount, *, settled: bool) -> Change:
    """Head minus base, as far as it can be known.

    Args:
        quantity: which.
        base: its amount in the base.
        head: its amount in the other network.
        settled: whether what is unknown in both is the same in both, so that it cancels.
    """
    sense = _sense(base, head, settled=settled)
    if base.value is None or head.value is None or sense is Sense.UNKNOWN:
        return Change(quantity=quantity, base=base, head=head, difference=None, sense=Sense.UNKNOWN)
    difference = head.value - base.value
    return Change(quantity=quantity, base=base, head=head, difference=difference, sense=sense)


def _sense(base: Amount, head: Amount, *, settled: bool) -> Sense:
    """A lower bound on one side bounds the difference on one side; on both, on none."""
    low, high = base.least or base.bound, head.least or head.bound
    if not (low or high):
        return Sense.EXACT
    if low != high:
        return Sense.AT_LEAST if high else Sense.AT_MOST
    if (base.least or head.least) and not (base.least and head.least and settled):
        return Sense.UNKNOWN
    return (
        Sense.OF_BOUNDS
        if base.bound and head.bound
        else (Sense.EXACT if base.bound == head.bound else Sense.UNKNOWN)
    )


def _unsettled(base: Deployment, head: Deployment) -> tuple[bool, bool]:
    """Whether something without a time, and without a cost, differs between two networks."""
    if base is head:
        return False, False
    sides = [_unknown(base), _unknown(head)]
    if not all(any(side) for side in sides):
        return any(any(untimed) for untimed, _ in sides), any(any(u) for _, u in sides)
    ends = [set[int](), set[int]()]
    for each in match(base.kernels, head.kernels):
        if not each.same:
            for side, place in zip(ends, (each.base, each.head), strict=True):
                side.update(() if place is None else (place,))
    differing = [
        any(bool(unknown[what] & end) for unknown, end in zip(sides, ends, strict=True))
        for what in (0, 1)
    ]
    return differing[0], differing[1]


def _unknown(deployment: Deployment) -> tuple[set[int], set[int]]:
    """Places of kernels without a time, and of those without a cost."""
    timings = figures.timings(deployment)
    untimed = {i for i, t in enumerate(timings) if t is not None and t.latency_s is None}
    return untimed, _without_cost(deployment.kernels)


def _without_cost(kernels: Iterable[Kernel]) -> set[int]:
    return {i for i, kernel in enumerate(kernels) if kernel.problem is not None}
