"""A profile that was recorded elsewhere, joined to its graph without running anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from costscope.graph import proto
from costscope.graph.types import Graph
from costscope.measure.attach import described
from costscope.measure.events import read_events
from costscope.measure.opened import bindings_of, prepare
from costscope.measure.profiled import of_runs
from costscope.measure.settings import Settings
from costscope.measure.types import Measurement

# Whoever recorded it has rarely warmed up: the first runs are left out if others remain.
_WARM_UP_RUNS, _WARM_UP_RATIO = 3, 0.25


def join_recorded(
    profile: Path, graph: Path, settings: Settings, *, original: Any = None
) -> Measurement:
    """The kernels of a profile from another machine or another day; nothing runs.

    Args:
        profile: the JSON that onnxruntime wrote.
        graph: the optimised graph that the same session saved; no weights are needed.
        settings: what it ran with, as far as it is known, and the machine to predict.
        original: the model before it was optimised, to join the kernels back to.

    Raises:
        ModelError: not a profile, or not the graph that was profiled.
        ShapeError: a dimension of the graph is open.
        UsageError: the machine was not calibrated with this number of threads.
    """
    runs = read_events(profile)
    known: Graph | None = None if original is None else prepare(original, settings).graph
    dropped = min(_WARM_UP_RUNS, int(len(runs) * _WARM_UP_RATIO))
    found = of_runs(
        proto.read(graph), runs, graph.stem, dropped, None if known else bindings_of(settings)
    )
    return described(found, known, settings, name=graph.stem if known is None else known.name)
