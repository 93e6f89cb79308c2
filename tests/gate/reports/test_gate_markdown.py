"""The check for a pull request: tables that hold, and foreign text that is never markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import gate_report_cases as cases
import pytest
from markdown_it import MarkdownIt

from costscope.gate.reports import REPORTS
from costscope.gate.types import Check

CHECKS = {**cases.ALL, "hostile": cases.hostile(), "huge": cases.huge(500, 500, long=False)}
_OURS = {"details", "summary", "code", "sub", "br"}
_RENDERED = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong"}


def text_of(check: Check) -> str:
    report = REPORTS.get("markdown")
    assert report is not None
    return report.render(check)


class Tags(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(check: Check) -> Tags:
    page = Tags()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text_of(check)))
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize("name", CHECKS)
def test_rendered_there_is_no_element_but_ours_and_each_is_closed(name: str) -> None:
    page = rendered(CHECKS[name])

    assert page.tags <= _OURS | _RENDERED
    assert page.attributes <= {"style"}  # how a cell is aligned


def test_hostile_names_are_read_as_they_are() -> None:
    text = rendered(cases.hostile()).text

    assert "a\\x1b[31m|</script><b>&\"'`*_x_\\n::error::no\\u202eevil\\ud800\\x00" in text


@pytest.mark.parametrize("name", CHECKS)
def test_every_row_has_as_many_cells_as_its_head_and_tables_stand_apart(name: str) -> None:
    lines = text_of(CHECKS[name]).splitlines()
    before = ""
    cells = 0
    for line in lines:
        if line.startswith("|"):
            cells = cells if before.startswith("|") else line.count("|")
            assert line.count("|") == cells
            assert before == "" or before.startswith("|")
        before = line


def test_the_headline_is_the_verdict_and_what_fails_is_in_sight() -> None:
    lines = text_of(cases.CHECK).splitlines()

    assert lines[0] == "<!-- costscope check -->"
    assert lines[1] == "### \u274c costscope: 1 of 5 budgets passes, 3 fail, 1 cannot be decided"
    open_part = "\n".join(lines).split("<details>", maxsplit=1)[0]
    assert (
        "| \u274c | `models/a.onnx` | pixel6 | latency | **14.2&nbsp;ms** (12.9-16.0)" in open_part
    )
    assert "operator Foo (custom) is not known" in open_part
    assert "macs" not in open_part


@pytest.mark.parametrize(
    ("name", "sign"), [("passing", "\u2705"), ("undecided", "\u26a0\ufe0f"), ("warned", "\u2705")]
)
def test_the_sign_of_the_headline(name: str, sign: str) -> None:
    assert text_of(cases.ALL[name]).splitlines()[1].startswith(f"### {sign} costscope: ")


def test_passes_and_findings_are_folded() -> None:
    text = text_of(cases.CHECK)

    assert "<summary>1 budget passes</summary>" in text
    assert "<summary>3 new findings</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 2


@pytest.mark.parametrize("many", [300, 3_000])
def test_it_fits_into_a_comment_and_says_what_is_left_out(many: int) -> None:
    hostile = cases.hostile()
    check = replace(
        hostile,
        verdicts=hostile.verdicts * (many // 50),
        checked=hostile.checked * many,
        notes=hostile.notes * many,
    )

    text = text_of(check)

    assert len(text) < 60_000
    assert len(text.encode()) < 65_536
    assert len(re.findall(r"and \d+ more", text)) >= 4
    assert rendered(check).tags <= _OURS | _RENDERED
