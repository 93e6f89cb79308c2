"""Names made fit for one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from costscope.views.report.names import brief, clean, collapse, counted, labelled, shorten


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain name", "plain name"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eabc", "\\u202eabc"),
        ("\ud800", "\\ud800"),
        ("\u6df1\u5c42 \U0001f642", "\u6df1\u5c42 \U0001f642"),
    ],
)
def test_clean_escapes_what_cannot_be_seen(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters(exclude_categories=[])))
def test_a_cleaned_text_is_printable_and_stays_so(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("path", "collapsed"),
    [
        ("/features/features.14/conv/conv.0/conv.0.0/Conv", "features.14/conv.0.0/Conv"),
        ("/blocks/blocks.1/blocks.1.0/conv_dw/Conv", "blocks.1.0/conv_dw/Conv"),
        ("/features/featuresque/Conv", "features/featuresque/Conv"),
        ("/conv/conv/Conv", "conv/Conv"),
        ("stage1.block1.expand", "stage1.block1.expand"),
        ("//", "//"),
        ("", ""),
    ],
)
def test_collapse_leaves_out_what_the_next_part_repeats(path: str, collapsed: str) -> None:
    assert collapse(path) == collapsed


@given(st.text(), st.integers(1, 30))
def test_a_shortened_text_has_room_and_keeps_its_tail(text: str, width: int) -> None:
    short = shorten(text, width, size=cell_len)

    assert cell_len(short) <= width
    assert short == text or (short.startswith("\u2026") and text.endswith(short[1:]))


def test_wide_signs_count_double() -> None:
    assert shorten("\u6df1" * 10, 7, size=cell_len) == "\u2026" + "\u6df1" * 3


def test_brief_is_short_and_on_one_line() -> None:
    name = "/".join(f"part{number}" for number in range(20)) + "/last\n"

    assert brief(name) == "\u20264/part15/part16/part17/part18/part19/last\\n"
    assert len(brief(name)) == 44


def test_equal_names_are_numbered() -> None:
    assert labelled(["a", "b", "a", "a (2)", "a"]) == ("a", "b", "a (2)", "a (2) (2)", "a (3)")


def test_counted() -> None:
    assert [counted(n, "kernel") for n in (0, 1, 2)] == ["0 kernels", "1 kernel", "2 kernels"]
