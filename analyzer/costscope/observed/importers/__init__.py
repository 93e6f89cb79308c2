"""What benchmark tools and profilers write: one format a file, found by its content.

An importer says whether a text is its tool's, and reads it. Importers do not know each
other; texts and JSON are read by the same few functions beside this package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costscope.observed.types import Reading
from costscope.registry import Registry

Read = Callable[[str, str], tuple[Reading, ...]]
Sniff = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """A format.

    Attributes:
        name: what `--format` takes.
        summary: which tool writes it, and how.
        sniff: whether a text is in this format; it never raises.
        read: the measurements of a text; its second argument is the file, for messages. It
            raises ModelError where the text says no time.
    """

    name: str
    summary: str
    sniff: Sniff
    read: Read


IMPORTERS: Registry[str, Importer] = Registry("costscope.observed.importers", "format")


def importer(name: str, *, summary: str, sniff: Sniff) -> Callable[[Read], Read]:
    """Register the function that reads a format."""

    def decorate(read: Read) -> Read:
        IMPORTERS.add(name, Importer(name=name, summary=summary, sniff=sniff, read=read))
        return read

    return decorate
