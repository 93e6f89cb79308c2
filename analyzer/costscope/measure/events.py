"""A profile of onnxruntime: the time of every node in every run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from costscope.errors import ModelError

_KERNEL = "_kernel_time"
# One pass over a graph: the main one, or a body once. It is written behind all its nodes.
_PASSED = "Executor::Execute"
_RUN = "model_run"
_MICRO = 1e-6
# Of a kernel's times this share is cut off at either end before they are averaged: durations
# are whole microseconds, so a median of short ones would be off by half of one.
_TRIM_RATIO = 0.25


@dataclass(frozen=True, slots=True)
class Event:
    """One run of a node: its time without that of nodes inside it.

    Attributes:
        name: of the node of the optimised graph.
        op_type: its operator.
        index: the runtime's own number of the node.
        seconds: its own time.
        shapes: of its outputs, where the profile says.
        outer: place in the run's events of the node that it ran inside; None in the main graph.
        turn: which pass over the body it ran in, from 0 (iterations of a loop).
    """

    name: str
    op_type: str
    index: int
    seconds: float
    shapes: tuple[tuple[int, ...], ...] = ()
    outer: int | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class RunEvents:
    """One profiled run.

    Attributes:
        total_s: of the whole run.
        events: in the order they ended: what runs inside a node stands before it.
    """

    total_s: float
    events: tuple[Event, ...] = field(default_factory=tuple)


@dataclass(slots=True)
class _Ran:
    """A node that ran, with the passes over its bodies."""

    record: Mapping[str, Any]
    start: int
    micros: int
    passes: list[_Pass]


@dataclass(slots=True)
class _Pass:
    """One pass over a graph."""

    start: int
    micros: int
    nodes: list[_Ran]


def read_events(path: Path) -> tuple[RunEvents, ...]:
    """The runs of a profile that onnxruntime wrote.

    Raises:
        ModelError: no such file, or not a profile with at least one run.
    """
    runs = tuple(_runs(_records(path), path))
    if not any(run.events for run in runs):
        raise ModelError(
            f"{path}: no node of a model ran while it was recorded; run the model between "
            "enable_profiling and end_profiling"
        )
    return runs


def _records(path: Path) -> list[Mapping[str, Any]]:
    expected = "expected the JSON that onnxruntime writes with enable_profiling"
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        records = json.loads(text)
    except (ValueError, RecursionError):
        cut = text.lstrip().startswith("[") and not text.rstrip().endswith("]")
        why = "it ends in the middle; call end_profiling first" if cut else expected
        raise ModelError(f"{path}: not a profile of onnxruntime: {why}") from None
    if isinstance(records, dict):
        records = records.get("traceEvents")  # as trace viewers save it
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise ModelError(f"{path}: not a profile of onnxruntime: {expected}")
    return records


def _runs(records: Sequence[Mapping[str, Any]], path: Path) -> Iterator[RunEvents]:
    """The runs in order.

    What is inside something stands before it in the file, so whatever closes claims what was
    written since it began: exact where times, which are whole microseconds, are not.
    """
    waiting: list[_Ran | _Pass] = []
    has_runs = any(record.get("name") == _RUN for record in records)
    for record in records:
        kind, name = record.get("cat"), str(record.get("name", ""))
        if kind == "Node" and name.endswith(_KERNEL):
            start, micros = _span(record, path)
            passes = _claimed(waiting, start, _Pass)
            waiting.append(_Ran(record, start, micros, passes))
        elif kind == "Session" and name.endswith(_PASSED):
            start, micros = _span(record, path)
            waiting.append(_Pass(start, micros, _claimed(waiting, start, _Ran)))
        if name == _RUN or (not has_runs and name.endswith(_PASSED)):
            _, micros = _span(record, path)
            main = [each for each in waiting if isinstance(each, _Pass)]
            waiting.clear()
            yield RunEvents(micros * _MICRO, tuple(_flat(main)))


def _claimed(waiting: list[Any], start: int, kind: type[Any]) -> list[Any]:
    """Take off the end what began after `start`."""
    first = len(waiting)
    while first and isinstance(waiting[first - 1], kind) and waiting[first - 1].start >= start:
        first -= 1
    claimed = waiting[first:]
    del waiting[first:]
    return claimed


def _flat(passes: Sequence[_Pass]) -> list[Event]:
    events: list[Event] = []
    for turn, each in enumerate(passes):
        for node in each.nodes:
            _append(node, turn, events)
    return events


def _append(node: _Ran, turn: int, events: list[Event]) -> None:
    """Append a node behind those inside it."""
    inside: list[int] = []
    own = node.micros
    for inner_turn, each in enumerate(node.passes):
        for inner in each.nodes:
            _append(inner, inner_turn, events)
            inside.append(len(events) - 1)
            own -= inner.micros
    for place in inside:
        events[place] = replace(events[place], outer=len(events))
    events.append(_event(node.record, max(0, own), turn))


def _event(record: Mapping[str, Any], micros: int, turn: int) -> Event:
    arguments = record.get("args")
    arguments = arguments if isinstance(arguments, dict) else {}
    return Event(
        name=str(record["name"]).removesuffix(_KERNEL),
        op_type=str(arguments.get("op_name") or ""),
        index=_whole(arguments.get("node_index")) or 0,
        seconds=micros * _MICRO,
        shapes=_shapes(arguments.get("output_type_shape")),
        turn=turn,
    )


def _shapes(entries: Any) -> tuple[tuple[int, ...], ...]:
    """Shapes as the profile writes them: `[{"float": [1, 8]}, ...]`."""
    return tuple(
        tuple(shape) if isinstance(shape, list) else ()
        for entry in (entries if isinstance(entries, list) else ())
        for shape in (entry.values() if isinstance(entry, dict) else ())
    )


def _span(record: Mapping[str, Any], path: Path) -> tuple[int, int]:
    start, micros = _whole(record.get("ts")), _whole(record.get("dur"))
    if start is None or micros is None:
        name = record.get("name")
        raise ModelError(f"{path}: not a profile of onnxruntime: {name!r} has no time")
    return start, micros


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def typical_s(samples_s: Sequence[float]) -> float:
    """The mean of the middle half of a kernel's times."""
    ordered = sorted(samples_s)
    cut = int(len(ordered) * _TRIM_RATIO)
    kept = ordered[cut : len(ordered) - cut] or ordered
    return sum(kept) / len(kept)
