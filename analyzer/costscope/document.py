"""YAML text to plain values: only what our files need, and nothing that surprises.

Refused: aliases and anchors (a few bytes of them can stand for gigabytes), tags other than
the core ones, keys given twice, several documents, deep nesting, large files. `no`, `on`
and dates stay text; `1e9` is a number, as in YAML 1.2.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from costscope.errors import UsageError
from costscope.units import quoted

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1 << 16  # the longest shipped profile takes a tenth of it
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
    try:
        loader = _loader()(decoded)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise error_type(f"not a YAML {what}: {_where(error)}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        # ValueError: an escape such as "\UFFFFFFFF", which PyYAML does not check.
        reason = " ".join(str(error).split())[:100]
        raise error_type(f"not a YAML {what}: {reason}") from None
    problems: list[str] = []
    return (None if root is None else _value(root, "", problems)), problems


def _where(error: yaml.MarkedYAMLError) -> str:
    line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
    return f"{' '.join(str(error.problem or error.context).split())[:100]}{line}"


@cache
def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's safe loader with the core schema, without anchors, and with limits."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
        _nodes = 0
        _depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._refusal("anchors and aliases are not allowed", event)
            self._nodes += 1
            if self._nodes > _MAX_NODES or self._depth > _MAX_DEPTH:
                raise self._refusal("too many or too deeply nested values", event)
            self._depth += 1
            node = super().compose_node(parent, index)
            self._depth -= 1
            return node

        @staticmethod
        def _refusal(why: str, event: Any) -> yaml.MarkedYAMLError:
            return yaml.MarkedYAMLError(None, None, why, event.start_mark)

    for name, pattern in _CORE.items():
        resolved = re.compile(rf"(?:{pattern.pattern})\Z")
        Loader.add_implicit_resolver(_TAG + name, resolved, None)
    return Loader


def _value(node: Any, path: str, problems: list[str]) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
        return _mapping(node, path, problems)
    if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
        return [_value(item, f"{path}[{i}]", problems) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, path, problems)
    problems.append(f"{path or 'file'}: the tag {quoted(node.tag)} is not allowed")
    return None


def _mapping(node: Any, path: str, problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key, str):
            problems.append(f"{path or 'file'}: a key that is not a word in line {line}")
        elif key in found:
            problems.append(f"{join(path, key)}: given twice, again in line {line}")
        else:
            found[key] = _value(value_node, join(path, key), problems)
    return found


def _scalar(node: Any, path: str, problems: list[str]) -> Any:
    text: str = node.value
    kind = node.tag.removeprefix(_TAG)
    if kind == "str":
        return text
    if kind not in _CORE or not _CORE[kind].fullmatch(text):
        problems.append(f"{path or 'file'}: {quoted(text)} cannot be a {quoted(node.tag)}")
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
