"""Reports as GitHub's markdown; text from a file is never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from costscope.views.report.names import shorten
from costscope.views.report.types import Cells, Grid, Report, Section

_LONGEST = 100  # signs of a name
# Marks of markdown, underscores at the edge of a word, and where bare links would begin.
_SIGNS = re.compile(r"[\\`*{}\[\]<|~&$!^]|[@#](?=\w)|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.|:(?=//)")
_NUDGE = "&#8203;"  # between @ and a name, # and a number: neither is then a reference
_PLAIN = re.compile(r"[\w./: -]+")


def marked(reports: Sequence[Report]) -> str:
    """Reports one below the other."""
    return "\n\n".join("\n".join(_lines(report)) for report in reports) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"### {escape(report.title)}"
    yield ""
    yield escape(report.subtitle)
    heads: set[str] = set()
    for section in report.sections:
        yield from _section(section)
        if section.grid:
            heads.update(column.title for column in section.grid.columns)
    yield from _legend(report, heads)


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield ""
        yield f"#### {escape(section.title)}"
    if section.facts:
        yield ""
        yield "| | | |"
        yield "| :-- | --: | :-- |"
    for fact in section.facts:
        yield f"| {escape(fact.label)} | **{escape(fact.value)}** | {escape(fact.note)} |"
    if section.grid:
        yield ""
        yield from _grid(section.grid)
    if section.lines:
        yield ""
    for line in section.lines:
        yield f"- {escape(line)}"


def _grid(grid: Grid) -> Iterator[str]:
    yield _row(escape(column.title) for column in grid.columns)
    yield _row("--:" if c.cells is Cells.NUMBER else ":--" for c in grid.columns)
    for row in grid.rows:
        yield _row(
            code(cell) if column.cells is Cells.PATH else escape(cell)
            for column, cell in zip(grid.columns, row, strict=True)
        )


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _legend(report: Report, heads: set[str]) -> Iterator[str]:
    words = [f"{head}: {meaning}" for head, meaning in report.legend if head in heads]
    if words:
        yield ""
        yield f"<sub>{escape('; '.join(words))}.</sub>"


def escape(text: str) -> str:
    """Text that GitHub shows as it is: no markup, no links, no mentions, no end of a cell."""
    return _SIGNS.sub(
        lambda found: found[0] + _NUDGE if found[0] in "@#" else f"&#{ord(found[0])};", text
    )


def code(name: str) -> str:
    """A name in type of one width, its head cut off where it is long."""
    short = shorten(name, _LONGEST)
    if _PLAIN.fullmatch(short) and short == short.strip():
        return f"`{short}`"
    return f"<code>{escape(short)}</code>"
