"""The comparison for programs: as its schema says, rounded, and always the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from compare_cases import model
from jsonschema import Draft202012Validator

from costscope.comparison.json_view import render_json, schema_text
from costscope.comparison.run import compare
from costscope.units import rounded

MAGIC = [("a", 4), ("b", "custom.Magic")]


def document(models: list[Any], hw: str | None = None, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_json(compare(models, hw, **options)))
    return found


def described(schema: Any, path: str = "") -> list[str]:
    """Places of the schema that say nothing of what they are."""
    missing = []
    if isinstance(schema, dict):
        for name, each in schema.get("properties", {}).items():
            if not ({"description", "$ref"} & set(each)):
                missing.append(f"{path}.{name}")
        for name, each in schema.items():
            missing += described(each, f"{path}.{name}")
    if isinstance(schema, list):
        for place, each in enumerate(schema):
            missing += described(each, f"{path}[{place}]")
    return missing


def test_the_schema_is_one_and_describes_every_key() -> None:
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    assert described(schema) == []


@pytest.mark.parametrize(
    ("models", "hw", "options"),
    [
        (["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"], "pixel6", {"as_dtype": "int8"}),
        (["zoo:mobilenet_v2", "zoo:mobilenet_v1", "zoo:resnet@18"], "pixel6,coral_edgetpu", {}),
        (["zoo:resnet@18", "zoo:googlenet"], None, {}),
        (["zoo:resnet@18", "zoo:resnet@18"], "jetson_nano", {"time_model": "roofline"}),
        ([model(MAGIC), model([*MAGIC, ("c", "custom.Trick")])], "jetson_nano", {}),
        ([model([("a", 4)]), model(MAGIC)], "coral_edgetpu", {}),
    ],
)
def test_every_document_is_as_the_schema_says(
    models: list[Any], hw: str | None, options: dict[str, Any]
) -> None:
    found = document(models, hw, **options)
    Draft202012Validator(json.loads(schema_text())).validate(found)


def test_the_document_holds_what_changed() -> None:
    found = document(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"], "pixel6")
    assert found["kernels"] == {"unchanged": 3, "changed": 62, "removed": 0, "added": 0}
    assert len(found["changes"]) == 62
    stem = found["changes"][0]
    assert (stem["block"], stem["status"]) == ("stem", "changed")
    assert stem["base"]["told"] == "dense_conv 3x3/2 3->32 112x112"
    assert stem["head"]["macs"] == 112 * 112 * 3 * 9 * 16
    totals = found["results"][1]["quantities"]["macs"]
    assert sum(block["macs"] for block in found["blocks"]) == totals["difference"]
    seconds = sum(block["latency_s"] for block in found["blocks"])
    latency = found["results"][1]["quantities"]["latency_s"]["difference"]
    assert seconds == pytest.approx(latency, rel=1e-7)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [each for part in value.values() for each in numbers(part)]
    if isinstance(value, list):
        return [each for part in value for each in numbers(part)]
    return [value] if isinstance(value, float) else []


def test_numbers_have_the_digits_that_every_computer_agrees_on() -> None:
    found = numbers(document(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"], "pixel6"))
    assert len(found) > 100
    assert all(each == rounded(each) for each in found)


def test_what_is_unknown_is_null() -> None:
    found = document([model([("a", 4)]), model(MAGIC)], "coral_edgetpu")
    latency = found["results"][1]["quantities"]["latency_s"]
    assert latency["head"]["value"] is None
    assert latency["difference"] is None
    assert found["changes"][-1]["head"]["macs"] is None


def test_the_same_models_give_the_same_bytes() -> None:
    texts = {render_json(compare(["zoo:resnet@18", "zoo:resnet@34"], "pixel6")) for _ in range(2)}
    assert len(texts) == 1
    assert texts.pop().isascii()
