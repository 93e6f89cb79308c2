"""A file as text: read whole, with limits, whatever tool or shell wrote it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from costscope.errors import ModelError
from costscope.units import quoted

MAX_BYTES = 1 << 26  # a profile with some hundred runs of a large network takes half of it
_LONGEST_LINE = 4096  # of a log: what is longer is no line of times
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # what PowerShell's `>` writes


def read_text(path: Path) -> str:
    """The text of a file, without colours.

    Raises:
        ModelError: no such file, unreadable, empty, too large, or not text.
    """
    try:
        if not path.is_file():
            raise ModelError(f"{path}: no such file; give what a benchmark tool wrote, or a table")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"{quoted(str(path))}: cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise ModelError(f"{path}: larger than {MAX_BYTES >> 20} MiB; import a shorter recording")
    text = _COLOUR.sub("", _decoded(content, path))
    if not text.strip():
        raise ModelError(f"{path}: the file is empty; was the tool's output saved?")
    return text


def _decoded(content: bytes, path: Path) -> str:
    encoding = "utf-16" if content.startswith(_UTF16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content:
            raise _binary(path) from None
        raise ModelError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    if "\0" in text:
        raise _binary(path)
    return text


def _binary(path: Path) -> ModelError:
    return ModelError(f"{path}: a binary file, not times; give a table or a tool's output")


def log_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a log with their numbers from 1; no pattern meets an endless one."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, line[:_LONGEST_LINE]


def stem(path: str) -> str:
    """The name of a file without folder and suffix; `path` may be of another system.

    >>> stem("/data/local/tmp/mobilenet_v1_1.0_224.tflite")
    'mobilenet_v1_1.0_224'
    """
    return PurePosixPath(path.replace("\\", "/")).stem or path
