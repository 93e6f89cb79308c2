"""What is true of every format, whatever the check."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import gate_report_cases as cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.reports import REPORTS, report_for
from costscope.gate.types import Check, Standing, Verdict

FORMATS = ["github", "json", "junit", "markdown", "sarif", "table"]
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SUMMARIES = [
    ("check", "1 of 5 budgets passes, 3 fail, 1 cannot be decided"),
    ("passing", "1 of 1 budget passes"),
    ("undecided", "1 of 2 budgets passes, 1 cannot be decided"),
    ("warned", "1 of 2 budgets passes, 1 cannot be decided (a warning, as asked)"),
    ("empty", "no budget was checked"),
]


def text_of(name: str, check: Check) -> str:
    report = REPORTS.get(name)
    assert report is not None
    return report.render(check, terminal=False)


def test_these_formats_there_are() -> None:
    assert sorted(REPORTS.keys()) == FORMATS


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("out.json", "json"),
        ("OUT.MD", "markdown"),
        ("junit.xml", "junit"),
        ("a.sarif", "sarif"),
        ("log.txt", "table"),
        ("noformat", None),
        ("out.html", None),
    ],
)
def test_a_file_is_written_in_the_format_of_its_suffix(file: str, name: str | None) -> None:
    found = report_for(file)

    assert (found.name if found else None) == name


@pytest.mark.parametrize("name", ["github", "markdown", "table"])
@pytest.mark.parametrize(("case", "summary"), SUMMARIES)
def test_readers_are_told_the_count_in_the_same_words(name: str, case: str, summary: str) -> None:
    text = text_of(name, cases.ALL[case])

    assert summary in text.replace("&#8203;", "")


@pytest.mark.parametrize("name", ["github", "table"])
@pytest.mark.parametrize(("case", "summary"), SUMMARIES)
def test_the_last_line_is_the_summary(name: str, case: str, summary: str) -> None:
    assert text_of(name, cases.ALL[case]).splitlines()[-1] == summary


@pytest.mark.parametrize("name", FORMATS)
def test_text_ends_with_one_line_break_and_is_utf8(name: str) -> None:
    for check in (*cases.ALL.values(), cases.hostile()):
        text = text_of(name, check)
        text.encode("utf-8")
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_sign_of_a_name_reaches_the_output(name: str) -> None:
    text = text_of(name, cases.hostile())

    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text
    )


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_check_gives_the_same_text(name: str) -> None:
    assert text_of(name, cases.hostile()) == text_of(name, cases.hostile())


@pytest.mark.parametrize("name", FORMATS)
def test_a_hundred_thousand_findings_and_names_of_a_megabyte_are_survived(name: str) -> None:
    long = name != "json"  # which holds all there is
    check = cases.huge(findings=100_000 if long else 2_000, verdicts=1_000, long=long)

    text = text_of(name, check)

    limit = {"github": 50_000, "markdown": 60_000, "table": 300_000}.get(name, 20_000_000)
    assert len(text) < limit


def test_the_formats_agree_on_how_many_fail() -> None:
    check = cases.CHECK
    data = json.loads(text_of("json", check))
    suites = ET.fromstring(text_of("junit", check))  # noqa: S314 - our own text
    sarif = json.loads(text_of("sarif", check))["runs"][0]["results"]
    budgets = [each for each in sarif if each["ruleId"].startswith("budget/")]

    assert data["counts"] == {"budgets": 5, "pass": 1, "fail": 3, "undecided": 1}
    assert (suites.get("failures"), suites.get("errors")) == ("3", "1")
    assert len(budgets) == 4


verdicts = st.builds(
    replace,
    st.sampled_from([cases.FAILS, cases.OPEN, cases.PASSES, cases.RELATIVE, cases.UPPER]),
    standing=st.sampled_from(Standing),
    model=st.text(max_size=8),
    hardware=st.text(max_size=8),
    reason=st.text(max_size=20),
    unit=st.sampled_from(["s", "B", "", "odd"]),
    value=st.none() | st.floats() | st.integers(0, 10**12),
    low=st.none() | st.floats(),
    high=st.none() | st.floats(),
    limit=st.none() | st.floats(),
    base=st.none() | st.floats(),
    at_least=st.booleans(),
)


@given(found=st.lists(verdicts, max_size=4), fails=st.booleans())
def test_whatever_the_verdicts_every_format_can_be_read(found: list[Verdict], fails: bool) -> None:
    check = replace(cases.CHECK, verdicts=tuple(found), undecided_fails=fails)

    data = json.loads(text_of("json", check), parse_constant=pytest.fail)
    assert data["exit_code"] == check.exit_code
    assert [each["standing"] for each in data["verdicts"]] == [each.standing for each in found]
    root = ET.fromstring(text_of("junit", check))  # noqa: S314 - our own text
    assert sum(len(suite.findall("testcase")) for suite in root) == len(found)
    run = json.loads(text_of("sarif", check))["runs"][0]
    unmet = [each for each in run["results"] if each["ruleId"].startswith("budget/")]
    assert len(unmet) == sum(each.standing is not Standing.PASS for each in found)
    for name in ("table", "markdown", "github"):
        text = text_of(name, check)
        assert text.strip()
        assert len(text.splitlines()) == text.count("\n")


@given(seed=st.integers(0, 1000))
def test_the_order_of_the_verdicts_does_not_change_which_failure_is_first(seed: int) -> None:
    shuffled = list(cases.CHECK.verdicts)
    random.Random(seed).shuffle(shuffled)

    first = text_of("github", replace(cases.CHECK, verdicts=tuple(shuffled))).splitlines()[0]

    assert "> 12 ms" in first
