"""JUnit XML: what the schema of Jenkins allows, and what CI systems show of it.

The rules below restate junit-10.xsd of Jenkins's xUnit plugin. Where COSTSCOPE_JUNIT_XSD names
a copy of that file, the reports are held against the file itself as well.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import gate_report_cases as cases
import pytest

from costscope.gate.reports import REPORTS
from costscope.gate.types import Check

_COUNTS = {"tests", "failures", "errors"}
_SUITE = {"name", *_COUNTS}
# Element: attributes it must have, attributes it may have, children it may have.
_RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", *_COUNTS}, {"testsuite"}),
    "testsuite": (
        _SUITE,
        {*_SUITE, "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": (
        {"name"},
        {"name", "time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
CHECKS = {**cases.ALL, "hostile": cases.hostile(), "huge": cases.huge(50, 50, long=False)}


def text_of(check: Check) -> str:
    report = REPORTS.get("junit")
    assert report is not None
    return report.render(check)


def read(check: Check) -> ET.Element:
    return ET.fromstring(text_of(check))  # noqa: S314 - our own text


@pytest.mark.parametrize("name", CHECKS)
def test_it_has_the_elements_and_attributes_that_jenkins_takes(name: str) -> None:
    root = read(CHECKS[name])

    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, children = _RULES[element.tag]
        assert must <= set(element.attrib) <= may, element.tag
        assert {child.tag for child in element} <= children, element.tag
        if element.tag in ("testsuites", "testsuite"):
            assert element.get("time") == "0"


@pytest.mark.parametrize("name", CHECKS)
def test_it_obeys_the_published_schema(name: str) -> None:
    file = os.environ.get("COSTSCOPE_JUNIT_XSD", "")
    if not file:
        pytest.skip("COSTSCOPE_JUNIT_XSD names no copy of junit-10.xsd")
    xmlschema = pytest.importorskip("xmlschema")

    xmlschema.XMLSchema(Path(file).read_text(encoding="utf-8")).validate(text_of(CHECKS[name]))


@pytest.mark.parametrize("name", CHECKS)
def test_counts_are_what_is_there(name: str) -> None:
    root = read(CHECKS[name])

    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        for key, tag in tags.items():
            assert int(suite.get(key, "")) == len(suite.findall(f"testcase/{tag}"))
    for key in _COUNTS:
        assert int(root.get(key, "")) == sum(int(suite.get(key, "")) for suite in root)


def test_a_suite_for_each_model_and_machine_and_a_case_for_each_budget() -> None:
    root = read(cases.CHECK)

    assert [suite.get("name") for suite in root] == [
        "models/a.onnx on pixel6",
        "models/b.onnx on pixel6",
        "models/a.onnx",
    ]
    assert [case.get("name") for case in root[0].findall("testcase")] == [
        "latency 12 ms",
        "latency_increase +5 %",
        "latency 15 ms (upper end)",
    ]
    assert {case.get("classname") for case in root[0].findall("testcase")} == {"models/a.onnx"}


def test_what_fails_is_a_failure_and_what_is_undecided_an_error() -> None:
    root = read(cases.CHECK)

    failure = root.find("testsuite/testcase/failure")
    error = root.find("testsuite/testcase/error")
    assert failure is not None
    assert failure.get("type") == "over_budget"
    assert failure.get("message") == "latency 14.2 ms (12.9-16.0) > 12 ms"
    assert "stage1.conv" in (failure.text or "")
    assert error is not None
    assert error.get("type") == "undecided"
    assert error.get("message", "").startswith("operator Foo (custom) is not known")
    passed = root.findall("testsuite")[2].findall("testcase")
    assert [child.tag for child in passed[0]] == ["system-out"]
    assert passed[0][0].text == "macs 250 M <= 300 M"


def test_what_is_undecided_is_skipped_where_it_only_warns() -> None:
    root = read(cases.WARNED)

    assert root.get("errors") == "0"
    assert len(root.findall("testsuite/testcase/skipped")) == 1


def test_figures_are_properties_in_base_units() -> None:
    found = {
        each.get("name"): each.get("value")
        for each in read(cases.CHECK)[0].findall("properties/property")
    }

    assert found["latency_s"] == "0.0142"
    assert found["weights_bytes"] == "3548160"
    assert found["flash_bytes"] == "unknown"
    assert found["setting as_dtype"] == "int8"


def test_a_broken_model_that_no_budget_speaks_of_is_an_error() -> None:
    broken = replace(cases.B, model="c.onnx", error="c.onnx: not an ONNX file")

    root = read(replace(cases.PASSING, checked=(broken,)))

    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert (error.get("type"), error.text) == ("not_analysed", "c.onnx: not an ONNX file")


def test_a_budget_of_no_model_has_a_suite_of_its_own() -> None:
    assert [suite.get("name") for suite in read(cases.NOWHERE)] == [
        "models/a.onnx on pixel6",
        "budgets",
    ]
