"""The check for programs: its schema, its numbers, its lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import gate_report_cases as cases
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.reports import REPORTS, json_report, records
from costscope.gate.types import Budget, Check, Checked, Figure, Seen, Verdict

CHECKS = [*cases.ALL.values(), cases.hostile(), cases.huge(50, 20, long=False)]


def read(check: Check) -> Any:
    report = REPORTS.get("json")
    assert report is not None
    return json.loads(report.render(check), parse_constant=pytest.fail)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads(json_report.schema_text())


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_obeys_the_published_schema(check: Check, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.Draft202012Validator(schema).validate(read(check))


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "properties" in part and isinstance(part["properties"], dict):
            yield part
        for value in part.values():
            yield from objects(value)


def test_every_key_is_described_required_and_no_other_is_allowed(schema: dict[str, Any]) -> None:
    found = list(objects(schema))
    assert len(found) == 8
    for part in found:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
        for key, value in part["properties"].items():
            assert value.get("description") or "$ref" in value, key


@pytest.mark.parametrize(
    ("kind", "where", "other"),
    [
        (Budget, "budget", {"text": "limit"}),
        (Verdict, "verdict", {}),
        (Checked, "checked", {}),
        (Figure, "figure", {}),
        (Seen, "finding", {"finding": "rule"}),
    ],
)
def test_nothing_that_the_gate_knows_is_left_out(
    kind: type, where: str, other: dict[str, str], schema: dict[str, Any]
) -> None:
    keys = {other.get(each.name, each.name) for each in fields(kind)}

    assert keys <= set(schema["$defs"][where]["properties"])


def test_a_missing_or_unknown_key_is_refused(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    for change in ({"exit_code": 2}, {"extra": 1}, {"schema_version": "2.0"}):
        assert not validator.is_valid({**read(cases.CHECK), **change})
    less = read(cases.CHECK)
    del less["verdicts"][0]["reason"]
    assert not validator.is_valid(less)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (math.nan, "null"),
        (-math.inf, "null"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333"),
        (1.23456789012e-05, "1.23456789e-05"),
        (250_000_000.0, "250000000"),
        (4_089_184_256, "4089184256"),
        (1e300, "1e+300"),
    ],
)
def test_numbers_have_nine_digits_and_whole_ones_all(value: float | None, written: str) -> None:
    assert json.dumps(records.number(value)) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_off_by_no_more_than_its_ninth_digit(value: float) -> None:
    assert records.number(value) == pytest.approx(value, rel=5e-9, abs=0)


def test_values_of_the_check_are_there() -> None:
    data = read(cases.CHECK)

    assert data["exit_code"] == 1
    assert data["verdicts"][0]["value"] == 0.0142
    assert data["verdicts"][0]["budget"]["limit"] == "12 ms"
    assert data["checked"][0]["figures"][3]["value"] is None
    assert data["checked"][0]["findings"][3]["suppressed"] == "agreed with the team"
    assert data["checked"][0]["settings"] == {"as_dtype": "int8"}


def test_a_line_for_each_verdict_figure_and_finding() -> None:
    lines = json_report.render(cases.CHECK).splitlines()

    assert sum('"standing"' in line for line in lines) == 5
    assert sum('"fingerprint"' in line for line in lines) == 5
    assert sum(line.startswith('        {"metric"') for line in lines) == 4
