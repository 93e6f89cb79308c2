"""Machines by name, by alias or by the path of a YAML file; `host` is the one calibrated here."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from costscope import resources
from costscope.errors import ProfileError
from costscope.hardware import host
from costscope.hardware.read import read
from costscope.hardware.types import Hardware, Identity
from costscope.units import quoted

__all__ = ["load", "names", "read"]

_KIND = "hardware_profiles"
_SUFFIXES = (".yaml", ".yml")


def names() -> list[str]:
    """Names of the shipped machines, sorted."""
    return resources.names(_KIND, _SUFFIXES[0])


def load(name_or_path: str | os.PathLike[str], *, this: Identity | None = None) -> Hardware:
    """The machine of a name, of an alias, or of a YAML file.

    What has a folder or a YAML suffix in it is a path; anything else is a name, in which
    `-` and `_` mean the same. `host` is the last calibration saved for this computer. One
    file is read for a name; for an alias, the files that contain the word.

    Args:
        name_or_path: of the machine.
        this: the computer that `host` stands for; None for the last one calibrated.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
    """
    given = os.fspath(name_or_path)
    if _is_path(given):
        return read(Path(given))
    name = _normal(given)
    if name in names():
        return read(resources.folder(_KIND) / f"{name}{_SUFFIXES[0]}")
    if name == host.HOST:
        return host.load_host(this)
    if name in host.saved():
        return read(host.saved()[name])
    return _by_alias(name) or _unknown(given)


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
    known = [*names(), *host.saved(), host.HOST]
    nearest = difflib.get_close_matches(_normal(given), known, n=3, cutoff=0.4)
    meant = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    raise ProfileError(
        f"unknown hardware {quoted(given)}{meant} (`costscope hw list` shows all; "
        "a profile of your own is given by its path, as in --hw ./board.yaml)"
    )
