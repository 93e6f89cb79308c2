"""A profile of onnxruntime: the time of every run and of every node in it.

Source: what `enable_profiling` of onnxruntime 1.31 writes (trace events in microseconds).
Runs are whole; the time of a node with a body (If, Loop) holds that of its body. The runtime
writes an event when it ends, so what is inside stands before.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costscope.errors import ModelError
from costscope.observed import json_text
from costscope.observed.cells import Place, plausible
from costscope.observed.importers import importer
from costscope.observed.text import stem
from costscope.observed.types import LayerTime, Observation, Profile, Reading

_EXPECTED = "the JSON that onnxruntime writes with enable_profiling"
_KERNEL, _PASS, _RUN = "_kernel_time", "Executor::Execute", "model_run"
_INTEGER_OPS = ("QLinear", "DynamicQuantizeMatMul", "QGemm", "QAttention", "DynamicQuantizeLSTM")
_HOME = "CPU"


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that ran: a node, or one pass over a graph with its nodes."""

    name: str
    start: float
    seconds: float
    arguments: Mapping[str, Any]
    nodes: tuple[_Event, ...] | None = None


def is_profile(text: str) -> bool:
    """Whether a text is a profile of onnxruntime."""
    shape = text.lstrip().startswith(("[", "{"))
    return shape and '"cat"' in text and (_KERNEL in text or f'"{_RUN}"' in text)


@importer("onnxruntime", summary="The profile that onnxruntime writes.", sniff=is_profile)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The median run, and the median of each node over the runs.

    Raises:
        ModelError: not a profile, or no model ran while it was recorded.
    """
    runs = tuple(_runs(_records(text, origin), origin))
    if not runs:
        raise ModelError(
            f"{origin}: no model ran while it was recorded; run it between enable_profiling "
            "and end_profiling"
        )
    totals_s = [run.seconds for run in runs]
    nodes = [node for run in runs for node in run.nodes or ()]
    runtime = _runtime(nodes)
    total_s = plausible(statistics.median(totals_s), Place(origin, "dur"))
    observation = Observation(
        model=stem(origin),
        latency_s=total_s,
        low_s=min(totals_s),
        high_s=max(totals_s),
        runtime=runtime,
        dtype=_dtype(nodes),
        origin=f"{origin} ({len(runs)} runs)",
    )
    if not nodes:
        return (observation,)
    profile = Profile(
        model=observation.model,
        runtime=runtime,
        total_s=total_s,
        layers=_layers(runs),
        origin=observation.origin,
    )
    return observation, profile


def _records(text: str, origin: str) -> Sequence[Mapping[str, Any]]:
    found = json_text.parse(text, origin, _EXPECTED)
    if isinstance(found, dict):
        found = found.get("traceEvents")  # as trace viewers save it
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ModelError(f"{origin}: expected {_EXPECTED}")
    return found


def _runs(records: Sequence[Mapping[str, Any]], origin: str) -> Iterator[_Event]:
    """The runs, each with the nodes of the main graph."""
    waiting: list[_Event] = []
    whole = any(record.get("name") == _RUN for record in records)
    for record in records:
        kind, name = record.get("cat"), str(record.get("name", ""))
        if kind == "Node" and name.endswith(_KERNEL):
            event = _event(record, origin)
            _inside(waiting, event)  # its time is the node's
            waiting.append(event)
        elif kind == "Session" and name.endswith(_PASS):
            event = _event(record, origin)
            nodes = [each for each in _inside(waiting, event) if each.nodes is None]
            passed = _Event(name, event.start, event.seconds, {}, tuple(nodes))
            if whole:
                waiting.append(passed)
            else:
                yield passed
        elif name == _RUN:
            event = _event(record, origin)
            main = [each for each in _inside(waiting, event) if each.nodes is not None]
            nodes = [node for each in main for node in each.nodes or ()]
            waiting.clear()
            yield _Event(name, event.start, event.seconds, {}, tuple(nodes))


def _inside(waiting: list[_Event], outer: _Event) -> list[_Event]:
    """Take off the end what `outer` holds: a node holds passes, a pass nodes, a run all."""
    first = len(waiting)
    while first and waiting[first - 1].start >= outer.start and _holds(outer, waiting[first - 1]):
        first -= 1
    found = waiting[first:]
    del waiting[first:]
    return found


def _holds(outer: _Event, inner: _Event) -> bool:
    if outer.name == _RUN:
        return True
    is_pass = inner.nodes is not None
    return is_pass == outer.name.endswith(_KERNEL)


def _event(record: Mapping[str, Any], origin: str) -> _Event:
    name = str(record.get("name", ""))
    start = json_text.number(record.get("ts"))
    seconds = json_text.seconds_of_micros(record.get("dur"))
    if start is None or seconds is None:
        raise ModelError(f"{origin}: the event {name[:40]!r} has no time: expected {_EXPECTED}")
    arguments = record.get("args")
    return _Event(name, start, seconds, arguments if isinstance(arguments, dict) else {})


def _layers(runs: Sequence[_Event]) -> tuple[LayerTime, ...]:
    """Medians of the nodes; a name that comes twice in a run is two nodes."""
    samples: dict[tuple[str, int], list[_Event]] = {}
    for run in runs:
        seen: Counter[str] = Counter()
        for node in run.nodes or ():
            samples.setdefault((node.name, seen[node.name]), []).append(node)
            seen[node.name] += 1
    return tuple(
        LayerTime(
            name=name.removesuffix(_KERNEL),
            op=str(found[0].arguments.get("op_name") or ""),
            latency_s=statistics.median(node.seconds for node in found),
        )
        for (name, _), found in samples.items()
    )


def _runtime(nodes: Sequence[_Event]) -> str:
    """`onnxruntime`, with the provider that took most of the time if it is no CPU's."""
    times_s: dict[str, float] = {}
    for node in nodes:
        provider = str(node.arguments.get("provider") or "").removesuffix("ExecutionProvider")
        times_s[provider or _HOME] = times_s.get(provider or _HOME, 0.0) + node.seconds
    provider = max(times_s, key=lambda name: times_s[name], default=_HOME)
    return "onnxruntime" if provider == _HOME else f"onnxruntime_{provider.lower()}"


def _dtype(nodes: Sequence[_Event]) -> str:
    """`int8` if it has integer kernels, else what most nodes put out."""
    ops = {str(node.arguments.get("op_name") or "") for node in nodes}
    if any(op.startswith(_INTEGER_OPS) or "Integer" in op for op in ops):
        return "int8"
    counts = Counter(kind for node in nodes for kind in _output_types(node))
    found = [each for each, _ in counts.most_common() if each in {"float", "float16"}]
    return {"float": "float32", "float16": "float16"}[found[0]] if found else ""


def _output_types(node: _Event) -> Iterator[str]:
    entries = node.arguments.get("output_type_shape")
    for entry in entries if isinstance(entries, list) else ():
        yield from entry if isinstance(entry, dict) else ()
