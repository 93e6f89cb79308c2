"""Configuration files: where they are, and what they say.

A project's is the nearest of the working directory and the folders above it that has a
`costscope.toml`, a `.costscope.toml` or a `[tool.costscope]` in its pyproject.toml; a user's
lies where the system keeps settings. Two in one folder are refused: one would go unread.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costscope.errors import UsageError
from costscope.files import read_within
from costscope.gate.options import OPTIONS, Layer, option
from costscope.gate.suppressions import suppressions
from costscope.gate.written import Place, budgets, strays
from costscope.units import quoted

NAMES = ("costscope.toml", ".costscope.toml")
PYPROJECT = "pyproject.toml"
USER = "user costscope.toml"
_KEYS = (*OPTIONS, "budget", "suppress")
_OURS = "costscope"
_LIKE = 0.85  # from here on a word is a slip of the pen
_MAX_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One configuration file.

    Attributes:
        path: of the file.
        name: for messages: relative to the working directory.
        layer: what it says.
    """

    path: Path
    name: str
    layer: Layer


def project(start: Path, given: Path | None = None) -> Config | None:
    """The project's configuration: the one that was named, or the nearest; None if there is none.

    Raises:
        UsageError: it cannot be read or understood, or one folder has two of them.
    """
    if given is not None:
        return _named(given, start)
    for folder in (start, *start.parents):
        read = [(path, _values(path)) for path in _candidates(folder)]
        found = [(path, values) for path, values in read if values is not None]
        if len(found) > 1:
            names = " and ".join(path.name for path, _ in found)
            raise UsageError(f"{folder}: two configurations ({names}); keep one of them")
        if found:
            path, values = found[0]
            return _config(path, relative(path, start), values)
    return None


def user() -> Config | None:
    """The user's own configuration; None if there is none.

    Raises:
        UsageError: it cannot be read or understood.
    """
    path = user_folder() / NAMES[0]
    values = _values(path) if path.is_file() else None
    return None if values is None else _config(path, USER, values)


def user_folder() -> Path:
    """Where a user's settings lie on this system."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "costscope"


def relative(path: Path, start: Path) -> str:
    """A path as seen from a folder, with forward slashes."""
    try:
        return Path(os.path.relpath(path, start)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _named(given: Path, start: Path) -> Config:
    path = start / given
    if not path.is_file():
        raise UsageError(f"--config {given}: no such file")
    values = _values(path)
    if values is None:
        raise UsageError(f"--config {given}: it has no [tool.costscope]")
    return _config(path, relative(path, start), values)


def _candidates(folder: Path) -> Iterator[Path]:
    for name in (*NAMES, PYPROJECT):
        path = folder / name
        if path.is_file():
            yield path


def _values(path: Path) -> Mapping[str, Any] | None:
    """What a file says; of a pyproject.toml only our part, and None where it has none."""
    values = _read(path)
    if path.name != PYPROJECT:
        return values
    tool = values.get("tool", {})
    tools = tool if isinstance(tool, dict) else {}
    found = tools.get(_OURS)
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: tool.{_OURS} is no table")
    for place, key in [("", key) for key in values] + [("tool.", key) for key in tools]:
        if _like_ours(key) and f"{place}{key}" != f"tool.{_OURS}":
            raise UsageError(f"{path}: unknown {place}{key}; did you mean tool.{_OURS}?")
    return found


def _like_ours(key: str) -> bool:
    """Whether a key seems to be meant for us: its limits would go unread."""
    return bool(difflib.get_close_matches(key.lower(), [_OURS], cutoff=_LIKE))


def _read(path: Path) -> dict[str, Any]:
    content = read_within(path, _MAX_BYTES, what="a configuration")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UsageError(f"{path}: not TOML: {reason}") from None


def _config(path: Path, name: str, values: Mapping[str, Any]) -> Config:
    try:
        return Config(path=path, name=name, layer=_layer(path, name, values))
    except RecursionError:
        raise UsageError(f"{quoted(name)}: too deeply nested") from None


def _layer(path: Path, name: str, values: Mapping[str, Any]) -> Layer:
    place = Place(file=name, path="tool.costscope" if path.name == PYPROJECT else "")
    options = {
        key: option(key, value, place.at(key), path.parent)
        for key, value in values.items()
        if key in OPTIONS
    }
    written = list(strays(values, _KEYS, place))
    if "budget" in values:
        written += budgets(values["budget"], place.at("budget"))
    found = suppressions(values["suppress"], place.at("suppress")) if "suppress" in values else ()
    return Layer(name=name, options=options, written=tuple(written), suppressions=tuple(found))
