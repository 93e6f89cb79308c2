"""What to change: the greatest saving of each rule, with where, what and how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from costscope.analysis.types import Analysis, Finding, Severity
from costscope.views.report.advice import advice, saved
from costscope.views.report.types import Tone

Case = Callable[[str], Analysis]
FOUND = Finding(
    rule="G1",
    severity=Severity.WARNING,
    subject="/a/a.0/Conv",
    message="6 to 1 channels",
    change="make them equal",
    evidence={"ratio": 6.0},
    saving_s=2e-3,
    saving_ratio=0.25,
    saving_bytes=2048,
)


def on(analysis: Analysis, *found: Finding) -> Analysis:
    machine = analysis.first.hardware
    name = machine.name if machine else ""
    return replace(analysis, findings=tuple(replace(each, hardware=name) for each in found))


def test_each_rule_takes_a_row_with_its_greatest_saving(case: Case) -> None:
    more = replace(FOUND, subject="b", saving_s=1e-3)
    other = replace(FOUND, rule="M1", severity=Severity.ERROR, saving_s=None, saving_ratio=None)

    (section,) = advice(on(case("uncalibrated"), FOUND, more, other))

    assert section.grid is not None
    assert section.title == "What to change: 3 findings of 2 rules"
    assert section.grid.rows == (
        ("G1", "a.0/Conv: 6 to 1 channels. Make them equal.", "2 ms", "25 %", "1"),
        ("M1", "[error] a.0/Conv: 6 to 1 channels. Make them equal.", "2 KiB", "-", "-"),
    )
    assert section.tone is Tone.BAD


def test_findings_for_another_machine_are_not_mixed_in(case: Case) -> None:
    analysis = replace(case("several"), findings=(replace(FOUND, hardware="elsewhere"),))

    assert advice(analysis) == []


def test_nothing_is_shown_where_nobody_looked(case: Case) -> None:
    analysis = case("uncalibrated")

    assert analysis.findings is None
    assert advice(analysis) == []


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "2 ms"),
        ({"saving_s": -1e-3}, "no time"),
        ({"saving_s": None}, "2 KiB"),
        ({"saving_s": None, "saving_bytes": None}, "-"),
        ({"saving_s": None, "saving_bytes": -5}, "-"),
    ],
)
def test_what_is_saved_is_time_else_traffic(changes: dict[str, float | None], shown: str) -> None:
    assert saved(replace(FOUND, **changes)) == shown
