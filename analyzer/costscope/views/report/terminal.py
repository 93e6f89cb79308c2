"""Reports as text for a terminal, as wide as it is."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costscope.views.report.layout import Page
from costscope.views.report.names import ELLIPSIS
from costscope.views.report.types import Fact, Report, Section, Tone

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


def text_of(reports: Sequence[Report], *, terminal: bool) -> str:
    """Reports one below the other, coloured where standard output shows colours.

    NO_COLOR, FORCE_COLOR, TERM and COLUMNS are honoured; a pipe gets 80 columns.

    Args:
        reports: what to show.
        terminal: whether it is printed, so that its width and colours count; False for a file.
    """
    from rich.cells import cell_len
    from rich.text import Text

    console = _console(terminal=terminal)
    ascii_only = console.options.ascii_only
    console.width = min(max(console.width, _LEAST), _MOST)
    page = Page(console.width, cell_len, "..." if ascii_only else ELLIPSIS)
    bar = "#" if ascii_only else "\u2501"
    lines: list[_Pieces] = []
    for report in reports:
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
    for line in page.wrap(report.title, page.width):
        yield [(line, "bold")]
    for line in page.wrap(report.subtitle, page.width):
        yield [(line, "dim")]
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
        for line in page.wrap(section.title, page.width):
            yield [(line, _STYLES[section.tone])]
    room = max((page.size(fact.value) + 1 for fact in section.facts), default=0)
    for fact in section.facts:
        yield from _fact(fact, page, max(_VALUE, min(room, page.width // 3)))
    if section.grid:
        rows = page.grid(section.grid)
        heads.update(cell.strip() for cell in rows[0])
        yield from _grid(rows, section.grid.bars, page, bar)
    for line in section.lines:
        for number, part in enumerate(page.wrap(line, page.width - 2)):
            yield [("- " if number == 0 else "  ", "dim"), (part, "")]


def _fact(fact: Fact, page: Page, room: int) -> Iterator[_Pieces]:
    indent = _LABEL + room
    notes = page.wrap(fact.note, page.width - indent)
    beside = notes[0] if page.size(fact.value) < room else ""  # else below: it would touch
    yield [
        (page.pad(fact.label, _LABEL), "cyan"),
        (page.pad(fact.value, room), _STYLES[fact.tone]),
        (beside, ""),
    ]
    for note in notes[1:] if beside or not fact.note else notes:
        yield [(" " * indent + note, "")]


def _grid(lines: list[list[str]], bars: Sequence[float], page: Page, bar: str) -> Iterator[_Pieces]:
    head, *rows = lines
    yield [("".join(head).rstrip(), "cyan")]
    room = min(page.width - page.size("".join(head)) - 2, _BAR)
    for number, row in enumerate(rows):
        line = "".join(row)
        length = round(bars[number] * room) if bars else 0
        if length > 0:
            yield [(f"{line}  ", ""), (bar * length, "cyan")]
        else:
            yield [(line.rstrip(), "")]
