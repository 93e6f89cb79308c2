"""Columns that fit a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from costscope.views.report.layout import Page
from costscope.views.report.types import Cells, Column, Grid

NAME = Column("kernel", Cells.PATH)
KIND = Column("kind", Cells.WORD, rank=1, least=6)
EXTRA = Column("extra", rank=4)
GRID = Grid(
    (Column("#"), NAME, KIND, EXTRA),
    (
        ("1", "stage.1/first_convolution_of_all", "depthwise", "123.4 M"),
        ("12", "head", "dense", "1"),
    ),
)


def text(grid: Grid, width: int) -> list[str]:
    return ["".join(cells) for cells in Page(width).grid(grid)]


def test_on_a_wide_page_nothing_is_left_out() -> None:
    assert text(GRID, 80) == [
        " #  kernel                            kind         extra",
        " 1  stage.1/first_convolution_of_all  depthwise  123.4 M",
        "12  head                              dense            1",
    ]


def test_where_room_is_short_the_least_important_column_goes_first() -> None:
    # 2 + 32 + 9 + 7 columns of text and three gaps of at least one.
    assert text(GRID, 53)[0].split() == ["#", "kernel", "kind", "extra"]
    assert text(GRID, 40)[0].split() == ["#", "kernel", "kind"]
    assert text(GRID, 16)[0].split() == ["#", "kernel"]


def test_then_names_are_cut_from_the_left() -> None:
    lines = text(GRID, 30)

    assert lines[1].split() == ["1", "\u2026_convolution_of_all", "depth\u2026"]
    assert {len(line) for line in lines} == {30}


def test_sentences_are_wrapped_beside_short_cells() -> None:
    grid = Grid(
        (Column("count"), Column("why", Cells.PROSE)),
        (("2", "the shape of its output is unknown"),),
    )

    assert [line.rstrip() for line in text(grid, 24)] == [
        "count why",
        "    2 the shape of its",
        "      output is unknown",
    ]


def test_a_number_stays_with_its_unit() -> None:
    assert Page(20).wrap("a latency of 12.3 ms is more", 17) == ["a latency of", "12.3 ms is more"]
    assert Page(20).wrap("at most < 0.1 % of it", 11) == ["at most", "< 0.1 % of", "it"]


@given(st.text(max_size=60), st.integers(2, 20))
def test_wrapping_loses_nothing_and_fits(sentence: str, width: int) -> None:
    lines = Page(80, cell_len).wrap(sentence, width)

    assert max(map(cell_len, lines)) <= width
    kept = "".join("".join(lines).split(" "))
    assert kept == "".join(sentence.replace("\u00a0", " ").split(" "))


@given(
    st.lists(
        st.tuples(st.text("ab/.\u6df1", max_size=50), st.sampled_from(["dense", "depthwise_conv"])),
        max_size=4,
    ),
    st.integers(24, 90),
)
def test_all_lines_of_a_grid_are_of_one_width_that_fits(
    rows: list[tuple[str, str]], width: int
) -> None:
    grid = Grid(GRID.columns, tuple(("7", name, kind, "5.5 k") for name, kind in rows))

    widths = {cell_len("".join(cells)) for cells in Page(width, cell_len).grid(grid)}

    assert len(widths) == 1
    assert widths.pop() <= width
