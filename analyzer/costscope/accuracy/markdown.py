"""A validation as markdown."""

from __future__ import annotations

from costscope.accuracy.grids import Grid, grids
from costscope.accuracy.sentences import head, verdict
from costscope.accuracy.summary import summarize
from costscope.accuracy.types import Accuracy

_LEFT = frozenset({"note", "interval", "networks", "figure", "asked", "half", "reached"})


def markdown(accuracy: Accuracy) -> str:
    """The whole validation as one document."""
    summary = summarize(accuracy.networks)
    lines = ["# Accuracy", "", *(f"{line}  " for line in head(accuracy)), ""]
    lines += [f"- {line}" for line in verdict(accuracy, summary)]
    for grid in grids(accuracy):
        lines += ["", f"## {grid.title}", "", *table(grid)]
    return "\n".join([*lines, ""])


def table(grid: Grid) -> list[str]:
    """A grid as the lines of a markdown table."""
    marks = [
        "---" if number == 0 or column in _LEFT else "--:"
        for number, column in enumerate(grid.columns)
    ]
    rows = [grid.columns, *grid.rows]
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "|".join(marks) + "|", *lines[1:]]


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
