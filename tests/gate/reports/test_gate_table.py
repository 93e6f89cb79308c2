"""The check in a terminal: order, width, colours."""

from __future__ import annotations

import re
from dataclasses import replace

import gate_report_cases as cases
import pytest

from costscope.gate.reports import REPORTS
from costscope.gate.types import Check, Checked


def table(check: Check, *, terminal: bool = False) -> str:
    report = REPORTS.get("table")
    assert report is not None
    return report.render(check, terminal=terminal)


def test_what_fails_comes_first_then_what_is_open_then_the_rest() -> None:
    text = table(cases.CHECK)

    heads = ["Fails", "Cannot be decided", "Passes", "Findings", "Notes"]
    places = [text.index(f"\n{head}\n") for head in heads]
    assert places == sorted(places)
    assert "Most of it: stage1.conv" in text
    assert text.index("18.3 %") < text.index("8.19 %") < text.index("6.67 %")


def test_only_findings_that_count_are_shown_the_greatest_saving_first() -> None:
    text = table(cases.CHECK)

    assert re.findall(r"^(G1|D1|F2) ", text, re.MULTILINE) == ["G1", "D1", "F2"]
    assert "1 finding of the baseline not shown" in text
    assert "1 suppressed finding not shown" in text


def test_of_one_rule_in_a_model_the_greatest_stands_for_all() -> None:
    several = tuple(
        cases.seen(i, finding=cases.finding(rule, saving_s=saving_s))
        for i, (rule, saving_s) in enumerate([("G1", 1e-3), ("G1", 3e-3), ("D5", 2e-3)])
    )
    checked = Checked(model="a.onnx", hardware="pixel6", findings=several)

    text = table(Check(verdicts=(), checked=(checked,)))

    assert re.findall(r"^(G1|D5) +(\S+ ms)", text, re.MULTILINE) == [("G1", "3 ms"), ("D5", "2 ms")]
    assert text.count("more of G1 save less") == 1
    assert "more findings" not in text


def test_an_empty_part_has_no_heading() -> None:
    text = table(cases.PASSING)

    for head in ("Fails", "Cannot be decided", "Findings", "Notes"):
        assert f"\n{head}\n" not in text


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 160])
def test_no_line_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    for check in (*cases.ALL.values(), cases.hostile()):
        for line in table(check, terminal=True).splitlines():
            if not line.startswith(("budget", "latency", "a\\x1b")):
                assert len(line) <= columns, line


def test_at_80_columns_figures_of_ordinary_checks_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for check in cases.ALL.values():
        assert max(map(len, table(check, terminal=True).splitlines())) <= 80


def test_a_pipe_gets_no_colours_and_a_forced_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    assert "\x1b[" not in table(cases.CHECK, terminal=True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in table(cases.CHECK, terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in table(cases.CHECK, terminal=True)
    assert "\x1b[" not in table(cases.CHECK, terminal=False)


def test_many_passes_are_counted_not_listed() -> None:
    passes = tuple(replace(cases.PASSES, model=f"{i}.onnx") for i in range(300))

    text = table(replace(cases.CHECK, verdicts=passes))

    assert "and 280 more budgets: --format json has them all" in text
    assert "300 of 300 budgets pass" in text


def test_a_model_that_no_budget_speaks_of_is_not_hidden_when_it_is_broken() -> None:
    broken = replace(cases.B, model="models/c.onnx", error="models/c.onnx: not an ONNX file")

    text = table(replace(cases.PASSING, checked=(broken,)))

    assert "Not analysed" in text
    assert "not an ONNX file" in text
