"""Every limit of a configuration, wherever it stands: none is ever passed over.

A configuration is walked to its last leaf. What is understood becomes a limit; what is not
becomes one that cannot be decided, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costscope.document import join
from costscope.errors import UsageError
from costscope.gate.limits import Written, limit, shown, unknown
from costscope.gate.metrics import keys, named
from costscope.gate.types import Budget
from costscope.views.report.names import clean

CONFIDENCES = ("median", "upper")
_SCOPE = ("models", "hardware", "confidence")
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: a file and the path of its key.

    Attributes:
        file: `costscope.toml`, `environment`, `--budget`.
        path: of the key.
    """

    file: str
    path: str = ""

    def at(self, key: str) -> Place:
        """A key of what stands here."""
        return replace(self, path=join(self.path, key))

    def item(self, index: int) -> Place:
        """An item of the list that stands here."""
        return replace(self, path=f"{self.path}[{index}]")

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file


def budgets(value: Any, place: Place) -> Iterator[Written]:
    """The limits of `budget`: of one table, or of a list of them."""
    tables = value if isinstance(value, list) else [value]
    if not tables:
        yield _lost(place, "budget", value, "an empty list limits nothing")
    for index, table in enumerate(tables):
        here = place.item(index) if isinstance(value, list) else place
        if isinstance(table, dict):
            yield from _table(table, here)
        else:
            yield _lost(here, "budget", table, "expected a table of limits")


def strays(values: Mapping[str, Any], known: Sequence[str], place: Place) -> Iterator[Written]:
    """The leaves of keys that a configuration does not have."""
    for key, value in values.items():
        if key not in known:
            why = _misplaced(key) if named(key) else unknown(key, [*known])
            yield from _leaves(key, value, place.at(key), why)


def assignment(text: str, place: Place) -> Written:
    """The limit of a `METRIC=LIMIT`, as `--budget` and the environment have it."""
    key, equals, value = text.partition("=")
    metric, limit_ = _short(key.strip()), _short(value.strip())
    budget = Budget(place=str(place), metric=metric, text=limit_, confidence="")
    if not equals:
        problem = "expected METRIC=LIMIT, as in latency=12 ms"
        return Written(budget=replace(budget, text=_short(text)), problem=problem)
    return _written(budget, key.strip(), value.strip())


def _table(table: Mapping[str, Any], place: Place) -> Iterator[Written]:
    scope, problem = _scope(table)
    limits = {key: value for key, value in table.items() if key not in _SCOPE}
    if not limits:
        why = problem or 'it has no limit; write one, as in latency = "12 ms"'
        yield _lost(place, "budget", table, why)
    for key, value in limits.items():
        here = place.at(key)
        if named(key) is None:
            yield from _leaves(key, value, here, unknown(key, [*_SCOPE, *keys()]), scope)
            continue
        budget = replace(scope, place=str(here), metric=key, text=_short(value))
        yield Written(budget=budget, problem=problem) if problem else _written(budget, key, value)


def _scope(table: Mapping[str, Any]) -> tuple[Budget, str]:
    """What a table's limits are for, and why that cannot be understood."""
    confidence = table.get("confidence", "")
    scope = Budget(place="", metric="", text="", confidence="")
    problems = []
    if "confidence" in table and confidence not in CONFIDENCES:
        problems.append(f"confidence is {shown(confidence)}; choose median or upper")
    else:
        scope = replace(scope, confidence=confidence)
    names = {key: _names(table.get(key, ())) for key in ("models", "hardware")}
    for key, found in names.items():
        if found is None or (key in table and not found):
            problems.append(f"{key} is {shown(table[key])}; expected a list of names")
    scope = replace(scope, models=names["models"] or (), hardware=names["hardware"] or ())
    return scope, "; ".join(problems)


def _names(value: Any) -> tuple[str, ...] | None:
    """A list of names, or the one name; None for anything else."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        return None
    good = all(isinstance(item, str) and item.strip() for item in items)
    return tuple(items) if good else None


def _written(budget: Budget, key: str, value: Any) -> Written:
    try:
        return Written(budget=budget, limit=limit(key, value))
    except UsageError as error:
        return Written(budget=budget, problem=str(error))


def _leaves(
    key: str, value: Any, place: Place, why: str, scope: Budget | None = None
) -> Iterator[Written]:
    """All that stands below a key, each as a limit that cannot be decided."""
    if isinstance(value, dict) and value:
        for inner, below in value.items():
            yield from _leaves(inner, below, place.at(inner), why, scope)
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _leaves(key, below, place.item(index), why, scope)
    else:
        yield _lost(place, key, value, why, scope)


def _lost(place: Place, key: str, value: Any, why: str, scope: Budget | None = None) -> Written:
    budget = scope or Budget(place="", metric="", text="", confidence="")
    budget = replace(budget, place=str(place), metric=_short(key), text=_short(value))
    return Written(budget=budget, problem=why)


def _misplaced(key: str) -> str:
    return f"{key} is a limit in the wrong place; write it under [budget]"


def _short(value: Any) -> str:
    text = clean(value if isinstance(value, str) else _plain(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _plain(value: Any) -> str:
    return shown(value) if isinstance(value, (dict, list)) else str(value)
