"""What the system did while something was timed: read before and after, as plain facts."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Self

_STAT = Path("/proc/stat")
# Places in a line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
_BUSY, _STEAL = (0, 1, 2, 5, 6), 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the system tells of the time between two moments; None for what it does not.

    Attributes:
        wall_s: time that passed.
        cores: processors that `steal_s` and `others_s` are summed over.
        steal_s: time that the hypervisor gave to others while there was work to do.
        others_s: processor time of everything but this process.
        switches: how often this process had to leave a processor to another one.
        tick_s: resolution of `steal_s` and `others_s`.
    """

    wall_s: float
    cores: int = 1
    steal_s: float | None = None
    others_s: float | None = None
    switches: int | None = None
    tick_s: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Processor time since the system started, summed over some processors, in ticks."""

    busy: int
    steal: int
    cores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All counters at one moment; None for those that the system does not have."""

    wall_s: float
    own_s: float
    switches: int | None = None
    ticks: Ticks | None = None


class Watch:
    """Watches the system while a block runs: `with Watch() as watch: ...`, then `watch.facts`.

    Args:
        stat: file of the kernel's counters; where it is missing the facts have gaps.
    """

    def __init__(self, stat: Path = _STAT) -> None:
        self._stat = stat
        self._start = now(stat)
        self._end: Moment | None = None

    def __enter__(self) -> Self:
        self._start, self._end = now(self._stat), None
        return self

    def __exit__(self, *_: object) -> None:
        self._end = now(self._stat)

    @property
    def facts(self) -> Facts:
        """What happened in the block, or until now while it runs."""
        return between(self._start, self._end or now(self._stat))


def between(before: Moment, after: Moment, *, tick_s: float | None = None) -> Facts:
    """What happened from one moment to the next; counters that ran backwards count as still."""
    tick_s = _tick_s() if tick_s is None else tick_s
    steal_s = others_s = switches = None
    if before.ticks is not None and after.ticks is not None:
        steal_s = max(0, after.ticks.steal - before.ticks.steal) * tick_s
        busy_s = (after.ticks.busy - before.ticks.busy) * tick_s
        others_s = max(0.0, busy_s - (after.own_s - before.own_s))
    if before.switches is not None and after.switches is not None:
        switches = max(0, after.switches - before.switches)
    return Facts(
        wall_s=after.wall_s - before.wall_s,
        cores=after.ticks.cores if after.ticks else 1,
        steal_s=steal_s,
        others_s=others_s,
        switches=switches,
        tick_s=tick_s,
    )


def now(stat: Path = _STAT) -> Moment:
    """The counters of this moment."""
    used = os.times()
    return Moment(
        wall_s=perf_counter(),
        own_s=used.user + used.system,
        switches=_switches(),
        ticks=_ticks(stat),
    )


def from_stat(text: str, processors: Collection[int] | None = None) -> Ticks | None:
    """The busy and stolen ticks of some processors from Linux' `/proc/stat`.

    Args:
        text: of the file.
        processors: numbers of those that count; None for all.

    Returns:
        None if none of them is listed.
    """
    rows = []
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        number = name.removeprefix("cpu")
        if name == number or not number.isdigit():
            continue
        if processors is None or int(number) in processors:
            rows.append([int(word) for word in rest.split() if word.isdigit()])
    rows = [row for row in rows if len(row) > _STEAL]
    if not rows:
        return None
    return Ticks(
        busy=sum(row[place] for row in rows for place in _BUSY),
        steal=sum(row[_STEAL] for row in rows),
        cores=len(rows),
    )


def _ticks(stat: Path) -> Ticks | None:
    try:
        text = stat.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    affinity = getattr(os, "sched_getaffinity", None)
    return from_stat(text, None if affinity is None else affinity(0))


def _switches() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _tick_s() -> float:
    try:
        return 1 / os.sysconf("SC_CLK_TCK")
    except (AttributeError, OSError, ValueError, ZeroDivisionError):
        return 0.01
