"""The JSON of `trtexec --exportTimes`: when each inference began and ended.

Source: `exportJSONTrace` in samples/common/sampleReporting.cpp of NVIDIA/TensorRT, in
milliseconds. The latency taken is that of the GPU, `computeMs`: the copies of inputs and
outputs to a card, which `latencyMs` counts too, are no layer's.
"""

from __future__ import annotations

import re
import statistics

from costscope.errors import ModelError
from costscope.observed import cells, json_text
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.text import stem
from costscope.observed.types import Observation, Reading

_EXPECTED = "the JSON that trtexec writes with --exportTimes"
_START = re.compile(r"\s*\[\s*\{[^{}]*\"(?:startComputeMs|computeMs)\"\s*:")


def is_times(text: str) -> bool:
    """Whether a text is a trace of trtexec."""
    return _START.match(text) is not None


@importer("trtexec_times", summary="JSON of trtexec --exportTimes.", sniff=is_times)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The median of the inferences' times on the GPU.

    Raises:
        ModelError: not such a file, or an inference without a time.
    """
    found = []
    for number, record in enumerate(json_text.records(text, origin, _EXPECTED), start=1):
        seconds = json_text.seconds_of_millis(record.get("computeMs"))
        if seconds is None:
            raise ModelError(f"{origin}, entry {number}: no computeMs: expected {_EXPECTED}")
        found.append(seconds)
    if not found:
        raise ModelError(f"{origin}: no inference in this file: expected {_EXPECTED}")
    latency_s = cells.plausible(statistics.median(found), Place(origin, "computeMs"))
    observation = Observation(
        model=cells.model(stem(origin), Place(origin, "name")),
        latency_s=latency_s,
        low_s=min(found),
        high_s=max(found),
        runtime="tensorrt",
        origin=f"{origin} ({len(found)} runs)",
    )
    return (observation,)
