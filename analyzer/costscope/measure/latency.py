"""The latency of models without a profile: run again and again until the median is known.

Runs come in blocks, and between blocks nothing but a little arithmetic happens: inside one
there is the runtime's own call and a clock. Several models take turns block by block, so
that a machine that changes its mind changes it for all of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TypeVar

from costscope.errors import ModelError
from costscope.measure.disturbance import signs
from costscope.measure.opened import Opened
from costscope.measure.reference import reference_s
from costscope.measure.settings import Settings
from costscope.measure.statistics import enough, quantile
from costscope.measure.types import Disturbance
from costscope.measure.watch import Facts, Watch

MOST_RETRIES = 2
LEAST_RUNS = 3  # fewer have no middle, however slow they are
# A median of fewer runs, or of less time, says little of how the machine is in general.
_SETTLED_RUNS, _SETTLED_S = 9, 0.5
# Long enough to see the system's clock ticks, short enough to look in between.
_BLOCK_S = 0.25
# What ran before, and reading the profile, has emptied the caches.
_WARMING_RUNS, _WARMING_S = 2, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Runs of one model, and how quiet it was.

    Attributes:
        samples_s: of the runs that count.
        warm_up_runs: others, before and between.
        disturbances: signs that the machine was not quiet.
        retries: attempts that were thrown away for this one.
    """

    samples_s: tuple[float, ...]
    warm_up_runs: int
    disturbances: tuple[Disturbance, ...]
    retries: int = 0


@dataclass(slots=True)
class _Track:
    """One model on its way; of the attempt that is being made, its runs and what was seen."""

    opened: Opened
    left_s: float
    samples_s: list[float] = field(default_factory=list)
    warm_up_runs: int = 0
    facts: Facts | None = None
    until_s: float = 0.0  # time that should be left when this attempt ends, if it is disturbed
    attempts: int = 0
    best: Latency | None = None
    error: ModelError | None = None


OnBlock = Callable[[Opened, float], None]
_Amount = TypeVar("_Amount", int, float)


def latencies(
    models: Sequence[tuple[Opened, float]], settings: Settings, on_block: OnBlock | None = None
) -> list[Latency | ModelError]:
    """The latency of each model, or why it failed while it ran.

    A disturbed attempt is retried while time is left.

    Args:
        models: open, warm, and no longer profiled; each with the time there is for it.
        settings: how many runs count.
        on_block: told after each block which model ran and how much time it has left.
    """
    tracks = [_Track(opened, left_s) for opened, left_s in models]
    todo = tracks
    for tries in range(MOST_RETRIES + 1, 0, -1):
        _attempt(todo, settings, tries, on_block)
        todo = [track for track in todo if _again(track)]
        if not todo:
            break
    return [_result(track) for track in tracks]


def _result(track: _Track) -> Latency | ModelError:
    if track.error is not None or track.best is None:
        return track.error or ModelError("it has not been run")
    return replace(track.best, retries=track.attempts - 1)


def _again(track: _Track) -> bool:
    """Whether an attempt was disturbed, and there is time for another."""
    if track.error is not None or track.best is None or not track.best.disturbances:
        return False
    return track.left_s > _SETTLED_RUNS * quantile(sorted(track.samples_s), 0.5)


def _attempt(
    tracks: Sequence[_Track], settings: Settings, tries: int, on_block: OnBlock | None
) -> None:
    """Run models in turns until each is known well enough; keep the quietest attempt."""
    for track in tracks:
        track.samples_s, track.warm_up_runs, track.facts = [], 0, None
        track.until_s = track.left_s * (1 - 1 / tries)
        track.attempts += 1
    before_s = reference_s()
    active = list(tracks)
    with _uncollected():
        while active:
            for track in active:
                _block(track, settings.runs, alone=len(active) == 1)
                if on_block is not None:
                    on_block(track.opened, track.left_s)
            active = [track for track in active if not _done(track, settings.runs)]
    after_s = reference_s()
    for track in tracks:
        if track.error is None:
            _keep_quietest(track, before_s, after_s)


def _keep_quietest(track: _Track, before_s: float, after_s: float) -> None:
    found = signs(
        track.samples_s,
        track.facts or Facts(wall_s=0.0),
        reference_before_s=before_s,
        reference_after_s=after_s,
    )
    latency = Latency(
        samples_s=tuple(track.samples_s), warm_up_runs=track.warm_up_runs, disturbances=found
    )
    if track.best is None or _unrest(latency) < _unrest(track.best):
        track.best = latency


def _block(track: _Track, most: int | None, *, alone: bool) -> None:
    """One block of runs of one model."""
    start = perf_counter()
    try:
        if not (alone and track.samples_s):
            _warm_up(track)
        _timed(track, most)
    except ModelError as error:
        track.error = error
    track.left_s -= perf_counter() - start


def _timed(track: _Track, most: int | None) -> None:
    run_s = track.opened.run_s
    room = None if most is None else most - len(track.samples_s)
    times: list[float] = []
    with Watch() as watch:
        end = perf_counter() + _BLOCK_S
        while not times or (perf_counter() < end and (room is None or len(times) < room)):
            times.append(run_s())
    track.samples_s += times
    track.facts = watch.facts if track.facts is None else _sum(track.facts, watch.facts)


def _warm_up(track: _Track) -> None:
    end = perf_counter() + _WARMING_S
    runs = 0
    while runs < _WARMING_RUNS or perf_counter() < end:
        track.opened.run_s()
        runs += 1
    track.warm_up_runs += runs


def _done(track: _Track, wanted: int | None) -> bool:
    samples = track.samples_s
    if track.error is not None:
        return True
    if len(samples) < LEAST_RUNS:
        return False
    if track.left_s <= 0:
        return True
    if wanted is not None:
        return len(samples) >= wanted
    if len(samples) >= _SETTLED_RUNS and sum(samples) >= _SETTLED_S and enough(samples):
        return True
    late = track.left_s <= track.until_s
    return late and track.facts is not None and bool(signs(samples, track.facts))


def _unrest(latency: Latency) -> tuple[int, float]:
    """How disturbed an attempt was: signs, then how far its runs are spread."""
    ordered = sorted(latency.samples_s)
    spread = quantile(ordered, 0.9) - quantile(ordered, 0.1)
    return len(latency.disturbances), spread / quantile(ordered, 0.5)


def _sum(first: Facts, second: Facts) -> Facts:
    """What happened in two blocks together."""
    return replace(
        first,
        wall_s=first.wall_s + second.wall_s,
        steal_s=_both(first.steal_s, second.steal_s),
        others_s=_both(first.others_s, second.others_s),
        switches=_both(first.switches, second.switches),
    )


def _both(one: _Amount | None, two: _Amount | None) -> _Amount | None:
    return None if one is None or two is None else one + two


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: it would stop the clock's owner, not the runtime."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
