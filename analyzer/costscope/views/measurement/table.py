"""The report for a terminal."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costscope.measure.types import Measurement
from costscope.views.measurement import Wanted, measurement_view
from costscope.views.measurement.build import reports_of
from costscope.views.report.layout import Page
from costscope.views.report.names import ELLIPSIS
from costscope.views.report.types import Fact, Grid, Report, Section, Tone

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH, _FILE_WIDTH = 80, 100
_LEAST, _MOST = 40, 160
_BAR = 24
_LABEL, _VALUE = 12, 14
_STYLES = {
    Tone.PLAIN: "bold",
    Tone.GOOD: "bold green",
    Tone.WARNING: "bold yellow",
    Tone.BAD: "bold red",
    Tone.FAINT: "dim",
}
_Pieces = list[tuple[str, str]]


@measurement_view("table", suffix=".txt", summary="For reading in a terminal, as wide as it is.")
def render(measured: Sequence[Measurement], wanted: Wanted) -> str:
    """The reports as text, coloured where standard output shows colours.

    NO_COLOR, FORCE_COLOR, TERM and COLUMNS are honoured; a pipe gets 80 columns.
    """
    from rich.cells import cell_len
    from rich.text import Text

    console = _console(terminal=wanted.terminal)
    ascii_only = console.options.ascii_only
    console.width = min(max(console.width, _LEAST), _MOST)
    page = Page(console.width, cell_len, "..." if ascii_only else ELLIPSIS)
    bar = "#" if ascii_only else "\u2501"
    lines: list[_Pieces] = []
    for report in reports_of(measured, wanted):
        lines += [[], *_lines(report, page, bar)] if lines else _lines(report, page, bar)
    text = Text("\n", end="").join(Text.assemble(*line, end="") for line in lines)
    with console.capture() as captured:
        console.print(text, soft_wrap=True)
    return captured.get()


def _console(*, terminal: bool) -> Console:
    from rich.console import Console

    if not terminal:
        return Console(
            file=io.StringIO(), width=_FILE_WIDTH, color_system=None, force_terminal=False
        )
    console = Console(highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return console
    columns = os.environ.get("COLUMNS", "")
    console.width = int(columns) if columns.isdecimal() and columns.isascii() else _WIDTH
    return console


def _lines(report: Report, page: Page, bar: str) -> Iterator[_Pieces]:
    yield from ([(line, "bold")] for line in page.wrap(report.title, page.width))
    yield from ([(line, "dim")] for line in page.wrap(report.subtitle, page.width))
    heads: set[str] = set()
    for section in report.sections:
        yield []
        yield from _section(section, page, bar, heads)
    legend = "; ".join(f"{head}: {meaning}" for head, meaning in report.legend if head in heads)
    if legend:
        yield []
        yield from ([(line, "dim")] for line in page.wrap(legend, page.width))


def _section(section: Section, page: Page, bar: str, heads: set[str]) -> Iterator[_Pieces]:
    """Lines of a section; the heads of its columns are added to `heads`."""
    if section.title:
        style = _STYLES[section.tone]
        yield from ([(line, style)] for line in page.wrap(section.title, page.width))
    for fact in section.facts:
        yield from _fact(fact, page)
    if section.grid:
        rows = page.grid(section.grid)
        heads.update(cell.strip() for cell in rows[0])
        yield from _grid(rows, section.grid, page, bar)
    for line in section.lines:
        for number, part in enumerate(page.wrap(line, page.width - 2)):
            yield [("- " if number == 0 else "  ", "dim"), (part, "")]


def _fact(fact: Fact, page: Page) -> Iterator[_Pieces]:
    indent = _LABEL + _VALUE
    notes = page.wrap(fact.note, page.width - indent)
    yield [
        (page.pad(fact.label, _LABEL), "cyan"),
        (page.pad(fact.value, _VALUE), _STYLES[fact.tone]),
        (notes[0], ""),
    ]
    yield from ([(" " * indent + note, "")] for note in notes[1:])


def _grid(lines: list[list[str]], grid: Grid, page: Page, bar: str) -> Iterator[_Pieces]:
    head, *rows = lines
    yield [("".join(head).rstrip(), "cyan")]
    room = min(page.width - page.size("".join(head)) - 2, _BAR)
    for number, row in enumerate(rows):
        line = "".join(row)
        length = round(grid.bars[number] * room) if grid.bars else 0
        drawn: _Pieces = [(f"{line}  ", ""), (bar * length, "cyan")]
        yield drawn if length > 0 else [(line.rstrip(), "")]
