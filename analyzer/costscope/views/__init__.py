"""Reports of an analysis: one format a file, found by its name.

An `Analysis` enters and text leaves. Formats do not know each other: the rows and sentences
that several of them show are made once, in `views.report`, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costscope.analysis.types import Analysis
from costscope.errors import UsageError
from costscope.registry import Registry
from costscope.views.report.types import Choice, Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A format.

    Attributes:
        name: what `--format` takes.
        suffix: of files that hold it.
        summary: one sentence.
        write: from an analysis and what the reader asked for to text.
    """

    name: str
    suffix: str
    summary: str
    write: Callable[[Analysis, Choice], str]

    def render(
        self, analysis: Analysis, *, top: int = 10, sort: str = "latency", terminal: bool = True
    ) -> str:
        """The report as text that ends with a line break.

        Args:
            analysis: what to report.
            top: kernels to show, 0 for all; formats for programs always hold all.
            sort: order of the kernels shown: `latency`, `macs`, `bytes`, `memory_access`,
                `order`; formats for programs keep the order of execution.
            terminal: whether it is printed to standard output, so that its width and
                colours count; False for a file.

        Raises:
            UsageError: an order that does not exist, or a negative count.
        """
        if top < 0:
            raise UsageError(f"{top} kernels cannot be shown; ask for 0 (all) or more")
        return self.write(analysis, Choice(top=top, sort=_sort(sort), terminal=terminal))


VIEWS: Registry[str, View] = Registry("costscope.views", "format")


def view(
    name: str, *, suffix: str, summary: str
) -> Callable[[Callable[[Analysis, Choice], str]], Callable[[Analysis, Choice], str]]:
    """Register the function that writes a format."""

    def decorate(write: Callable[[Analysis, Choice], str]) -> Callable[[Analysis, Choice], str]:
        VIEWS.add(name, View(name=name, suffix=suffix, summary=summary, write=write))
        return write

    return decorate


def _sort(name: str) -> Sort:
    try:
        return Sort(name)
    except ValueError:
        raise UsageError(f"cannot sort by {name!r}; choose one of {', '.join(Sort)}") from None
