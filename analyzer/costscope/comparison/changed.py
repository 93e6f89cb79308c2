"""Kernels that changed, and the step that holds most memory, in rows and sentences."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.analysis.types import Deployment
from costscope.comparison import words
from costscope.comparison.types import Comparison, Detail, Pair, Status
from costscope.units import format_bytes
from costscope.views.report.names import brief, counted, layer_name
from costscope.views.report.types import Cells, Column, Fact, Grid, Section
from costscope.work import FREE

_HELD = 3  # tensors named at the peak


def summary(found: Comparison) -> Fact:
    """How many kernels are the same, and what became of the others."""
    detail = found.detail
    if detail is None:
        return Fact("kernels", "")
    same = detail.count(Status.UNCHANGED)
    others = [
        f"{detail.count(status)} {status}"
        for status in (Status.CHANGED, Status.ADDED, Status.REMOVED)
        if detail.count(status)
    ]
    if not others:
        return Fact("kernels", "no change", f"{counted(same, 'kernel')}, the same in both.")
    note = f"{counted(same, 'kernel')} the same in both."
    equal = sum(_costs_the_same(pair) for pair in detail.pairs)
    if equal:
        verb = "costs" if equal == 1 else "cost"
        note += f" Of those changed, {equal} {verb} the same as before."
    views = sum(pair.status is not Status.UNCHANGED and _is_free(pair) for pair in detail.pairs)
    if views:
        note += f" {views} of all these only reshape: nothing runs."
    return Fact("kernels", ", ".join(others), note)


def _is_free(pair: Pair) -> bool:
    return all(side is None or side.kernel.kind in FREE for side in (pair.base, pair.head))


def _costs_the_same(pair: Pair) -> bool:
    if (
        pair.status is not Status.CHANGED
        or _is_free(pair)
        or pair.base is None
        or pair.head is None
    ):
        return False
    old, new = pair.base, pair.head
    known = old.known and new.known
    return known and (old.latency_s, old.macs, old.traffic_bytes) == (
        new.latency_s,
        new.macs,
        new.traffic_bytes,
    )


def kernels(detail: Detail, top: int, *, timed: bool) -> list[Section]:
    """Kernels that changed, those first whose time changed most; none where none did."""
    pairs = [pair for pair in detail.pairs if pair.status is not Status.UNCHANGED]
    if not pairs:
        return []
    places = {id(pair): place for place, pair in enumerate(pairs)}
    ranked = sorted(pairs, key=lambda pair: (*weight(pair), places[id(pair)]))
    shown = ranked[:top] if top else ranked
    rows = tuple(_row(pair, timed=timed) for pair in shown)
    columns = [
        Column("kernel", Cells.PATH),
        Column("what it was and is", Cells.PROSE),
        *([Column("time was"), Column("time is")] if timed else []),
        Column("MACs were", rank=2 if timed else 0),
        Column("MACs are", rank=2 if timed else 0),
    ]
    what = "in time" if timed else "in MACs"
    title = f"The {counted(len(pairs), 'kernel')} that changed, were added or removed"
    if len(shown) < len(pairs):
        title = f"The {len(shown)} of {len(pairs)} changed kernels that differ most {what}"
    return [Section(title, grid=Grid(tuple(columns), rows))]


def weight(pair: Pair) -> tuple[float, float, float]:
    """For sorting: the greatest difference of time first, then of MACs, then of bytes."""
    sides = [side for side in (pair.head, pair.base) if side is not None]
    return (
        -_apart([side.latency_s or 0.0 for side in sides]),
        -_apart([side.macs for side in sides]),
        -_apart([side.traffic_bytes for side in sides]),
    )


def _apart(values: Sequence[float]) -> float:
    """How far two values are apart; one alone is so from zero."""
    return abs(values[0] - sum(values[1:]))


def _row(pair: Pair, *, timed: bool) -> tuple[str, ...]:
    times = [words.time(pair.base), words.time(pair.head)] if timed else []
    named = (pair.base or pair.either).kernel
    return (layer_name(named), _told(pair), *times, words.macs(pair.base), words.macs(pair.head))


def _told(pair: Pair) -> str:
    was, now = words.both(pair)
    if pair.status is Status.CHANGED:
        return f"{was} -> {now}"
    return f"{pair.status}: {now if pair.base is None else was}"


def peak(found: Comparison) -> Section:
    """Which step holds most activation memory, before and after."""
    facts = tuple(
        _peak(side, row.deployment)
        for side, row in zip(("base", "head"), found.first.rows, strict=True)
    )
    return Section("Peak memory: the step that holds most", facts=facts)


def _peak(label: str, deployment: Deployment) -> Fact:
    found = deployment.schedule.peak
    if not found.kernel:
        return Fact(label, "0 B", "nothing runs.")
    held = ", ".join(f"{brief(t.name)} {format_bytes(t.nbytes)}" for t in found.tensors[:_HELD])
    more = len(found.tensors) - _HELD
    tail = f" and {more} more" if more > 0 else ""
    least = "" if deployment.schedule.complete else ">= "
    note = f"while {brief(found.kernel)} runs: {held}{tail}."
    return Fact(label, least + format_bytes(found.nbytes), note)
