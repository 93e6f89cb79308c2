"""Files written whole or not at all, and read no further than they may be long."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from costscope.errors import UsageError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in its place.

    Raises:
        UsageError: the folder is missing or cannot be written; nothing is left behind.
    """
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def read_within(path: Path, most_bytes: int, *, what: str, name: str = "") -> bytes:
    """The content of a file that may be so long.

    Args:
        path: of the file.
        most_bytes: from here on it is none of what it should be.
        what: it should be, for messages: `a baseline`.
        name: of the file for messages; its path if it is left out.

    Raises:
        UsageError: it cannot be read, or is longer.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from None
    if len(content) > most_bytes:
        mib = most_bytes >> 20
        size = f"{mib} MiB" if mib else f"{most_bytes >> 10} KiB"
        raise UsageError(f"{name}: larger than {size}: not {what}")
    return content


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
