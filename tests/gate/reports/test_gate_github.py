"""Workflow commands: the worst first, escaped, within the limits of the platform."""

from __future__ import annotations

import re
from dataclasses import replace

import gate_report_cases as cases
import pytest

from costscope.gate.reports import REPORTS
from costscope.gate.types import Check

_COMMAND = re.compile(r"::(error|warning|notice) file=([^,:]+),title=([^,:]+)::(.*)")
CHECKS = {**cases.ALL, "hostile": cases.hostile(), "huge": cases.huge(500, 500, long=False)}


def lines_of(check: Check) -> list[str]:
    report = REPORTS.get("github")
    assert report is not None
    return report.render(check).splitlines()


def plain(text: str) -> str:
    """What GitHub makes of an escaped text."""
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


@pytest.mark.parametrize("name", CHECKS)
def test_every_line_is_a_command_or_ends_the_output(name: str) -> None:
    lines = lines_of(CHECKS[name])

    commands = [line for line in lines if line.startswith("::")]
    assert lines[: len(commands)] == commands
    assert len(lines) - len(commands) <= 2
    assert all(_COMMAND.fullmatch(line) for line in commands)


@pytest.mark.parametrize("name", CHECKS)
def test_at_most_ten_of_a_kind(name: str) -> None:
    kinds = [found[1] for line in lines_of(CHECKS[name]) if (found := _COMMAND.fullmatch(line))]

    for kind in ("error", "warning", "notice"):
        assert kinds.count(kind) <= 10


def test_what_is_left_out_is_counted() -> None:
    check = replace(
        cases.CHECK,
        verdicts=tuple(replace(cases.FAILS, model=f"{i}.onnx") for i in range(25)),
        checked=(replace(cases.A, findings=(cases.seen(),) * 13),),
    )

    assert lines_of(check)[-2:] == [
        "15 more of kind error, 3 more of kind warning: see the step summary or --format json",
        "0 of 25 budgets pass, 25 fail",
    ]


def test_the_furthest_over_budget_comes_first() -> None:
    found = [_COMMAND.fullmatch(line) for line in lines_of(cases.CHECK)]
    messages = [each[4] for each in found if each]

    assert [re.findall(r"> [\d.]+ ms", message)[0] for message in messages[:3]] == [
        "> 12 ms",
        "> 13.1 ms",
        "> 15 ms",
    ]
    assert "operator Foo" in messages[3]
    kinds = [each[1] for each in found if each]
    assert kinds == ["error"] * 5 + ["warning", "notice"]


def test_names_can_neither_end_a_command_nor_begin_one() -> None:
    for line in lines_of(cases.hostile())[:-2]:
        found = _COMMAND.fullmatch(line)
        assert found is not None
        assert "%0A" not in re.sub("%25", "", found[4])
        assert "\\n::error::no" in plain(found[4])


def test_what_is_undecided_is_a_warning_where_it_only_warns() -> None:
    assert lines_of(cases.UNDECIDED)[0].startswith("::error file=models/b.onnx,")
    assert lines_of(cases.WARNED)[0].startswith("::error file=models/a.onnx,title=costscope%3A D1")
    assert any(line.startswith("::warning file=models/b.onnx,") for line in lines_of(cases.WARNED))


def test_findings_that_do_not_count_are_not_annotated() -> None:
    titles = [found[3] for line in lines_of(cases.CHECK) if (found := _COMMAND.fullmatch(line))]

    assert titles.count("costscope%3A G1") == 1


def test_a_model_of_the_zoo_is_shown_at_the_configuration() -> None:
    assert lines_of(cases.ZOO)[0].startswith("::error file=costscope.toml,title=")
    assert lines_of(cases.NOWHERE)[0].startswith("::error file=costscope.toml,title=")
