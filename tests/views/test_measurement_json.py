"""The JSON of a measurement against its published schema, and its sums."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from measurement_cases import (
    MEASURED,
    failed,
    incomplete,
    plain,
    realistic,
    recorded,
    uncalibrated,
    without_machine,
)

from costscope.measure.types import Disturbance, Measurement
from costscope.views.measurement import MEASUREMENT_VIEWS
from costscope.views.measurement.json_view import SCHEMA_VERSION, schema_text


def text(*measured: Measurement) -> str:
    view = MEASUREMENT_VIEWS.get("json")
    assert view is not None
    return view.render(measured)


def document(*measured: Measurement) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    parsed: dict[str, Any] = json.loads(text(*measured), parse_constant=refuse)
    return parsed


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("case", list(MEASURED))
def test_every_measurement_follows_the_schema(
    case: str, validator: jsonschema.Draft202012Validator
) -> None:
    found = document(MEASURED[case](), plain())

    assert list(found) == ["schema_version", "tool", "measurements"]
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)] == []


def test_the_schema_refuses_what_it_does_not_know(
    validator: jsonschema.Draft202012Validator,
) -> None:
    found = document(plain())
    one = found["measurements"][0]

    assert not validator.is_valid(found | {"extra": 1})
    assert not validator.is_valid(found | {"measurements": []})
    assert not validator.is_valid(found | {"measurements": [one | {"retries": -1}]})
    assert not validator.is_valid(found | {"measurements": [one | {"totals": {}}]})
    del one["kernels"][0]["measured_s"]
    assert not validator.is_valid(found)


def objects(schema: Any, path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    """Every object schema with named keys, and where it stands."""
    found = []
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            found.append((path, schema))
        for key, value in schema.items():
            found += objects(value, f"{path}.{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            found += objects(value, f"{path}[{number}]")
    return found


def test_the_schema_describes_and_requires_every_key() -> None:
    schema = json.loads(schema_text())
    every = objects(schema)

    assert len(every) > 10
    for path, each in every:
        assert each["additionalProperties"] is False, path
        assert sorted(each["required"]) == sorted(each["properties"]), path
        for key, value in each["properties"].items():
            assert value.get("description") or "const" in value, f"{path}.{key}"
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_one_measurement_as_numbers() -> None:
    one = document(plain())["measurements"][0]

    assert one["runtime"] == {
        "name": "onnxruntime", "version": "1.31.1", "provider": "CPUExecutionProvider",
        "threads": 1, "optimization": "all",
    }  # fmt: skip
    assert one["latency"]["median_s"] == pytest.approx(200e-6)
    assert one["prediction"]["latency_s"] == pytest.approx(31.4784e-6)
    assert one["prediction"]["error_ratio"] == pytest.approx(-0.842608)
    assert one["prediction"]["holds_measured"] is False
    assert one["totals"]["kernel_error_ratio"] == pytest.approx(0.842608)
    assert one["coverage"]["traced_ratio"] == 1


def test_what_is_unknown_is_null_and_not_zero() -> None:
    bare = document(without_machine())["measurements"][0]
    roof = document(uncalibrated())["measurements"][0]
    far = document(recorded())["measurements"][0]
    part = document(incomplete())["measurements"][0]

    assert (bare["hardware"], bare["prediction"]) == (None, None)
    assert {kernel["predicted_s"] for kernel in bare["kernels"]} == {None}
    assert bare["totals"]["within_10_percent_ratio"] is None
    assert (roof["prediction"]["latency_s"], roof["prediction"]["error_ratio"]) == (None, None)
    assert roof["prediction"]["roofline_s"] > 0
    assert (far["computer"], far["latency"]) == (None, None)
    assert far["totals"]["measured_as"] == "sum of recorded kernels"
    assert part["prediction"]["complete"] is False
    assert part["prediction"]["error_ratio"] is None
    assert part["totals"]["unpredicted_s"] == pytest.approx(15e-6)


def test_a_failure_has_its_reason_and_no_time() -> None:
    one = document(failed())["measurements"][0]

    assert one["error"].startswith("broken.onnx: onnxruntime refuses it")
    assert (one["latency"], one["totals"]["measured_s"]) == (None, None)
    assert document(plain())["measurements"][0]["error"] is None


def test_kernels_add_up_to_the_totals() -> None:
    one = document(realistic())["measurements"][0]

    assert sum(k["measured_s"] for k in one["kernels"]) == pytest.approx(one["totals"]["kernels_s"])
    for kind in one["by_kind"]:
        members = [k for k in one["kernels"] if k["kind"] == kind["kind"]]
        assert len(members) == kind["kernels"]
        assert sum(k["measured_s"] for k in members) == pytest.approx(kind["measured_s"])
        assert sum(k["predicted_s"] for k in members) == pytest.approx(kind["predicted_s"])


def test_numbers_that_json_does_not_have_are_null_and_names_stay() -> None:
    endless = Disturbance(kind="noise", amount=float("inf"), message="much")
    found = document(replace(recorded(), disturbances=(endless,)))["measurements"][0]

    assert found["disturbances"][0]["amount"] is None
    assert found["coverage"]["unmatched"] == ["x\x1b[2J"]
    assert text(recorded()).isascii()


def test_a_kernel_takes_one_line_so_that_changes_are_seen() -> None:
    lines = text(realistic(), plain()).splitlines()

    assert sum(line.startswith('        {"order": ') for line in lines) == 66 + 2
