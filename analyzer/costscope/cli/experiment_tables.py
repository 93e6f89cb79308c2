"""Experiments as text for the terminal; rich is imported when something is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from costscope.experiment import cells

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from costscope.experiment.types import Experiment

_PIPE_WIDTH = 140
_WIDE_FROM = 125  # columns that a table with MACs and intervals takes
_LEFT = 2  # the first columns are words


def print_experiments(experiments: Sequence[Experiment], stream: TextIO) -> None:
    """Print each experiment: the table, how well the orders agree, and its verdict."""
    console = _console(stream)
    for number, each in enumerate(experiments):
        if number:
            console.print()
        _print(console, each)


def _print(console: Console, experiment: Experiment) -> None:
    console.print(cells.title(experiment), style="bold")
    if conditions := cells.conditions(experiment):
        console.print(conditions, style="dim")
    console.print()
    console.print(_table(experiment, wide=console.width >= _WIDE_FROM))
    console.print()
    for each in experiment.agreements:
        console.print(f"order of {cells.agreement(each)}")
    console.print(experiment.verdict.sentence, style="bold")
    console.print()
    for line in experiment.notes:
        console.print(f"- {line}", style="dim")
    console.print(cells.legend(experiment), style="dim")


def _table(experiment: Experiment, *, wide: bool) -> Table:
    from rich.table import Table

    gap = 2 if wide else 1
    table = Table(box=None, pad_edge=False, header_style="cyan", padding=(0, gap, 0, 0))
    for number, head in enumerate(cells.heads(experiment, wide=wide)):
        table.add_column(head, justify="left" if number < _LEFT else "right", overflow="fold")
    for number, group in enumerate(cells.widths(experiment, wide=wide)):
        if number:
            table.add_row()
        for row in group:
            table.add_row(*row)
    return table


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(
        file=stream, markup=False, highlight=False, emoji=False, width=width, soft_wrap=False
    )
