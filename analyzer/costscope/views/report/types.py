"""A report before it has a format: facts, grids and sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Sort(StrEnum):
    """Orders of the kernels in a report; the dearest first."""

    LATENCY = "latency"
    MACS = "macs"
    BYTES = "bytes"
    MEMORY_ACCESS = "memory_access"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader asked for.

    Attributes:
        top: kernels to show; 0 for all.
        sort: their order.
        terminal: whether the report goes to standard output, not to a file.
    """

    top: int = 10
    sort: Sort = Sort.LATENCY
    terminal: bool = True


class Tone(StrEnum):
    """How a line is meant."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    FAINT = "faint"


@dataclass(frozen=True, slots=True)
class Fact:
    """A quantity with its name and what it means.

    Attributes:
        label: name of the quantity.
        value: with its unit.
        note: a sentence or two.
        tone: how it is meant.
    """

    label: str
    value: str
    note: str = ""
    tone: Tone = Tone.PLAIN


class Cells(StrEnum):
    """What a column holds: it decides about alignment and what happens where room is short.

    - `number`: to the right, never cut.
    - `word`: to the left, never cut.
    - `path`: names whose tail says most: cut from the left.
    - `prose`: sentences: wrapped.
    """

    NUMBER = "number"
    WORD = "word"
    PATH = "path"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid.

    Attributes:
        title: its head.
        cells: what it holds.
        rank: 0 for a column that is always shown; where room is short, higher ranks go first.
        least: columns of the page that a word may be cut to where room is short; 0: never cut.
    """

    title: str
    cells: Cells = Cells.NUMBER
    rank: int = 0
    least: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under columns.

    Attributes:
        columns: heads.
        rows: as many cells as columns each.
        bars: a share between 0 and 1 for each row, to be drawn where there is room.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: a title, then facts, a grid and sentences, as far as there are any."""

    title: str
    facts: tuple[Fact, ...] = ()
    grid: Grid | None = None
    lines: tuple[str, ...] = ()
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        title: model, machine and runtime.
        subtitle: the model's inputs and size.
        sections: in reading order.
        legend: what each head of the grids means, by head.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    legend: tuple[tuple[str, str], ...] = field(default=())
