"""YAML text to plain values: only what our files need, and nothing that surprises.

Refused: aliases and anchors (a few bytes of them can stand for gigabytes), tags other than
the core ones, keys given twice, several documents, deep nesting, large files. `no`, `on`
and dates stay text; `1e9` is a number, as in YAML 1.2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costscope.errors import UsageError
from costscope.units import quoted

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1 << 18  # a profile with four calibrated thread counts takes half of it
_MAX_NODES = 20000
_MAX_DEPTH = 12

_TAG = "tag:yaml.org,2002:"
_CORE = {
    "null": re.compile(r"null|~|"),
    "bool": re.compile(r"true|false"),
    "int": re.compile(r"-?(0|[1-9][0-9]{0,17})"),
    "float": re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?"),
}

Document = tuple[Any, list[str]]


def read(text: str | bytes, what: str, error_type: type[UsageError]) -> Document:
    """Mappings, lists and scalars of a YAML text, and its mistakes by key path.

    Args:
        text: of the file.
        what: it should be, for messages.
        error_type: what is raised.

    Raises:
        UsageError: not UTF-8, not YAML, or more than such a file can need; of `error_type`.
    """
    import yaml

    if len(text) > MAX_BYTES:
        raise error_type(f"larger than {MAX_BYTES // 1024} KiB: not a {what}")
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise error_type(f"not UTF-8 text (byte {error.start})") from None
    problems: list[str] = []
    try:
        return _Reader(decoded, problems).document(), problems
    except yaml.MarkedYAMLError as error:
        raise error_type(f"not a YAML {what}: {_where(error)}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        # ValueError: an escape such as "\UFFFFFFFF", which PyYAML does not check.
        reason = " ".join(str(error).split())[:100]
        raise error_type(f"not a YAML {what}: {reason}") from None


def _where(error: yaml.MarkedYAMLError) -> str:
    line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
    return f"{' '.join(str(error.problem or error.context).split())[:100]}{line}"


class _Reader:
    """Values from PyYAML's events: libyaml's, ten times as fast, where it is installed."""

    def __init__(self, text: str, problems: list[str]) -> None:
        import yaml

        self._yaml = yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events = iter(yaml.parse(text, Loader=loader))
        self._problems = problems
        self._nodes = self._depth = 0

    def document(self) -> Any:
        """The value of the one document; None if there is none."""
        next(self._events)
        if isinstance(next(self._events), self._yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), "")
        next(self._events)
        end = next(self._events)
        if not isinstance(end, self._yaml.StreamEndEvent):
            raise self._refusal("expected a single document", end)
        return value

    def _value(self, event: Any, path: str) -> Any:
        yaml = self._yaml
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._refusal("anchors and aliases are not allowed", event)
        self._nodes += 1
        if self._nodes > _MAX_NODES or self._depth > _MAX_DEPTH:
            raise self._refusal("too many or too deeply nested values", event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, path, self._problems)
        self._depth += 1
        if isinstance(event, yaml.SequenceStartEvent):
            value, plain = self._sequence(path), "seq"
        else:
            value, plain = self._mapping(path), "map"
        self._depth -= 1
        if event.tag not in (None, "!", f"{_TAG}{plain}"):
            self._problems.append(f"{path or 'file'}: the tag {quoted(event.tag)} is not allowed")
            return None
        return value

    def _sequence(self, path: str) -> Any:
        found: list[Any] = []
        while not isinstance(event := next(self._events), self._yaml.SequenceEndEvent):
            found.append(self._value(event, f"{path}[{len(found)}]"))
        return found

    def _mapping(self, path: str) -> Any:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), self._yaml.MappingEndEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if not isinstance(event, self._yaml.ScalarEvent) or event.anchor:
                self._value(event, path)
                self._value(next(self._events), path)
                self._problems.append(f"{path or 'file'}: a key that is not a word in line {line}")
            elif event.value in found:
                self._value(next(self._events), path)
                self._problems.append(
                    f"{join(path, event.value)}: given twice, again in line {line}"
                )
            else:
                self._nodes += 1
                key = event.value
                found[key] = self._value(next(self._events), join(path, key))
        return found

    def _refusal(self, why: str, event: Any) -> yaml.MarkedYAMLError:
        return self._yaml.MarkedYAMLError(None, None, why, event.start_mark)


def _scalar(event: Any, path: str, problems: list[str]) -> Any:
    text: str = event.value
    if event.tag in (None, "!"):
        kind = "str"
        if event.implicit[0]:
            kind = next((name for name in _CORE if _CORE[name].fullmatch(text)), "str")
    else:
        kind = event.tag.removeprefix(_TAG)
    if kind == "str":
        return text
    if kind not in _CORE or not _CORE[kind].fullmatch(text):
        problems.append(f"{path or 'file'}: {quoted(text)} cannot be a {quoted(event.tag)}")
        return None
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    return text == "true" if kind == "bool" else None


def join(path: str, key: str) -> str:
    """The path of a key inside a section; a key that is not a plain word is quoted."""
    plain = key.replace("-", "").isidentifier() and key.isascii() and len(key) <= 40  # noqa: PLR2004
    shown = key if plain else quoted(key)
    return f"{path}.{shown}" if path else shown
