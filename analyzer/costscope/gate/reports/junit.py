"""The check as JUnit XML: a suite for each model and machine, a case for each budget.

Source: Jenkins xUnit plugin, junit-10.xsd, which is the strictest of the schemas in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from costscope.gate.reports import figures, order, records, report, words
from costscope.gate.reports.foreign import named, said
from costscope.gate.types import Check, Checked, Standing, Verdict

_BUDGETS = "budgets"  # the suite of what belongs to no model


@dataclass(slots=True)
class _Suite:
    """What is said of a model on a machine; cases are in the order of the verdicts."""

    model: str
    hardware: str
    checked: Checked | None = None
    verdicts: list[Verdict] = field(default_factory=list)


@report("junit", suffix=".xml", summary="JUnit XML, for the test reports of CI systems.")
def render(check: Check, _terminal: bool = False) -> str:
    """The check as JUnit XML: what fails is a failure, what cannot be decided an error.

    What cannot be decided is skipped where it is no failure. Nothing was timed, so every time
    is zero.
    """
    broken = {(each.model, each.hardware) for each in order.broken(check)}
    root = ET.Element("testsuites", {"name": "costscope check", "time": "0"})
    for suite in _suites(check):
        missing = (suite.model, suite.hardware) in broken
        root.append(_suite(suite, undecided_fails=check.undecided_fails, missing=missing))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _suites(check: Check) -> Iterable[_Suite]:
    """Suites in the order of models and machines; what belongs to none comes last."""
    suites = {
        (each.model, each.hardware): _Suite(each.model, each.hardware, each)
        for each in check.checked
    }
    for verdict in check.verdicts:
        key = (verdict.model, verdict.hardware)
        suites.setdefault(key, _Suite(*key)).verdicts.append(verdict)
    return suites.values()


def _suite(suite: _Suite, *, undecided_fails: bool, missing: bool) -> ET.Element:
    nothing = not suite.model and not suite.hardware
    name = _BUDGETS if nothing else words.place(suite.model, suite.hardware)
    element = ET.Element("testsuite", {"name": name})
    if suite.checked:
        element.append(_properties(suite.checked))
    cases = [_case(suite, each, undecided_fails=undecided_fails) for each in suite.verdicts]
    if missing and suite.checked:
        cases.append(_broken(suite.checked))
    element.extend(cases)
    found = [child.tag for case in cases for child in case]
    element.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(key, str(found.count(tag)))
    element.set("time", "0")
    return element


def _properties(checked: Checked) -> ET.Element:
    element = ET.Element("properties")
    for name, value in _figures(checked):
        ET.SubElement(element, "property", {"name": name, "value": value})
    return element


def _figures(checked: Checked) -> Iterator[tuple[str, str]]:
    """What is known of the model, in base units, as the JSON gives it."""
    for name in ("model_sha256", "hardware_sha256"):
        if text := said(getattr(checked, name)):
            yield name, text
    for setting, text in sorted(checked.settings):
        yield said(f"setting {setting}"), said(text)
    for each in checked.figures:
        unit = {"s": "_s", "B": "_bytes"}.get(each.unit, "")
        value = records.number(each.value)
        yield said(f"{each.metric}{unit}"), "unknown" if value is None else str(value)


def _case(suite: _Suite, verdict: Verdict, *, undecided_fails: bool) -> ET.Element:
    budget = verdict.budget
    name = f"{said(budget.metric, 60)} {said(budget.text, 40)}"
    upper = " (upper end)" if budget.confidence == "upper" else ""
    case = ET.Element("testcase", {"name": f"{name}{upper}", "classname": _class(suite)})
    case.set("time", "0")
    facts = figures.comparison(verdict)
    if verdict.standing is Standing.PASS:
        ET.SubElement(case, "system-out").text = facts
        return case
    if verdict.standing is Standing.FAIL:
        tag, kind, message = "failure", "over_budget", facts
    else:
        tag = "error" if undecided_fails else "skipped"
        kind, message = "undecided", said(verdict.reason) or "cannot be decided"
    child = ET.SubElement(case, tag, {"type": kind, "message": message})
    child.text = f"{words.told(verdict)} Written in {said(budget.place)}."
    return case


def _broken(checked: Checked) -> ET.Element:
    case = ET.Element(
        "testcase",
        {"name": "analysis", "classname": named(checked.model) or _BUDGETS, "time": "0"},
    )
    error = said(checked.error)
    ET.SubElement(case, "error", {"type": "not_analysed", "message": error}).text = error
    return case


def _class(suite: _Suite) -> str:
    """Viewers make folders of the dots in a class name; a file's name keeps its own."""
    return named(suite.model) or _BUDGETS
