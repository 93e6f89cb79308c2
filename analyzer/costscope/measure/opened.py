"""A model made ready to run: found, bound to sizes, its inputs made, its session opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costscope.errors import ModelError
from costscope.graph.types import Graph
from costscope.measure.inputs import feeds, for_runtime
from costscope.measure.optimized import bound
from costscope.measure.session import Session
from costscope.measure.settings import Settings
from costscope.measure.source import Source, source
from costscope.measure.weights import Weights, materialise
from costscope.shapes import Bindings
from costscope.units import format_bytes

_MEMORY = Path("/proc/meminfo")
_FREE = "MemAvailable:"
_KIB = 1024
# The runtime keeps a copy of many weights in the order that its kernels want.
_COPIES = 2


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model of which everything is known that can be known without its weights.

    Attributes:
        source: the model as it is given to the runtime.
        graph: the same, resolved.
        memory_bytes: what its weights take while it is open, about.
    """

    source: Source
    graph: Graph
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that can be run.

    Attributes:
        name: what to call it.
        graph: as the file has it, resolved.
        session: running it.
        feeds: what it is run on.
        weights: where its weights come from.
    """

    name: str
    graph: Graph
    session: Session
    feeds: Mapping[str, Any]
    weights: Weights

    def run_s(self) -> float:
        """Seconds of one run."""
        return self.session.run_s(self.feeds)


def prepare(model: Any, settings: Settings) -> Prepared:
    """A model with its shapes bound.

    Raises:
        ModelError: not a valid model.
        ShapeError: a dimension is open.
        ArchitectureError: no such network in the zoo.
    """
    bindings = bindings_of(settings)
    given, graph = bound(source(model), bindings)
    stored = sum(tensor.nbytes for tensor in graph.constants.values())
    return Prepared(given, graph, _COPIES * stored)


def open_model(prepared: Prepared, settings: Settings) -> Opened:
    """A prepared model in a session of its own, which profiles until it is told to end.

    Raises:
        ModelError: weights are missing, too large for the memory, or refused by the runtime.
        UsageError: a given input that does not fit.
    """
    free = free_bytes()
    if free is not None and prepared.memory_bytes > free:
        raise ModelError(
            f"{prepared.source.name}: its weights take about "
            f"{format_bytes(prepared.memory_bytes)} while it runs, "
            f"{format_bytes(free)} of memory are free"
        )
    given = feeds(prepared.graph, seed=settings.seed, given=settings.inputs)
    weights = materialise(prepared.source, seed=settings.seed, random=settings.random_weights)
    session = Session(
        prepared.source,
        weights,
        threads=settings.threads,
        optimization=settings.optimization,
        provider=settings.provider,
    )
    return Opened(prepared.source.name, prepared.graph, session, for_runtime(given), weights)


def bindings_of(settings: Settings) -> Bindings:
    """Sizes of open dimensions."""
    return Bindings(
        dict(settings.dims), {name: tuple(dims) for name, dims in settings.input_shapes.items()}
    )


def free_bytes() -> int | None:
    """Memory that can be had without swapping; None where the system does not tell."""
    try:
        for line in _MEMORY.read_text(encoding="ascii").splitlines():
            if line.startswith(_FREE):
                return int(line.split()[1]) * _KIB
        pages, page_bytes = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError, IndexError):
        return None
    return pages * page_bytes if pages > 0 else None
