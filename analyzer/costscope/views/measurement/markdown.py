"""The report as GitHub's markdown, for pull requests and documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from costscope.measure.types import Measurement
from costscope.views.markdown import code, escape
from costscope.views.measurement import Wanted, measurement_view
from costscope.views.measurement.build import reports_of
from costscope.views.report.types import Cells, Grid, Report, Section


@measurement_view("markdown", suffix=".md", summary="For pull requests and documents.")
def render(measured: Sequence[Measurement], wanted: Wanted) -> str:
    """The reports of the terminal as markdown; text from the file is never markup."""
    texts = ("\n".join(_lines(report)) for report in reports_of(measured, wanted))
    return "\n\n".join(texts) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"### {escape(report.title)}"
    yield ""
    yield escape(report.subtitle)
    heads: set[str] = set()
    for section in report.sections:
        yield from _section(section)
        if section.grid:
            heads.update(column.title for column in section.grid.columns)
    words = [f"{head}: {meaning}" for head, meaning in report.legend if head in heads]
    if words:
        yield ""
        yield f"<sub>{escape('; '.join(words))}.</sub>"


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield from ("", f"#### {escape(section.title)}")
    if section.facts:
        yield from ("", "| | | |", "| :-- | --: | :-- |")
    for fact in section.facts:
        yield f"| {escape(fact.label)} | **{escape(fact.value)}** | {escape(fact.note)} |"
    if section.grid:
        yield ""
        yield from _grid(section.grid)
    if section.lines:
        yield ""
    yield from (f"- {escape(line)}" for line in section.lines)


def _grid(grid: Grid) -> Iterator[str]:
    yield _row(escape(column.title) for column in grid.columns)
    yield _row("--:" if column.cells is Cells.NUMBER else ":--" for column in grid.columns)
    for row in grid.rows:
        yield _row(
            code(cell) if column.cells is Cells.PATH else escape(cell)
            for column, cell in zip(grid.columns, row, strict=True)
        )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
