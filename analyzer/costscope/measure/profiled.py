"""The profiled pass: warm-up until stable, runs with a profile, and their events' kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from costscope.errors import ModelError
from costscope.files import write_atomically
from costscope.graph import proto
from costscope.measure.events import RunEvents
from costscope.measure.join import Joined, join
from costscope.measure.opened import Opened
from costscope.measure.statistics import warm
from costscope.shapes import Bindings

LEAST_RUNS = 3
# Kernels of a few whole microseconds need more runs than slow ones, and have time for them.
_RUNS, _MOST_RUNS, _LONG_S = 9, 50, 0.5
# Of the time there is for a model, warm-up may end here, and the profile here.
_WARM_RATIO, _END_RATIO = 0.15, 0.35
# A profile is written as text, and the runtime stops writing after a million entries.
_MOST_EVENTS = 200_000


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile and what it is of.

    Attributes:
        joined: its events with their kernels.
        totals_s: time of each run.
        warm_up_runs: how many were left out.
    """

    joined: Joined
    totals_s: tuple[float, ...]
    warm_up_runs: int


def profiled(opened: Opened, limit_s: float, keep: Path | None = None) -> Profiled:
    """Run a model that is being profiled, end the profile, and join it.

    Args:
        opened: the model, never run yet.
        limit_s: time for the whole measurement, of which this is a part.
        keep: folder, which exists, for the profile and the optimised graph.

    Raises:
        ModelError: the model fails while it runs.
        UsageError: the folder cannot be written.
    """
    start = perf_counter()
    most = max(LEAST_RUNS, min(_MOST_RUNS, _MOST_EVENTS // max(1, len(opened.graph.nodes))))
    warming: list[float] = [opened.run_s()]
    while not warm(warming) and perf_counter() - start < _WARM_RATIO * limit_s:
        warming.append(opened.run_s())
    times: list[float] = []
    begin = perf_counter()
    while len(times) < most:
        now = perf_counter()
        late = now - start >= _END_RATIO * limit_s and len(times) >= LEAST_RUNS
        if late or (len(times) >= _RUNS and now - begin >= _LONG_S):
            break
        times.append(opened.run_s())
    runs = opened.session.end_profile(None if keep is None else keep / f"{_stem(opened)}.json")
    if keep is not None:
        saved = opened.session.saved.read_bytes()
        path = keep / f"{_stem(opened)}.onnx"
        write_atomically(path, lambda temporary: temporary.write_bytes(saved))
    return of_runs(proto.read(opened.session.saved), runs, opened.name, len(warming))


def of_runs(
    saved: Any,
    runs: Sequence[RunEvents],
    name: str,
    warm_up_runs: int,
    bindings: Bindings | None = None,
) -> Profiled:
    """A profile without its first runs, joined to the graph that ran.

    Raises:
        ModelError: the graph is not valid, or it is not the one that was profiled.
        ShapeError: a dimension of the graph is open.
    """
    counted = runs[warm_up_runs:]
    joined = join(saved, counted, name=name, bindings=bindings)
    if not joined.kernels:
        raise ModelError(f"{name}: none of the profile's events is a node of this graph")
    return Profiled(joined, tuple(run.total_s for run in counted), warm_up_runs)


def _stem(opened: Opened) -> str:
    """Of the files that are kept of a model."""
    return f"{opened.name.replace('/', '_')}.optimized"
