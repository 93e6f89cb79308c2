"""The report for pull requests: tables that hold, and names that are never markup."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.analysis.types import Analysis
from costscope.views import VIEWS
from costscope.views.report.marked import code, escape

Case = Callable[[str], Analysis]


def lines(analysis: Analysis) -> list[str]:
    view = VIEWS.get("markdown")
    assert view is not None
    return view.render(analysis, top=0).splitlines()


def tables(found: list[str]) -> list[list[str]]:
    """Runs of lines that begin with a bar."""
    groups: list[list[str]] = [[]]
    for line in found:
        if line.startswith("|"):
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def test_every_row_of_a_table_has_as_many_cells_as_its_head(analysis: Analysis) -> None:
    for table in tables(lines(analysis)):
        assert {row.count("|") for row in table} == {table[0].count("|")}
        assert re.fullmatch(r"\|( (:--|--:) \|)+", table[1])


def test_a_blank_line_stands_before_every_heading_and_table(analysis: Analysis) -> None:
    found = lines(analysis)

    assert found[0].startswith("### ")
    for before, line in pairwise(found):
        if line.startswith("#"):
            assert before == ""
        if line.startswith("|"):
            assert before == "" or before.startswith("|")


def test_there_is_no_html_but_ours(case: Case) -> None:
    text = "\n".join(lines(case("hostile")))

    assert set(re.findall(r"<[^ =0-9].*?>", text)) == {"<code>", "</code>", "<sub>", "</sub>"}
    assert "<script" not in text


def test_numbers_are_to_the_right_and_names_as_code(case: Case) -> None:
    table = tables(lines(case("uncalibrated")))[-1]

    heads = [cell.strip() for cell in table[0].strip("|").split("|")]
    marks = [cell.strip() for cell in table[1].strip("|").split("|")]
    assert dict(zip(heads, marks, strict=True))["MACs"] == "--:"
    assert dict(zip(heads, marks, strict=True))["kernel"] == ":--"
    assert "`/stem/stem.0`" in "\n".join(table)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    shown = html.unescape(escape(text)).replace("\u200b", "")

    assert shown == text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", "a&#124;b"),
        ("[x](y)", "&#91;x&#93;(y)"),
        ("snake_case_name", "snake_case_name"),
        ("_emphasis_", "&#95;emphasis&#95;"),
        ("**bold**", "&#42;&#42;bold&#42;&#42;"),
        ("@octocat", "@&#8203;octocat"),
        ("see #12", "see #&#8203;12"),
        ("https://x.y", "https&#58;//x.y"),
        ("www.x.y", "www&#46;x.y"),
        ("<b>", "&#60;b>"),
        ("12.3 ms, 14 % (a/b:0)", "12.3 ms, 14 % (a/b:0)"),
    ],
)
def test_marks_of_markdown_are_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_stays_in_its_cell(name: str) -> None:
    cell = code(name)

    assert "|" not in cell
    assert cell.count("`") in (0, 2)
    assert cell.startswith(("`", "<code>"))


def test_a_long_name_keeps_its_tail() -> None:
    assert code("a/" * 200 + "tail").endswith("/tail</code>")
    assert len(code("a/" * 200 + "tail")) < 130
