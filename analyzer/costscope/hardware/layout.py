"""Plain values as YAML that people can read: short mappings on one line, long ones in blocks.

Only what `document.read` reads back: words as keys, texts, numbers, lists and mappings.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value]"

_WIDTH = 98
_PLAIN = re.compile(r"[A-Za-z][\w./+()%=-]*( [\w./+()%=-]+)*", re.ASCII)
_QUANTITY = re.compile(r"[0-9.]+([eE][-+]?[0-9]+)? [A-Za-z]+(/s)?")
_OTHER = frozenset({"null", "true", "false"})
_WHOLE = 1e15
_FLAT = 2  # levels of lists and mappings that may stand on one line


def lines(values: Mapping[str, Value], indent: int = 0) -> Iterator[str]:
    """The lines of a mapping, blank ones before the long parts at the top."""
    for key, value in values.items():
        block = list(_entry(f"{' ' * indent}{key}:", value, indent))
        if indent == 0 and len(block) > 1 and not isinstance(value, str):
            yield ""
        yield from block


def _entry(head: str, value: Value, indent: int) -> Iterator[str]:
    """What stands behind a key or a dash, on its line or in a block below it."""
    flow = _flow(value)
    inside = indent > 0 or _levels(value) < _FLAT
    if _levels(value) <= _FLAT and inside and len(head) + 1 + len(flow) <= _WIDTH:
        yield f"{head} {flow}"
    elif isinstance(value, str):
        yield f"{head} >-"
        yield from textwrap.wrap(
            value,
            _WIDTH,
            initial_indent=" " * (indent + 2),
            subsequent_indent=" " * (indent + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    elif isinstance(value, Mapping):
        yield head
        yield from lines(value, indent + 2)
    elif isinstance(value, Sequence):
        yield head
        for item in value:
            yield from _item(item, indent + 2)
    else:
        yield f"{head} {flow}"


def _item(item: Value, indent: int) -> Iterator[str]:
    """One of a list; a long mapping begins beside its dash."""
    if isinstance(item, Mapping) and len(_flow(item)) + indent + 2 > _WIDTH:
        block = lines(item, indent + 2)
        yield f"{' ' * indent}- {next(block).strip()}"
        yield from block
    else:
        yield from _entry(f"{' ' * indent}-", item, indent)


def _levels(value: Value) -> int:
    if isinstance(value, str):
        return 0
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence):
        return 1 + max(map(_levels, value), default=0)
    return 0


def _flow(value: Value) -> str:
    """The value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_flow, value))}]"
    return str(value) if isinstance(value, int) else _number(value)


def _text(text: str) -> str:
    """A text in quotes, unless every reader takes it for a text without them."""
    bare = _PLAIN.fullmatch(text) or _QUANTITY.fullmatch(text)
    return text if bare and text.lower() not in _OTHER else json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """The shortest form that is read back as the same number."""
    forms = [repr(value), f"{value:.6g}"]
    if value == int(value) and abs(value) < _WHOLE:
        forms.append(str(int(value)))
    return min((form for form in forms if float(form) == value), key=len)
