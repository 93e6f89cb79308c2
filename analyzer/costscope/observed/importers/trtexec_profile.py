"""The JSON of `trtexec --exportProfile`: the time of each layer of an engine.

Source: `Profiler::exportJSONProfile` in samples/common/sampleReporting.cpp of
NVIDIA/TensorRT: a count of runs, then a name and milliseconds for each layer; `medianMs`
from TensorRT 8.2 on. Layers are timed one by one, so their sum is a little more than a run
without the profiler (`--exportTimes` gives that).
"""

from __future__ import annotations

import re
from typing import Any

from costscope.errors import ModelError
from costscope.observed import cells, json_text
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.text import stem
from costscope.observed.types import LayerTime, Observation, Profile, Reading

_EXPECTED = "the JSON that trtexec writes with --exportProfile"
_START = re.compile(r"\s*\[\s*\{\s*\"count\"\s*:")


def is_profile(text: str) -> bool:
    """Whether a text is a profile of trtexec."""
    return _START.match(text) is not None


@importer("trtexec_profile", summary="JSON of trtexec --exportProfile.", sniff=is_profile)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The sum of the layers' medians (averages, where an older trtexec gives no more).

    Raises:
        ModelError: not such a file, or no layer with a time in it.
    """
    records = json_text.records(text, origin, _EXPECTED)
    layers = tuple(_layer(each, origin) for each in records if "name" in each)
    if not layers:
        raise ModelError(f"{origin}: no layer in this profile: expected {_EXPECTED}")
    total_s = cells.plausible(sum(layer.latency_s for layer in layers), Place(origin, "medianMs"))
    model = cells.model(stem(origin), Place(origin, "name"))
    return (
        Observation(model=model, latency_s=total_s, runtime="tensorrt", origin=origin),
        Profile(model=model, runtime="tensorrt", total_s=total_s, layers=layers, origin=origin),
    )


def _layer(record: dict[str, Any], origin: str) -> LayerTime:
    name = cells.words(str(record["name"]))
    seconds = json_text.seconds_of_millis(record.get("medianMs", record.get("averageMs")))
    if seconds is None:
        raise ModelError(f"{origin}: the layer {name[:40]!r} has no time: expected {_EXPECTED}")
    return LayerTime(name=name, op="", latency_s=seconds)
