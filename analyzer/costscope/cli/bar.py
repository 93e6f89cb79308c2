"""A progress bar on standard error for what takes minutes, if a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costscope.measure.types import Progress

_MINUTE = 60


@contextmanager
def bar() -> Iterator[Callable[[Progress], None] | None]:
    """What to tell the progress to; None where nobody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True)
    # Drawn when told only: a thread of its own would run beside what is timed.
    with Bar(*columns, console=console, transient=True, auto_refresh=False) as drawn:
        task = drawn.add_task("", total=1.0, left="")

        def show(now: Progress) -> None:
            left = time_left(now.left_s)
            drawn.update(task, completed=now.done, description=now.what, left=left, refresh=True)

        yield show


def time_left(left_s: float | None) -> str:
    """`2:05 left`; empty for None."""
    if left_s is None:
        return ""
    minutes, seconds = divmod(round(left_s), _MINUTE)
    return f"{minutes}:{seconds:02d} left"
