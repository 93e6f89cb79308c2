"""A machine from a YAML file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from costscope.document import MAX_BYTES
from costscope.errors import ProfileError
from costscope.hardware.parse import parse
from costscope.hardware.types import Hardware
from costscope.units import quoted


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
