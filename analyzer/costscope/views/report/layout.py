"""Text laid out in columns of a given width; what a column of the screen is, is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costscope.views.report.names import ELLIPSIS, collapse, shorten
from costscope.views.report.types import Cells, Grid

_FLEXIBLE = (Cells.PATH, Cells.PROSE)
_NARROWEST = {1: 14, 2: 14, 3: 26, 4: 26}  # of a flexible column, before a rank is dropped
_COMFORT = 3  # the rank whose narrowest is comfortable
_LEAST = 8
_NO_BREAK = "\u00a0"
_BEFORE_UNIT = re.compile(  # 5 ms, 12 %, < 0.1
    r"(?<=\d) (?=(?:[kKMGTPunm]?i?(?:s|B|FLOP)\b|%))|(?<=[<=]) (?=\d)"
)
_PATH_SHARE = 0.4  # of the room, where sentences want some too


@dataclass(frozen=True, slots=True)
class Page:
    """A page to write on.

    Attributes:
        width: columns.
        size: columns that a text takes.
        ellipsis: what stands for a part left out.
    """

    width: int
    size: Callable[[str], int] = len
    ellipsis: str = ELLIPSIS

    def pad(self, text: str, width: int, *, right: bool = False) -> str:
        """The text filled up with blanks, before it if `right`."""
        blank = " " * (width - self.size(text))
        return blank + text if right else text + blank

    def wrap(self, text: str, width: int) -> list[str]:
        """Lines of at most `width` columns; a word that is longer is broken."""
        lines = [""]
        for word in _BEFORE_UNIT.sub(_NO_BREAK, text).split(" "):
            joined = f"{lines[-1]} {word}" if lines[-1] else word
            if self.size(joined) <= width:
                lines[-1] = joined
                continue
            if lines[-1]:
                lines.append("")
            lines[-1] = word
            while self.size(lines[-1]) > width:
                head = self._head(lines[-1], width)
                lines[-1:] = [head, lines[-1][len(head) :]]
        return [line.replace(_NO_BREAK, " ") for line in lines]

    def _head(self, text: str, width: int) -> str:
        head = text[:width]
        while len(head) > 1 and self.size(head) > width:
            head = head[:-1]
        return head

    def grid(self, grid: Grid) -> list[list[str]]:
        """Lines of padded cells, the heads first; a line is its cells side by side."""
        kept, widths, gap = self._fit(grid)
        titles = tuple(column.title for column in grid.columns)
        lines = []
        for row in (titles, *grid.rows):
            cells = [
                self._cell(row[i], grid.columns[i].cells, width)
                for i, width in zip(kept, widths, strict=True)
            ]
            height = max(map(len, cells))
            lines += [self._side_by_side(grid, cells, kept, widths, gap, i) for i in range(height)]
        return lines

    def _side_by_side(
        self,
        grid: Grid,
        cells: Sequence[Sequence[str]],
        kept: Sequence[int],
        widths: Sequence[int],
        gap: int,
        line: int,
    ) -> list[str]:
        """One line of the cells of a row, each filled up to its column."""
        return [
            self.pad(
                cell[line] if line < len(cell) else "",
                width,
                right=grid.columns[i].cells is Cells.NUMBER,
            )
            + (" " * gap if i != kept[-1] else "")
            for i, cell, width in zip(kept, cells, widths, strict=True)
        ]

    def _cell(self, text: str, cells: Cells, width: int) -> list[str]:
        if cells is Cells.PROSE:
            return self.wrap(text, width)
        if cells is Cells.PATH:
            return [shorten(collapse(text), width, size=self.size, ellipsis=self.ellipsis)]
        if self.size(text) > width:
            return [self._head(text, width - self.size(self.ellipsis)) + self.ellipsis]
        return [text]

    def _fit(self, grid: Grid) -> tuple[list[int], list[int], int]:
        """Columns that are kept, their widths, and the blanks between them."""
        natural = [self._natural(grid, i) for i in range(len(grid.columns))]
        kept = [i for i, column in enumerate(grid.columns) if column.rank <= _COMFORT]
        if self._room(grid, kept, natural, gap=2) < self._wanted(grid, kept, natural, _COMFORT):
            natural = [
                min(width, column.least or width)
                for width, column in zip(natural, grid.columns, strict=True)
            ]
        kept = list(range(len(grid.columns)))
        for rank in sorted({c.rank for c in grid.columns} - {0}, reverse=True):
            if self._room(grid, kept, natural, gap=1) >= self._wanted(grid, kept, natural, rank):
                break
            kept = [i for i in kept if grid.columns[i].rank < rank]
        gap = (
            2
            if self._room(grid, kept, natural, gap=2) >= self._wanted(grid, kept, natural, _COMFORT)
            else 1
        )
        room = max(self._room(grid, kept, natural, gap=gap), _LEAST)
        return kept, self._widths(grid, kept, natural, room), gap

    def _natural(self, grid: Grid, i: int) -> int:
        path = grid.columns[i].cells is Cells.PATH
        texts = (collapse(row[i]) if path else row[i] for row in grid.rows)
        return max(map(self.size, (grid.columns[i].title, *texts)))

    def _room(self, grid: Grid, kept: Sequence[int], natural: Sequence[int], *, gap: int) -> int:
        """Columns that are left for the flexible ones."""
        fixed = sum(natural[i] for i in kept if grid.columns[i].cells not in _FLEXIBLE)
        return self.width - fixed - gap * (len(kept) - 1)

    def _wanted(self, grid: Grid, kept: Sequence[int], natural: Sequence[int], rank: int) -> int:
        flexible = [natural[i] for i in kept if grid.columns[i].cells in _FLEXIBLE]
        return sum(min(width, _NARROWEST[rank]) for width in flexible)

    def _widths(
        self, grid: Grid, kept: Sequence[int], natural: Sequence[int], room: int
    ) -> list[int]:
        kinds = [grid.columns[i].cells for i in kept]
        both = Cells.PATH in kinds and Cells.PROSE in kinds
        widths = [natural[i] for i in kept]
        for place, kind in enumerate(kinds):
            if kind is Cells.PATH:
                limit = int(room * _PATH_SHARE) if both else room
                widths[place] = min(widths[place], max(limit, _LEAST))
        used = sum(w for w, kind in zip(widths, kinds, strict=True) if kind is Cells.PATH)
        for place, kind in enumerate(kinds):
            if kind is Cells.PROSE:
                widths[place] = min(widths[place], max(room - used, _LEAST))
        return widths
