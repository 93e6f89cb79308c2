"""Markdown tables of the device report, and the parts that a family is shown in."""

from __future__ import annotations

from collections.abc import Sequence

from device_accuracy_figures import Reached
from device_accuracy_rows import Held, Row

NONE = ""
_FEW_THREADS = 4


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """A markdown table; the first columns hold words, the others numbers."""
    marks = ["---" if at < words else "--:" for at in range(len(columns))]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [f"| {' | '.join(columns)} |", f"|{'|'.join(marks)}|", *lines, ""]


def slices(held: Held) -> list[tuple[str, tuple[Row, ...]]]:
    """A family's rows, and its parts by threads, type, runtime and table, each part once."""
    rows = held.scored
    found = [(held.summary, rows)]
    for part in (_threads, _runtime, _table):
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(part(row), []).append(row)
        if len(groups) > 1:
            found += [(f"- {name}", tuple(groups[name])) for name in sorted(groups)]
    return list({frozenset(some): (label, some) for label, some in reversed(found)}.values())[::-1]


def _threads(row: Row) -> str:
    subject = row.machine.subject
    if subject.threads is None:
        return subject.dtype
    if subject.threads == 1:
        return f"1 thread, {subject.dtype}"
    return "2 to 4 threads" if subject.threads <= _FEW_THREADS else "5 and more threads"


def _runtime(row: Row) -> str:
    return row.machine.subject.runtime


def _table(row: Row) -> str:
    return f"{row.machine.subject.source}.csv"


def errors(found: Reached | None) -> str:
    """MAPE and median."""
    if found is None:
        return NONE
    return f"{found.mape_ratio * 100:.1f} / {found.median_ratio * 100:.1f}"
