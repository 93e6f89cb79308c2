"""What TensorFlow Lite's benchmark_model prints, of one or more runs.

Source: lite/tools/benchmark/benchmark_model.cc, lite/profiling/profile_summary_formatter.cc
and core/util/stats_calculator.cc of tensorflow/tensorflow: parameters as `Label: [value]`,
statistics in microseconds as `count=50 first=... avg=...`, then `Inference timings in us:`.
Releases before 2020 write `Average inference timings in us: Warmup: ..., no stats: ...`.
Lines may carry the prefix of a logger (`INFO: `, `I tflite  : `).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from costscope.errors import ModelError
from costscope.observed import cells
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.precision import dtype_in_name
from costscope.observed.text import log_lines, stem
from costscope.observed.types import LayerTime, Observation, Profile, Reading

_NUMBER = r"([0-9.]+(?:e[+-]?[0-9]+)?)"
_DONE = re.compile(
    rf"nference timings in us: .*?\b(?:Inference \(avg\)|Inference|no stats): {_NUMBER}"
)
_LOADED = re.compile(r"Loaded model (\S.*?)\s*$")
_COUNT = re.compile(rf"\bcount=[0-9]+ .*\bmin={_NUMBER} max={_NUMBER} avg=")
_USED = re.compile(r"use (gpu|nnapi|hexagon|coreml|edgetpu)", re.IGNORECASE)
_MICROSECONDS = "us"
_MILLIS_PER_S = 1e3


@dataclass(slots=True)
class _Run:
    """What was said of one run so far."""

    line: int = 0
    average_us: str = ""
    low_us: str = ""
    high_us: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    graph: str = ""
    layers: list[LayerTime] = field(default_factory=list)
    tables: int = 0  # of operators in run order, behind the initialization's
    starting: bool = False  # a table of the initialization is being read
    header: list[str] = field(default_factory=list)


def is_benchmark_model(text: str) -> bool:
    """Whether a text is of benchmark_model."""
    return "nference timings in us:" in text or "Running benchmark for at least" in text


@importer(
    "tflite", summary="The output of TensorFlow Lite's benchmark_model.", sniff=is_benchmark_model
)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """A latency for each run, and the times of its operators where they were profiled.

    Raises:
        ModelError: no run ended, or times that cannot be.
    """
    runs = [run for run in _runs(text) if run.average_us]
    if not runs:
        raise ModelError(
            f"{origin}: no line 'Inference timings in us: ...'; did the benchmark end?"
        )
    return tuple(reading for run in runs for reading in _readings(run, origin))


def _runs(text: str) -> Iterator[_Run]:
    run = _Run()
    for number, line in log_lines(text):
        done, parameter = _DONE.search(line), _parameter(line)
        if "\t" in line:
            _table_line(run, line)
        elif (done or parameter) and run.average_us:
            yield run
            run = _Run()
        if done:
            run.average_us, run.line = done[1], number
        elif parameter:
            run.parameters[parameter[0]] = parameter[1]
        else:
            _said(run, line)
    yield run


def _parameter(line: str) -> tuple[str, str] | None:
    """Label and value of `Label: [value]`, behind whatever a logger wrote before."""
    head, sign, value = line.partition(": [")
    value = value.rstrip()
    if not sign or "\t" in line or not value.endswith("]"):
        return None
    return head.rpartition(":")[2].strip().lower(), value[:-1].strip()


def _said(run: _Run, line: str) -> None:
    count, loaded = _COUNT.search(line), _LOADED.search(line)
    if count and not run.average_us:  # the last one before the result is that of its runs
        run.low_us, run.high_us = count[1], count[2]
    elif loaded:
        run.graph = loaded[1]
    elif "Benchmark Initialization" in line:
        run.starting = True
    elif "Profiling Info for Regular" in line:
        run.starting = False
    elif "= Run Order =" in line:
        run.tables += not run.starting
        run.header = []
    elif "= Top by" in line or "= Summary by" in line:
        run.header = []
        run.tables += not run.starting  # those behind are no run order


def _table_line(run: _Run, line: str) -> None:
    """A header or a row of the first table of operators in run order."""
    found = [cell.strip() for cell in line.split("\t")]
    if run.starting or run.tables != 1:
        return
    if "[avg ms]" in found:
        run.header = found
        return
    row = dict(zip(run.header, found, strict=False))
    try:
        milliseconds = float(row["[avg ms]"])
    except (KeyError, ValueError):
        return
    if not 0 <= milliseconds < cells.LONGEST_S * _MILLIS_PER_S:
        return
    run.layers.append(
        LayerTime(
            name=cells.words(row.get("[Name]", "")),
            op=cells.words(row.get("[node type]", "")),
            latency_s=milliseconds / _MILLIS_PER_S,
        )
    )


def _readings(run: _Run, origin: str) -> Iterator[Reading]:
    where = f"{origin}, line {run.line}"
    low_s, high_s = (
        cells.optional_latency(text, _MICROSECONDS, Place(where, column))
        for text, column in ((run.low_us, "min"), (run.high_us, "max"))
    )
    latency_s = cells.latency(run.average_us, _MICROSECONDS, Place(where, "avg"))
    if low_s is not None and high_s is not None:  # six digits of an average may be rounded
        latency_s = min(max(latency_s, low_s), high_s)
    graph = run.parameters.get("graph") or run.graph
    model = cells.model(stem(graph or origin), Place(where, "Graph"))
    runtime = _runtime(run)
    yield Observation(
        model=model,
        latency_s=latency_s,
        low_s=low_s,
        high_s=high_s,
        runtime=runtime,
        threads=_threads(run) if runtime == "tflite" else None,
        dtype=dtype_in_name(model),
        origin=f"{origin}:{run.line}",
    )
    if run.layers:
        yield Profile(
            model=model,
            runtime=runtime,
            total_s=latency_s,
            layers=tuple(run.layers),
            origin=f"{origin}:{run.line}",
        )


def _runtime(run: _Run) -> str:
    """`tflite` on the CPU, with XNNPACK or without; else with the delegate's name."""
    for label, value in run.parameters.items():
        used = _USED.fullmatch(label)
        if used and value in {"1", "true"}:
            return f"tflite_{used[1].lower()}"
    return "tflite_external" if run.parameters.get("external delegate path") else "tflite"


def _threads(run: _Run) -> int | None:
    told = run.parameters
    text = told.get("num threads") or told.get("#threads used for cpu inference") or ""
    return int(text) if text.isdecimal() and 0 < int(text[:5]) <= cells.MOST_THREADS else None
