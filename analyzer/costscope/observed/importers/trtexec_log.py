"""What trtexec prints: the summary of a run, and with `--dumpProfile` a table of layers.

Source: `printEpilog` and `Profiler::print` in samples/common/sampleReporting.cpp of
NVIDIA/TensorRT. The latency is the median of `GPU Compute Time`, as of the JSON of
`--exportTimes`; releases before 8 print no such line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from costscope.errors import ModelError
from costscope.observed import cells
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.text import log_lines, stem
from costscope.observed.types import LayerTime, Observation, Profile, Reading

_PREFIX = re.compile(r"^(?:\[[^\]]*\] )?\[[A-Z]\] ?")
_SUMMARY = re.compile(
    r"GPU Compute Time: min = (\S+ \S+), max = (\S+ \S+), .*?median = (\S+ [a-z]+)"
)
_SETTING = re.compile(r"^(Model|Precision|Selected Device|Device): (.+)$")
_TABLE = re.compile(r"^=== Profile \([0-9]+ iterations ?\) ===")
_HEADER = re.compile(r"\bTime ?\(ms\)")
_COMMAND = re.compile(r"^&&&& RUNNING .*?--(?:onnx|loadEngine)=(\S+)")
_PLAIN, _FULL = 3, 4  # numbers in a row, without and with medians
_AVERAGE, _MEDIAN = 1, 2  # of the numbers: total, average, median if there is one, share
_MILLIS_PER_S = 1e3


@dataclass(slots=True)
class _Run:
    """What was said of one run so far."""

    line: int = 0
    times: tuple[str, str, str] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    layers: list[LayerTime] = field(default_factory=list)
    numbers: int = 0  # in a row of the table; 0 outside of it
    name_last: bool = False


def is_log(text: str) -> bool:
    """Whether a text is the output of trtexec."""
    return "GPU Compute Time: min = " in text or "&&&& RUNNING TensorRT.trtexec" in text


@importer("trtexec", summary="The output of trtexec.", sniff=is_log)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """A latency for each run, and the times of its layers where they were dumped.

    Raises:
        ModelError: no run ended, or times that cannot be.
    """
    found = tuple(reading for run in _runs(text) for reading in _readings(run, origin))
    if not found:
        raise ModelError(
            f"{origin}: no line 'GPU Compute Time: min = ...'; did trtexec end? "
            "Its --exportTimes writes a file that can be imported too"
        )
    return found


def _runs(text: str) -> Iterator[_Run]:
    run = _Run()
    for number, raw in log_lines(text):
        line = _PREFIX.sub("", raw)
        summary, setting = _SUMMARY.search(line), _SETTING.match(line)
        if run.times and (summary or raw.startswith("&&&& RUNNING")):
            yield run
            run = _Run()
        command = _COMMAND.match(raw)
        if command:
            run.settings["Model"] = command[1]
        elif summary:
            run.times, run.line = (summary[1], summary[2], summary[3]), number
        elif setting:
            run.settings.setdefault(setting[1], setting[2].strip())
        elif _TABLE.match(line):
            run.numbers, run.layers = _PLAIN, []
        elif run.numbers and not _layer(run, line):
            run.numbers = 0
    yield run


def _layer(run: _Run, line: str) -> bool:
    """Read a line of the table; whether it goes on."""
    if _HEADER.search(line):
        run.numbers = _FULL if "Median" in line else _PLAIN
        run.name_last = line.rstrip().endswith("Layer")
        return True
    if run.name_last:
        *figures, name = ["", *line.split(None, run.numbers)]
    else:
        name, *figures = [*line.rsplit(None, run.numbers), ""]
    figures = [figure for figure in figures if figure]
    if len(figures) != run.numbers or name.strip() == "Total":
        return False
    try:
        seconds = float(figures[_MEDIAN if run.numbers > _PLAIN else _AVERAGE]) / _MILLIS_PER_S
    except ValueError:
        return False
    if not 0 <= seconds < cells.LONGEST_S:
        return False
    run.layers.append(LayerTime(name=cells.words(name), op="", latency_s=seconds))
    return True


def _readings(run: _Run, origin: str) -> Iterator[Reading]:
    if run.times is None:
        return
    where = f"{origin}, line {run.line}"
    low_s, high_s, latency_s = (
        cells.latency(text, "", Place(where, column))
        for text, column in zip(run.times, ("min", "max", "median"), strict=True)
    )
    cells.check_order(low_s, latency_s, high_s, where)
    told = run.settings.get("Model", "")
    model = cells.model(stem(told or origin), Place(where, "Model"))
    yield Observation(
        model=model,
        latency_s=latency_s,
        low_s=low_s,
        high_s=high_s,
        runtime="tensorrt",
        dtype=_dtype(run.settings.get("Precision", "")),
        device=cells.words(run.settings.get("Selected Device", "")),
        origin=f"{origin}:{run.line}",
    )
    if run.layers:
        yield Profile(
            model=model,
            runtime="tensorrt",
            total_s=latency_s,
            layers=tuple(run.layers),
            origin=f"{origin}:{run.line}",
        )


def _dtype(precisions: str) -> str:
    """Of `FP32+FP16+INT8` the narrowest that was allowed: the fastest kernel wins."""
    for word, name in (("INT8", "int8"), ("FP16", "float16"), ("FP32", "float32")):
        if word in precisions.upper().split("+"):
            return name
    return ""
