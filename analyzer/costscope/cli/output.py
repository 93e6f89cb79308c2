"""Where a report goes: the terminal, a pipe, or a file written whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from costscope.errors import UsageError
from costscope.files import write_atomically

if TYPE_CHECKING:
    from costscope.analysis.types import Analysis
    from costscope.views import View


def view_for(output_format: str | None, output: Path | None) -> View:
    """The view of a format name, else of the output's suffix, else the table.

    Raises:
        UsageError: no such format.
    """
    from costscope.views import VIEWS

    name = output_format
    if name is None and output is not None:
        found = [key for key, view in VIEWS.items() if view.suffix == output.suffix]
        name = found[0] if found else None
    view = VIEWS.get(name or "table")
    if view is None:
        raise UsageError(f"--format {name}: choose one of {', '.join(VIEWS.keys())}")
    return view


def emit(view: View, analysis: Analysis, output: Path | None, *, top: int, sort: str) -> None:
    """Print a report, or write it to a file.

    Raises:
        UsageError: the file cannot be written.
    """
    if output is None:
        _print(view.render(analysis, top=top, sort=sort))
        return
    text = view.render(analysis, top=top, sort=sort, terminal=False)
    write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))


def _print(text: str) -> None:
    """To standard output as it is; a character that the terminal cannot show becomes a `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
