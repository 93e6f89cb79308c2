"""Measured latency: only where it is asked for, with its interval and where it comes from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from gate_cases import checked, figure

from costscope.errors import ModelError, UsageError
from costscope.gate import measured
from costscope.gate.machines import machines
from costscope.gate.measured import check_request, with_measured
from costscope.gate.models import Model
from costscope.gate.one import Request

A, B = (Model(name=name, key=name, source=name) for name in ("a.onnx", "b.onnx"))


def measurement(**more):
    spread = SimpleNamespace(median_s=0.0123456789123, low_s=0.012, high_s=0.013, runs=40)
    given = {
        "latency": spread,
        "runtime_version": "1.31.1",
        "threads": 1,
        "disturbances": (),
        "error": "",
    }
    return SimpleNamespace(**(given | more))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the measurement of each model gives, or raises."""
    found: dict[str, object] = {}

    def measure(models, _settings):
        result = found.get(models[0], measurement())
        if isinstance(result, Exception):
            raise result
        return [result]

    monkeypatch.setattr(measured, "measure", measure)
    return found


@pytest.mark.usefixtures("runs")
def test_the_median_takes_the_place_of_the_prediction_and_says_so() -> None:
    predicted = checked("a.onnx", "host", figure("latency", 1.0), figure("macs", 5))
    told = []

    (found,) = with_measured(
        [A], [predicted], Request(), on_done=lambda model, done: told.append((model, done))
    )

    latency, macs = found.figures
    assert (latency.value, latency.low, latency.high) == (0.0123456789, 0.012, 0.013)
    assert latency.source == "measured here with onnxruntime 1.31.1, 1 thread(s), median of 40 runs"
    assert macs == predicted.figures[1]
    assert found.calibrated
    assert told == [(A, 1.0)]


def test_what_cannot_be_measured_has_no_time(runs) -> None:
    runs["a.onnx"] = ModelError("a.onnx: no kernel for Foo")
    runs["b.onnx"] = measurement(latency=None, error="out of memory")
    both = [checked(name, "", figure("latency", 1.0)) for name in ("a.onnx", "b.onnx")]

    found = with_measured([A, B], both, Request())

    assert [each.figures[0].value for each in found] == [None, None]
    assert [each.figures[0].why for each in found] == [
        "it cannot be measured: a.onnx: no kernel for Foo",
        "it cannot be measured: out of memory",
    ]
    assert not any(each.calibrated for each in found)


def test_a_model_that_cannot_be_read_is_not_run(runs) -> None:
    runs["a.onnx"] = AssertionError("it was run")
    broken = checked("a.onnx", "", error="not an ONNX model")

    assert with_measured([A], [broken], Request()) == (broken,)


def test_a_missing_runtime_is_the_users_to_install(runs) -> None:
    runs["a.onnx"] = UsageError("onnxruntime is not installed")

    with pytest.raises(UsageError, match="not installed"):
        with_measured([A], [checked("a.onnx", "")], Request())


def test_another_machine_cannot_be_measured_here() -> None:
    pixel6 = machines(["pixel6"], Path.cwd())

    with pytest.raises(UsageError, match="measures this computer, not pixel6"):
        check_request(Request(machines=pixel6))
    with pytest.raises(UsageError, match="leave out as_dtype"):
        check_request(Request(asked={"as_dtype": "int8"}))
    check_request(Request(asked={"threads": 2}))
