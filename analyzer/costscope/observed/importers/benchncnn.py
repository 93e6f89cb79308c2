"""What ncnn's benchncnn prints: a header of settings, then a line for each network.

Source: benchmark/benchncnn.cpp and benchmark/README.md of Tencent/ncnn. Times are
milliseconds. On a GPU the settings name no thread count that matters, and the line of the
device says whether its arithmetic is in 16 bits; on a CPU that depends on cores and version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from costscope.errors import ModelError
from costscope.observed import cells
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.precision import dtype_in_name
from costscope.observed.text import log_lines
from costscope.observed.types import Observation, Reading

_NUMBER = r"([0-9.]+)"
_TIMES = re.compile(rf"\smin =\s*{_NUMBER}\s+max =\s*{_NUMBER}\s+avg =\s*{_NUMBER}")
_SETTING = re.compile(r"\b(loop_count|num_threads|powersave|gpu_device)\s*=\s*(-?[0-9]{1,6})\b")
_GPU = re.compile(r"\[([0-9]{1,3}) ([^\]]{1,80})\]")
_HALF = re.compile(r"\bfp16a=1\b|\bfp16-p/s/a=1/1/1\b")


def is_benchncnn(text: str) -> bool:
    """Whether a text has a line of benchncnn."""
    return _TIMES.search(text) is not None


@importer("benchncnn", summary="The output of ncnn's benchncnn.", sniff=is_benchncnn)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The networks of one or more runs.

    Raises:
        ModelError: no line with times, or one with times that cannot be.
    """
    found = tuple(_observations(text, origin))
    if not found:
        raise ModelError(f"{origin}: no line like 'squeezenet  min = 5.21  max = 5.50  avg = 5.33'")
    return found


def _observations(text: str, origin: str) -> Iterator[Observation]:
    settings: dict[str, int] = {}
    gpus: dict[int, list[str]] = {}
    for number, line in log_lines(text):
        times, setting, gpu = _TIMES.search(line), _SETTING.search(line), _GPU.search(line)
        if times is not None:
            yield _observation(times, settings, gpus, (origin, number))
        elif setting is not None:
            if setting[1] == "loop_count":
                settings = {}  # another run begins
            settings[setting[1]] = int(setting[2])
        elif gpu is not None:
            if settings:
                settings, gpus = {}, {}  # the devices stand before the settings of their run
            gpus.setdefault(int(gpu[1]), []).append(line)


def _observation(
    times: re.Match[str],
    settings: Mapping[str, int],
    gpus: Mapping[int, list[str]],
    place: tuple[str, int],
) -> Observation:
    where = f"{place[0]}, line {place[1]}"
    low_s, high_s, latency_s = (
        cells.latency(times[group], "ms", Place(where, column))
        for group, column in ((1, "min"), (2, "max"), (3, "avg"))
    )
    cells.check_order(low_s, latency_s, high_s, where)
    name = (times.string[: times.start()].split() or [""])[-1]
    model = cells.model(name.removesuffix(".param"), Place(where, "network"))
    number = settings.get("gpu_device", -1)
    on_gpu = number >= 0
    lines = gpus.get(number, []) if on_gpu else []
    device = _GPU.search(lines[0]) if lines else None
    half = "float16" if any(_HALF.search(line) for line in lines) else ""
    threads = settings.get("num_threads", 0)
    return Observation(
        model=model,
        latency_s=latency_s,
        low_s=low_s,
        high_s=high_s,
        runtime="ncnn_vulkan" if on_gpu else "ncnn",
        threads=threads if threads > 0 and not on_gpu else None,
        dtype=dtype_in_name(model) or half,
        device=cells.words(device[2]) if device else "",
        origin=f"{place[0]}:{place[1]}",
    )
