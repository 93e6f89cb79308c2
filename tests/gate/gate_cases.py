"""Made-up models on machines, limits and findings for the tests of the gate."""

from __future__ import annotations

from dataclasses import replace

from costscope.analysis.types import Finding, Severity
from costscope.gate.baseline import Baseline, Entry
from costscope.gate.decide import Evidence
from costscope.gate.limits import Written
from costscope.gate.types import Checked, Figure, Seen
from costscope.gate.written import Place, assignment

UNITS = {"latency": "s", "weights": "B", "peak_memory": "B"}


def figure(metric: str, value, **more) -> Figure:
    return Figure(metric=metric, unit=UNITS.get(metric, ""), value=value, **more)


def checked(model: str = "a.onnx", hardware: str = "pixel6", *figures: Figure, **more) -> Checked:
    return Checked(
        model=model, key=more.pop("key", model), hardware=hardware, figures=figures, **more
    )


def limit(text: str, **more) -> Written:
    """The limit of `latency=12 ms`, for `models`, `hardware`, with `confidence`."""
    found = assignment(text, Place(file=f"--budget {text}"))
    return replace(found, budget=replace(found.budget, **{"confidence": "median", **more}))


def evidence(*found: Checked, **more) -> Evidence:
    return Evidence(checked=found, **more)


def finding(rule: str = "G1", **more) -> Finding:
    given = {
        "severity": Severity.WARNING,
        "subject": "stage1.block1.expand",
        "message": "16 to 96 channels",
        "evidence": {"ratio": 6.0},
        "nodes": ("stage1.block1.expand",),
        "hardware": "pixel6",
    }
    return Finding(rule=rule, **(given | more))


def seen(rule: str = "G1", *, known: bool = False, suppressed: str = "", **more) -> Seen:
    return Seen(
        finding=finding(rule, **more), fingerprint="0" * 16, known=known, suppressed=suppressed
    )


def entry(**more) -> Entry:
    given = {
        "model_sha256": "",
        "hardware_sha256": "",
        "settings": (),
        "values": {},
        "highs": {},
        "findings": frozenset(),
    }
    return Entry(**(given | more))


def baseline(key: str = "a.onnx", hardware: str = "pixel6", **more) -> Baseline:
    return Baseline(version="0.1.0", entries={(key, hardware): entry(**more)})
