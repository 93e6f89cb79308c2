"""Reports of a check: one format a file, found by its name.

A `Check` enters and text leaves. Formats do not know each other: how a value, a limit and a
finding are put in words is made once, in `words`, `order` and `records`, so they cannot
disagree. Names from files are never markup, commands or control signs in any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costscope.gate.types import Check
from costscope.registry import Registry

_Write = Callable[[Check, bool], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A format.

    Attributes:
        name: what `--format` takes.
        suffix: of files that hold it.
        summary: one sentence.
        write: from a check, and whether it is printed, to text.
    """

    name: str
    suffix: str
    summary: str
    write: _Write

    def render(self, check: Check, *, terminal: bool = True) -> str:
        """The report as text that ends with a line break.

        Args:
            check: what to report.
            terminal: whether it is printed to standard output, so that its width and
                colours count; False for a file.
        """
        return self.write(check, terminal)


REPORTS: Registry[str, Report] = Registry("costscope.gate.reports", "format")


def report(name: str, *, suffix: str, summary: str) -> Callable[[_Write], _Write]:
    """Register the function that writes a format."""

    def decorate(write: _Write) -> _Write:
        REPORTS.add(name, Report(name=name, suffix=suffix, summary=summary, write=write))
        return write

    return decorate


def report_for(file: str) -> Report | None:
    """The format that the end of a file's name asks for; None where it asks for none."""
    found = (each for _, each in REPORTS.items() if file.lower().endswith(each.suffix))
    return next(found, None)
