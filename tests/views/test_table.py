"""The terminal's report: its width, its colours, its words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from costscope.analysis.types import Analysis
from costscope.views import VIEWS

Case = Callable[[str], Analysis]


def table(
    analysis: Analysis, *, top: int = 10, sort: str = "latency", terminal: bool = True
) -> str:
    view = VIEWS.get("table")
    assert view is not None
    return view.render(analysis, top=top, sort=sort, terminal=terminal)


def kernel_rows(text: str) -> list[list[str]]:
    """Cells of the rows below the head of the kernels' grid."""
    lines = text.splitlines()
    head = next(
        i for i, line in enumerate(lines) if line.lstrip().startswith("#") and "kernel" in line
    )
    rows = []
    for line in lines[head + 1 :]:
        if not line:
            break
        rows.append(line.split())
    return rows


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_page(
    columns: int, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    text = table(analysis, top=0)

    assert max(map(cell_len, text.splitlines())) <= columns


def test_a_pipe_gets_80_columns_and_more_where_it_asks(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = table(case("hostile"))
    monkeypatch.setenv("COLUMNS", "120")
    wide = table(case("hostile"))

    assert 70 <= max(map(cell_len, narrow.splitlines())) <= 80
    assert max(map(cell_len, wide.splitlines())) > 100


@pytest.mark.parametrize("columns", ["", "wide", "-5", "0", "\u0664\u0665", "7" * 30])
def test_a_strange_number_of_columns_is_no_problem(
    columns: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert "latency" in table(case("calibrated"))


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_each_kernel_has_one_line(
    columns: int, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    analysis = case("hostile")

    rows = kernel_rows(table(analysis, top=0, sort="order"))

    assert [row[0] for row in rows] == [str(n) for n in range(1, len(analysis.first.kernels) + 1)]


def test_colours_only_where_they_are_asked_for(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = table(case("calibrated"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = table(case("calibrated"))
    for_a_file = table(case("calibrated"), terminal=False)
    monkeypatch.setenv("TERM", "dumb")
    dumb = table(case("calibrated"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    refused = table(case("calibrated"))

    assert "\x1b[" not in piped
    assert "\x1b[36m" in forced
    assert "\x1b[" not in for_a_file
    assert "\x1b[" not in dumb
    assert "\x1b[3" not in refused  # bold may stay, colours may not


def test_colour_never_comes_from_a_name(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    text = table(case("hostile"))

    assert "[red]markup[/red]" in text
    assert "\x1b[31mescape" not in text
    assert "\\x1b[31mescape" in text


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("latency", "2"),  # head: 6656 bytes at 1 GB/s; stem: 3680 bytes
        ("bytes", "2"),
        ("memory_access", "2"),
        ("macs", "1"),  # stem: 8*8*8 outputs of 27 MACs; head: 16*8*8 of 8
        ("order", "1"),
    ],
)
def test_kernels_are_sorted_as_asked(sort: str, first: str, case: Case) -> None:
    rows = kernel_rows(table(case("uncalibrated"), sort=sort))

    assert rows[0][0] == first
    assert len(rows) == 2


def test_top_limits_the_kernels_and_says_how_much_they_are(case: Case) -> None:
    text = table(case("uncalibrated"), top=1)

    assert len(kernel_rows(text)) == 1
    # 6656 bytes of 10336 that the two kernels move, all at 1 GB/s: 64.4 %.
    assert "The 1 of 2 kernels that take most time: 64.4 % of it" in text


def test_a_row_in_full(case: Case) -> None:
    row = kernel_rows(table(case("uncalibrated")))[1]

    # 3x3 over 3 channels to 8, 8x8 outputs: 8*64*27 = 13,824 MACs. It moves 3*64 + 8*64
    # activations and 8*27 weights of 4 bytes: 3,680 B = 3.59 KiB, 920 elements. With 512
    # operations of the relu: (2*13824 + 512) / 3680 = 7.65 FLOP/byte, below the ridge
    # point of 10: memory-bound, 3.68 us at 1 GB/s.
    assert row == [
        "1", "stem.0", "dense", "13.82", "k", "3.59", "KiB", "920", "7.65",
        "3.68", "us", "35.6", "%", "memory",
    ]  # fmt: skip


def test_several_machines_stand_side_by_side_and_the_first_in_detail(case: Case) -> None:
    text = table(case("several"))

    lines = [line.split() for line in text.splitlines()]
    start = lines.index(["Machines"])
    assert [line[0] for line in lines[start + 2 : start + 6]] == ["board", "phone", "tpu", "mcu"]
    assert "In detail: board" in text
    assert "In detail: phone" not in text
    assert lines[start + 4][2:4] == ["no", "prediction"]
    assert lines[start + 5][-2:] == ["no:", "activations"]


def test_the_legend_explains_the_columns_that_are_there(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = " ".join(table(case("several")).split())
    monkeypatch.setenv("COLUMNS", "60")
    narrower = " ".join(table(case("several")).split())

    assert "FLOP/B: arithmetic intensity" in narrow
    assert "runs: runs in one inference" not in narrow
    assert "of roof: " in narrow
    assert "of roof: " not in narrower


def test_a_page_without_unicode_has_signs_of_its_own(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))

    text = table(case("loop"))

    assert text.isascii()
    assert "####" in text
    assert "control_fl..." in text or "control_..." in text


def test_kernels_that_run_on_the_fallback_name_its_machine(case: Case) -> None:
    text = table(case("fallback"))
    lines = [" ".join(line.split()) for line in text.splitlines()]

    assert any(line.startswith("2 head ") and line.endswith(" memory board") for line in lines)
    assert any(line.startswith("1 stem.0 ") and line.endswith(" memory -") for line in lines)
    assert " on: the fallback" in " ".join(lines)
    assert " on: the fallback" not in " ".join(table(case("calibrated")).split())
