"""The machines of a check, each with the hash of what its profile says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from costscope import resources
from costscope.api import machine, this_computer
from costscope.errors import UsageError
from costscope.hardware import host
from costscope.hardware.types import Hardware

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with the hash of its profile.

    Attributes:
        hardware: the machine.
        sha256: of its profile's text, and of its fallback's.
        is_host: whether it was asked for as `host`.
    """

    hardware: Hardware
    sha256: str
    is_host: bool = False


def machines(given: Sequence[str], folder: Path) -> tuple[Machine, ...]:
    """The machines of names and paths, each once, in the order given.

    Args:
        given: names, `host`, or paths of profiles.
        folder: that relative paths start from.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
        UsageError: two machines have one name.
    """
    found: dict[str, Machine] = {}
    for text in given:
        each = _machine(text.strip(), folder)
        other = found.setdefault(each.hardware.name, each)
        if other.sha256 != each.sha256:
            raise UsageError(
                f"two machines are called {each.hardware.name}; rename one profile's file"
            )
    return tuple(found.values())


def canonical(name: str, folder: Path) -> str:
    """The name that a machine has in verdicts.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
    """
    return _machine(name.strip(), folder).hardware.name


def _machine(text: str, folder: Path) -> Machine:
    path = _path(text, folder)
    hardware = machine(path if path is not None else text)
    files = [path or _file(hardware.name)]
    if hardware.fallback is not None:
        files.append(_file(machine(hardware.fallback.profile).name))
    return Machine(hardware=hardware, sha256=_hash(files), is_host=text.lower() == host.HOST)


def _path(text: str, folder: Path) -> Path | None:
    """The file of a machine that is given by its path; None for a name."""
    separated = any(sign in text for sign in {os.sep, os.altsep or os.sep})
    return folder / text if separated or text.lower().endswith(_SUFFIXES) else None


def _file(name: str) -> Path:
    """The file of a machine that is known by its name."""
    shipped = resources.folder("hardware_profiles") / f"{name}{_SUFFIXES[0]}"
    if shipped.is_file():
        return shipped
    saved = host.saved().get(name)
    return saved or host.host_path(this_computer()) or shipped


def _hash(files: Sequence[Path]) -> str:
    """Of the text of files, whatever ends their lines."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
