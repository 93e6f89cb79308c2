"""Reports of measurements: one format a file, found by its name.

`Measurement`s enter and text leaves; `plot` draws them. What several formats show is made
once: numbers in `figures`, sentences in `facts`, rows in `grids` and `records`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costscope.errors import UsageError
from costscope.measure.types import Measurement
from costscope.registry import Registry

DEFAULT_TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader asked for.

    Attributes:
        top: kernels to show of each model; 0 for all, None for as many as is usual.
        terminal: whether the report goes to standard output, not to a file.
    """

    top: int | None = None
    terminal: bool = True


Write = Callable[[Sequence[Measurement], Wanted], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementView:
    """A format.

    Attributes:
        name: what `--format` takes.
        suffix: of files that hold it.
        summary: one sentence.
        write: from measurements and what the reader asked for to text.
    """

    name: str
    suffix: str
    summary: str
    write: Write

    def render(
        self, measured: Sequence[Measurement], *, top: int | None = None, terminal: bool = True
    ) -> str:
        """The report as text that ends with a line break.

        Args:
            measured: what to report, in this order.
            top: kernels to show of each model, 0 for all. With None it is ten for a single
                model, and of several only the summary; formats for programs hold all.
            terminal: whether it is printed to standard output, so that its width and
                colours count; False for a file.

        Raises:
            UsageError: a negative count, or nothing was measured.
        """
        if top is not None and top < 0:
            raise UsageError(f"{top} kernels cannot be shown; ask for 0 (all) or more")
        if not measured:
            raise UsageError("nothing was measured; name a model")
        return self.write(measured, Wanted(top=top, terminal=terminal))


MEASUREMENT_VIEWS: Registry[str, MeasurementView] = Registry(
    "costscope.views.measurement", "format"
)


def measurement_view(name: str, *, suffix: str, summary: str) -> Callable[[Write], Write]:
    """Register the function that writes a format."""

    def decorate(write: Write) -> Write:
        MEASUREMENT_VIEWS.add(
            name, MeasurementView(name=name, suffix=suffix, summary=summary, write=write)
        )
        return write

    return decorate
