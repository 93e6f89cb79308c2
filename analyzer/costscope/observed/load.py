"""Measurements from a file, whichever tool wrote it."""

from __future__ import annotations

from pathlib import Path

from costscope.errors import ModelError, UsageError
from costscope.observed.importers import IMPORTERS, Importer
from costscope.observed.text import read_text
from costscope.observed.types import Observation, Profile, Reading

_TABLES = (".csv", ".tsv")


def load(path: Path, format_name: str | None = None) -> tuple[Observation, ...]:
    """The latencies of a file, in its order.

    Args:
        path: of the file.
        format_name: of an importer (`formats`); by the file's content if None.

    Raises:
        ModelError: unreadable, or not understood.
        UsageError: no such format.
    """
    return tuple(each for each in readings(path, format_name) if isinstance(each, Observation))


def profiles(path: Path, format_name: str | None = None) -> tuple[Profile, ...]:
    """The times of layers in a file; none if its format has only whole networks.

    Raises:
        ModelError: as `load`.
        UsageError: as `load`.
    """
    return tuple(each for each in readings(path, format_name) if isinstance(each, Profile))


def readings(path: Path, format_name: str | None = None) -> tuple[Reading, ...]:
    """Everything in a file.

    Raises:
        ModelError: as `load`.
        UsageError: as `load`.
    """
    named = None if format_name is None else _named(format_name)
    text = read_text(path)
    return (named or _matching(text, path)).read(text, str(path))


def formats() -> dict[str, str]:
    """The summary of each format, by its name."""
    return {name: importer.summary for name, importer in IMPORTERS.items()}


def _named(name: str) -> Importer:
    found = IMPORTERS.get(name)
    if found is None:
        raise UsageError(f"--format {name}: choose one of {', '.join(IMPORTERS.keys())}")
    return found


def _matching(text: str, path: Path) -> Importer:
    found = [each for _, each in IMPORTERS.items() if each.sniff(text)]
    if not found and path.suffix.lower() in _TABLES:
        found = [_named("table")]  # which says what the header lacks
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(each.name for each in found)
        raise ModelError(f"{path}: could be {names}; say which with --format")
    known = ", ".join(IMPORTERS.keys())
    raise ModelError(f"{path}: in no known format ({known}); is it the tool's whole output?")
