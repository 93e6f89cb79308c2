"""Machines by name, by alias or by the path of a YAML file; `host` is the one calibrated here."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from costscope import resources
from costscope.errors import ProfileError
from costscope.hardware import host
from costscope.hardware.read import read
from costscope.hardware.types import Hardware, Identity
from costscope.units import quoted

__all__ = ["load", "names", "nearest", "read"]

_KIND = "hardware_profiles"
_SUFFIXES = (".yaml", ".yml")
# The list of aliases of a profile: between brackets, or a line each.
_ALIASES = re.compile(r"^aliases:\s*(\[[^\]]*\]|(?:\n?[ \t]*- [^\n]*\n)+)", re.MULTILINE)
_WORD = re.compile(r"[\w.][\w.-]*")
_LIKE = 0.6  # from here on a name is near
_WHOLE = 3  # letters


def names() -> list[str]:
    """Names of the shipped machines, sorted."""
    return resources.names(_KIND, _SUFFIXES[0])


def load(name_or_path: str | os.PathLike[str], *, this: Identity | None = None) -> Hardware:
    """The machine of a name, of an alias, or of a YAML file.

    What has a folder or a YAML suffix in it is a path; anything else is a name, in which
    `-` and `_` mean the same. `host` is the last calibration saved for this computer. One
    file is parsed, for a name and for an alias alike.

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
        return read(_file(name))
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
    for known in names():
        if name in _aliases(known):
            return read(_file(known))
    return None


def _aliases(name: str) -> list[str]:
    """Other names of a shipped machine, from its file's text: to parse all takes a second."""
    listed = _ALIASES.search(_file(name).read_text(encoding="utf-8", errors="replace"))
    return list(map(_normal, _WORD.findall(listed[1]))) if listed else []


def _file(name: str) -> Path:
    return resources.folder(_KIND) / f"{name}{_SUFFIXES[0]}"


def nearest(given: str, *, most: int = 3) -> list[str]:
    """Names and aliases like a word, the nearest first, one for each: `pi5 (raspberry_pi_5)`."""
    asked = _normal(given)
    called = {name: name for name in (host.HOST, *host.saved(), *names())}
    for name in names():
        for alias in _aliases(name):
            called.setdefault(alias, name)
    ranked = sorted((-_likeness(asked, word), word != name, word) for word, name in called.items())
    found: dict[str, str] = {}
    for likeness, _, word in ranked:
        if -likeness >= _LIKE:
            shown = word if called[word] == word else f"{word} ({called[word]})"
            found.setdefault(called[word], shown)
    return list(found.values())[:most]


def _likeness(asked: str, word: str) -> float:
    """From 0 to 1; a word that holds the other whole is as near as a slip of the pen."""
    if len(asked) >= _WHOLE and asked in word:
        return 0.9 + len(asked) / len(word) / 10
    if abs(len(asked) - len(word)) > max(len(asked), len(word)) * (1 - _LIKE):
        return 0.0
    return difflib.SequenceMatcher(None, asked, word, autojunk=False).ratio()


def _unknown(given: str) -> Hardware:
    found = nearest(given)
    meant = f"; did you mean {' or '.join(found)}?" if found else ""
    raise ProfileError(
        f"unknown hardware {quoted(given)}{meant} (`costscope hw list` shows all; "
        "a profile of your own is given by its path, as in --hw ./board.yaml)"
    )
