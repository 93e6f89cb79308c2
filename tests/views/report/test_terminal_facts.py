"""Facts in a terminal: a value too long for its column leaves its note the lines below."""

from __future__ import annotations

import pytest

from costscope.views.report.terminal import text_of
from costscope.views.report.types import Fact, Report, Section

LONG = "53 changed, 62 added, 6 removed, and some more"


def lines(*facts: Fact) -> list[str]:
    text = text_of([Report("title", "", (Section("", facts=facts),))], terminal=False)
    return text.rstrip("\n").splitlines()[-3:]


def test_a_long_value_never_touches_its_note() -> None:
    value, note = lines(Fact("kernels", LONG, "6 the same"))[-2:]

    assert value == f"kernels     {LONG}"
    assert note.strip() == "6 the same"
    assert note.startswith(" " * 12)


@pytest.mark.parametrize("value", ["5", LONG])
def test_a_fact_without_a_note_takes_one_line(value: str) -> None:
    found = lines(Fact("kernels", value), Fact("after", "1", "x"))[-2]

    assert found.rstrip() == f"kernels     {value}"
