"""Models in, measurements out: latency without a profile, kernels with one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from costscope.errors import CostscopeError, ModelError, UsageError
from costscope.measure.attach import RUNTIME, described
from costscope.measure.computer import computer
from costscope.measure.latency import Latency, latencies
from costscope.measure.opened import Opened, Prepared, free_bytes, open_model, prepare
from costscope.measure.profiled import Profiled, profiled
from costscope.measure.recorded import join_recorded
from costscope.measure.session import runtime
from costscope.measure.settings import Settings
from costscope.measure.statistics import spread
from costscope.measure.types import Computer, Measurement, Progress
from costscope.timing.fitted import chosen
from costscope.units import format_latency

__all__ = ["join_recorded", "measure"]

OnProgress = Callable[[Progress], None]
# Models measured in turns: more would lie too far apart to share the machine's mood.
_MOST_TOGETHER = 16
# Of a model's progress: what lies before its latency is known.
_OPENED, _PROFILED = 0.1, 0.35
# What is free must hold more than weights: activations, and what others will ask for.
_USABLE_RATIO = 0.5


@dataclass(slots=True)
class _Item:
    """One model on its way to a measurement."""

    model: Any
    name: str
    prepared: Prepared | None = None
    done: float = 0.0
    result: Measurement | None = None
    error: CostscopeError | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    """A model that is open and has been profiled."""

    item: _Item
    opened: Opened
    profile: Profiled
    left_s: float


def measure(
    models: Sequence[Any], settings: Settings, on_progress: OnProgress | None = None
) -> list[Measurement]:
    """Every model's latency and kernels on this machine.

    Several models take turns, as far as the memory holds them together. One that fails is a
    measurement with `error`; if all fail, the first error is raised.

    Args:
        models: paths, `zoo:NAME`, bytes or ModelProtos.
        settings: how they are measured.
        on_progress: told what is being done, never while a run is timed.

    Raises:
        UsageError: onnxruntime is not installed, or the machine asked for was not calibrated
            with this number of threads.
        CostscopeError: no model could be measured.
    """
    runtime()
    if settings.hardware is not None:
        chosen(settings.hardware, RUNTIME, settings.threads)
    items = [_Item(model, _name(model)) for model in models]
    here = computer()
    if settings.keep is not None:
        _make(settings.keep)
    teller = _Teller(items, settings.time_limit_s, on_progress)
    for item in items:
        with _caught(item):
            teller.tell(item, "reading", 0.0)
            item.prepared = prepare(item.model, settings)
    for group in _groups(items):
        _together(group, settings, here, teller)
    if items and all(item.error is not None for item in items):
        raise items[0].error or ModelError("nothing was measured")
    return [item.result or _failed(item, settings, here) for item in items]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--keep {folder}: cannot be made: {error.strerror or error}") from None


def _name(model: Any) -> str:
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model)
    graph = getattr(model, "graph", None)
    return str(getattr(graph, "name", "")) or "model"


@contextmanager
def _caught(item: _Item) -> Iterator[None]:
    """Keep the error of one model, so that the others go on."""
    try:
        yield
    except CostscopeError as error:
        item.error = error
    except MemoryError:
        item.error = ModelError(f"{item.name}: there is not enough memory to run it")


def _groups(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Models that take turns: as many in a row as the memory surely holds together."""
    free = free_bytes()
    room = None if free is None else _USABLE_RATIO * free
    group: list[_Item] = []
    taken = 0
    for item in items:
        if item.prepared is None:
            continue
        needed = item.prepared.memory_bytes
        if group and (len(group) == _MOST_TOGETHER or (room and taken + needed > room)):
            yield group
            group, taken = [], 0
        group.append(item)
        taken += needed
    if group:
        yield group


def _together(group: Sequence[_Item], settings: Settings, here: Computer, teller: _Teller) -> None:
    """Open models, profile each, then take their latencies in turns."""
    running: list[_Running] = []
    with ExitStack() as stack:
        for item in group:
            with _caught(item):
                running.append(_profile(item, settings, stack, teller))
        by_session = {id(each.opened): each for each in running}

        def on_block(opened: Opened, left_s: float) -> None:
            each = by_session[id(opened)]
            share = 1 - max(0.0, left_s) / each.left_s if each.left_s > 0 else 1.0
            teller.tell(each.item, "latency", _PROFILED + (1 - _PROFILED) * share)

        found = latencies([(each.opened, each.left_s) for each in running], settings, on_block)
        for each, latency in zip(running, found, strict=True):
            with _caught(each.item):
                each.item.result = _measurement(each, latency, settings, here)
                teller.tell(each.item, "done", 1.0)


def _profile(item: _Item, settings: Settings, stack: ExitStack, teller: _Teller) -> _Running:
    """A model opened and profiled; it stays open until the stack ends."""
    if item.prepared is None:
        raise ModelError(f"{item.name}: it was not read")
    teller.tell(item, "optimizing", 0.0)
    opened = open_model(item.prepared, settings)
    stack.callback(opened.session.close)
    teller.tell(item, "profiling", _OPENED)
    start = perf_counter()
    profile = profiled(opened, settings.time_limit_s, settings.keep)
    left_s = settings.time_limit_s - (perf_counter() - start)
    teller.tell(item, "latency", _PROFILED)
    return _Running(item, opened, profile, left_s)


def _measurement(
    running: _Running, latency: Latency | ModelError, settings: Settings, here: Computer
) -> Measurement:
    if isinstance(latency, ModelError):
        raise latency
    opened, weights = running.opened, running.opened.weights
    base = described(running.profile, opened.graph, settings, name=opened.name)
    notes = [*weights.notes, *base.notes]
    if settings.runs is not None and len(latency.samples_s) < settings.runs:
        limit = format_latency(settings.time_limit_s)
        notes.append(f"{len(latency.samples_s)} of {settings.runs} runs fit into {limit}")
    return replace(
        base,
        computer=here,
        runtime_version=opened.session.version,
        latency=spread(latency.samples_s, warm_up_runs=latency.warm_up_runs),
        disturbances=latency.disturbances,
        retries=latency.retries,
        weights=weights.drawn,
        notes=tuple(notes),
    )


def _failed(item: _Item, settings: Settings, here: Computer) -> Measurement:
    return Measurement(
        model=item.name,
        computer=here,
        runtime_version=runtime().__version__,
        provider=settings.provider,
        threads=settings.threads,
        optimization=settings.optimization,
        latency=None,
        profiled=None,
        kernels=(),
        error=str(item.error),
    )


class _Teller:
    """Tells how far all models together are."""

    def __init__(
        self, items: Sequence[_Item], limit_s: float, on_progress: OnProgress | None
    ) -> None:
        self._items, self._limit_s, self._on_progress = items, limit_s, on_progress

    def tell(self, item: _Item, what: str, done: float) -> None:
        """Say what is being done to a model, and how far it is."""
        item.done = done
        if self._on_progress is None:
            return
        shares = [1.0 if each.error is not None else each.done for each in self._items]
        left_s = sum(1 - share for share in shares) * self._limit_s
        whole = sum(shares) / len(shares)
        self._on_progress(Progress(what=f"{item.name}: {what}", done=whole, left_s=left_s))
