"""Machines by name, by alias or by the path of a YAML file."""

from __future__ import annotations

import difflib
import os
from functools import lru_cache
from pathlib import Path

from costscope import resources
from costscope.document import MAX_BYTES
from costscope.errors import ProfileError
from costscope.hardware.parse import parse
from costscope.hardware.types import Hardware
from costscope.units import quoted

_KIND = "hardware_profiles"
_SUFFIXES = (".yaml", ".yml")


def names() -> list[str]:
    """Names of the shipped machines, sorted."""
    return resources.names(_KIND, _SUFFIXES[0])


def load(name_or_path: str | os.PathLike[str]) -> Hardware:
    """The machine of a name, of an alias, or of a YAML file.

    What has a folder or a YAML suffix in it is a path; anything else is a name, in which
    `-` and `_` mean the same. One file is read for a name; for an alias, the files that
    contain the word.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
    """
    given = os.fspath(name_or_path)
    if _is_path(given):
        return read(Path(given))
    name = _normal(given)
    if name in names():
        return read(resources.folder(_KIND) / f"{name}{_SUFFIXES[0]}")
    return _by_alias(name) or _unknown(given)


def read(path: Path) -> Hardware:
    """The machine of a YAML file; it is called as the file is.

    Raises:
        ProfileError: unreadable, or with mistakes.
    """
    try:
        if not path.is_file():
            raise ProfileError(f"no hardware profile at {str(path)!r}")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # one more: `parse` then says it is too large
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProfileError(f"cannot read {quoted(str(path))}: {reason}") from None
    return _parsed(content, path.stem, str(path))


@lru_cache(maxsize=256)
def _parsed(content: bytes, name: str, origin: str) -> Hardware:
    """Parsed once while its content is the same: a sweep asks for a machine ten thousand times."""
    return parse(content, name=name, origin=origin)


def _is_path(given: str) -> bool:
    separators = {os.sep, os.altsep or os.sep}
    return given.lower().endswith(_SUFFIXES) or any(sign in given for sign in separators)


def _normal(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _by_alias(name: str) -> Hardware | None:
    for path in (resources.folder(_KIND) / f"{known}{_SUFFIXES[0]}" for known in names()):
        if name and name in _normal(path.read_text(encoding="utf-8")):
            hardware = read(path)
            if name in map(_normal, hardware.aliases):
                return hardware
    return None


def _unknown(given: str) -> Hardware:
    nearest = difflib.get_close_matches(_normal(given), names(), n=3, cutoff=0.4)
    meant = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    raise ProfileError(
        f"unknown hardware {quoted(given)}{meant} (`costscope hw list` shows all; "
        "a profile of your own is given by its path, as in --hw ./board.yaml)"
    )
