"""Globs over the names of models: what a limit or a suppression is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache


def matches(glob: str, key: str) -> bool:
    """Whether a glob is for a model.

    `*` stays within a folder, `**` crosses folders, a folder stands for all below it, and a
    glob without a slash is for that file name in any folder.

    Args:
        glob: as it is written, relative to the configuration's folder.
        key: the model relative to the same folder, or `zoo:NAME`.
    """
    plain = glob.replace("\\", "/").removeprefix("./").rstrip("/")
    if _pattern(plain).fullmatch(key):
        return True
    if "/" not in plain and not plain.startswith("zoo:"):
        return fnmatchcase(key.rpartition("/")[2], plain) or key.startswith(f"{plain}/")
    return key.startswith(f"{plain}/")


def any_matches(globs: Iterable[str], key: str) -> bool:
    """Whether any of the globs is for a model; none at all are for every model."""
    listed = tuple(globs)
    return not listed or any(matches(glob, key) for glob in listed)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = []
    position = 0
    while position < len(glob):
        rest = glob[position:]
        if rest.startswith("**/"):
            parts.append("(?:.*/)?")
            position += 3
        elif rest.startswith("**"):
            parts.append(".*")
            position += 2
        elif found := re.match(r"\[!?\]?[^\]]*\]", rest):
            parts.append(_characters(found[0]))
            position += len(found[0])
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0])))
            position += 1
    return re.compile("".join(parts), re.DOTALL)


def _characters(group: str) -> str:
    """`[abc]` or `[!a-c]` as a set of an expression; as it stands where it is none."""
    inner = group[1:-1]
    negated = inner.startswith("!")
    inner = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner.removeprefix("!"))
    try:
        return re.compile(f"[{'^' if negated else ''}{inner}]").pattern
    except re.error:
        return re.escape(group)
