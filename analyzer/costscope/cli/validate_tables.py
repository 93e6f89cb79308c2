"""A validation as text for the terminal; rich is imported when something is printed."""

from __future__ import annotations

import sys
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

from costscope.accuracy.grids import Grid, grids, networks
from costscope.accuracy.sentences import head, verdict
from costscope.accuracy.summary import summarize

if TYPE_CHECKING:
    from rich.table import Table

    from costscope.accuracy.types import Accuracy

_PIPE_WIDTH = 140
_LEFT = frozenset({"note", "interval"})
_ROOMY = 110  # columns from which everything is shown
_SPARE = frozenset({"MACs", "bytes"})
_SPARE_NARROW = _SPARE | {"interval", "again", "in 5 %", "p90", "Spearman"}


def table_text(accuracy: Accuracy, *, top: int, to_file: bool) -> str:
    """The validation as tables of text.

    Args:
        accuracy: what to show.
        top: networks to show; 0 for all.
        to_file: not for the terminal: as wide as in a pipe, and without colour.
    """
    from rich.console import Console

    terminal = sys.stdout.isatty() and not to_file
    stream = StringIO()
    console = Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        width=Console().width if terminal else _PIPE_WIDTH,
        force_terminal=terminal,
        no_color=None if terminal else True,
    )
    for line in head(accuracy):
        console.print(line)
    hidden = _SPARE if console.width >= _ROOMY else _SPARE_NARROW
    for grid in grids(accuracy):
        shown = _shortened(grid, top, networks(accuracy.networks).title)
        console.print()
        console.print(shown.title, style="bold")
        console.print(_table(_without(shown, hidden)))
    console.print()
    for line in verdict(accuracy, summarize(accuracy.networks)):
        console.print(line)
    return stream.getvalue()


def _shortened(grid: Grid, top: int, title: str) -> Grid:
    """The grid of networks with its first rows alone, its title saying so."""
    if grid.title != title or not top or len(grid.rows) <= top:
        return grid
    more = f"{title}, {top} of {len(grid.rows)} (--top 0 shows all)"
    return replace(grid, title=more, rows=grid.rows[:top])


def _without(grid: Grid, hidden: frozenset[str]) -> Grid:
    kept = [i for i, column in enumerate(grid.columns) if column not in hidden]
    return replace(
        grid,
        columns=tuple(grid.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in grid.rows),
    )


def _table(grid: Grid) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(grid.columns):
        left = number == 0 or column in _LEFT
        table.add_column(column, justify="left" if left else "right", overflow="fold")
    for row in grid.rows:
        table.add_row(*row)
    return table
