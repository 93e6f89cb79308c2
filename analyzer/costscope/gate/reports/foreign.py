"""Names and sentences from files and people, made fit for one line of any report."""

from __future__ import annotations

from costscope.views.report.names import clean, shorten

_NAME = 200  # signs of a name in a sentence
_TEXT = 1_000  # signs of a sentence that somebody else wrote


def said(text: str, most: int = _TEXT) -> str:
    """A foreign sentence on one line, its end cut off where it is long."""
    head = clean(text[: most + 1])
    return head if len(text) <= most else f"{head[:most]}..."


def named(name: str, most: int = _NAME) -> str:
    """A foreign name on one line, its head cut off where it is long."""
    return shorten(clean(name[-(most + 1) :]), most, ellipsis="...")


def sentence(text: str) -> str:
    """The text with a full stop at its end."""
    bare = text.strip()
    return bare if not bare or bare[-1] in ".!?" else f"{bare}."
