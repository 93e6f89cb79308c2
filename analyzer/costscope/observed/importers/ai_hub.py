"""`perf.yaml` of Qualcomm AI Hub Models: a network on many devices and runtimes.

Source: qai_hub_models/models/*/perf.yaml of qualcomm/ai-hub-models, in its two layouts:
`precisions` (from 2025-07, milliseconds) and `models` (before, microseconds). A float network
runs in 16 bits on the NPU and in 32 on the CPU. The unit that ran most of it is told behind
the device: `Samsung Galaxy S24 (NPU)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from costscope.document import read as read_yaml
from costscope.errors import ModelError, ProfileError
from costscope.observed import cells, json_text
from costscope.observed.cells import Place
from costscope.observed.importers import importer
from costscope.observed.precision import dtype_of
from costscope.observed.types import Observation, Reading

_OLD = "torchscript_onnx"
_FLOAT = {"NPU": "float16", "CPU": "float32"}
_ONNX = frozenset({"", "onnx", "ort"})
_NOTHING = frozenset({"", "null", "None"})
_KEY = re.compile(r"^[ \t-]*performance_metrics[ \t]*:", re.MULTILINE)


def is_perf_yaml(text: str) -> bool:
    """Whether a text is a perf.yaml."""
    return _KEY.search(text) is not None


@importer("ai_hub", summary="perf.yaml of Qualcomm AI Hub Models.", sniff=is_perf_yaml)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The latency of each component on each device and runtime where the job passed.

    Raises:
        ModelError: not such a file, no latency in it, or one that cannot be.
    """
    try:
        content, problems = read_yaml(text, "perf.yaml of AI Hub Models", ProfileError)
    except ProfileError as error:
        raise ModelError(f"{origin}: {error}") from None
    if problems:
        raise ModelError(f"{origin}: {problems[0]}")
    sections = _mapping(content)
    found = (*_by_precision(sections, origin), *_by_model(sections, origin))
    if not found:
        raise ModelError(
            f"{origin}: no job that passed with a latency under performance_metrics; "
            "language models are told in tokens per second, which is none"
        )
    return found


def _by_precision(content: dict[str, Any], origin: str) -> Iterator[Observation]:
    """The newer layout: precision, component, device, runtime."""
    for precision, body in _mapping(content.get("precisions")).items():
        for model, component in _mapping(_mapping(body).get("components")).items():
            metrics = _mapping(_mapping(component).get("performance_metrics"))
            for device, runtimes in metrics.items():
                for runtime, told in _mapping(runtimes).items():
                    path = f"{precision} of {model} on {device} in {runtime}"
                    facts = {"precision": precision, **_mapping(told)}
                    yield from _observation(
                        facts, model=model, device=device, runtime=runtime, where=(origin, path)
                    )


def _by_model(content: dict[str, Any], origin: str) -> Iterator[Observation]:
    """The older layout: a list of models, each with a list of devices."""
    for body in _list(content.get("models")):
        model = str(_mapping(body).get("name") or "")
        for entry in _list(_mapping(body).get("performance_metrics")):
            device = str(_mapping(_mapping(entry).get("reference_device_info")).get("name") or "")
            for runtime, told in _mapping(entry).items():
                if runtime != "reference_device_info":
                    yield from _observation(
                        _mapping(told),
                        model=model,
                        device=device,
                        runtime=runtime,
                        where=(origin, f"{model} on {device} in {runtime}"),
                    )


def _observation(
    told: dict[str, Any], *, model: str, device: str, runtime: str, where: tuple[str, str]
) -> Iterator[Observation]:
    """One observation, or none: a job that failed or was skipped has no latency."""
    latency_s = json_text.seconds_of_millis(told.get("inference_time_milliseconds"))
    if latency_s is None:
        latency_s = json_text.seconds_of_micros(told.get("inference_time"))
    if latency_s is None or told.get("job_status", "Passed") != "Passed":
        return
    place = Place(where[0], where[1])
    unit = str(told.get("primary_compute_unit") or "")
    unit = "" if unit in _NOTHING else unit
    precision = str(told.get("precision") or "")
    dtype = _FLOAT.get(unit, "") if precision == "float" else dtype_of(precision)
    yield Observation(
        model=cells.model(model, place),
        latency_s=cells.plausible(latency_s, place),
        runtime=_runtime(runtime),
        dtype=cells.words(precision) if dtype is None else dtype,
        device=cells.words(f"{device} ({unit})" if unit else device),
        origin=f"{where[0]}: {cells.words(where[1])}",
    )


def _runtime(name: str) -> str:
    """`torchscript_onnx_tflite` is tflite; onnx alone is onnxruntime."""
    short = name.removeprefix(_OLD).removeprefix("_")
    return "onnxruntime" if short in _ONNX else cells.words(short)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
