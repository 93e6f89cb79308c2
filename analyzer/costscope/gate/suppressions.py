"""Findings to live with, as a configuration lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costscope.errors import UsageError
from costscope.gate.limits import shown, unknown
from costscope.gate.types import Suppression
from costscope.gate.written import Place

_KEYS = ("rule", "nodes", "models", "reason")


def suppressions(value: Any, place: Place) -> Iterator[Suppression]:
    """The suppressions of `[[suppress]]`.

    Raises:
        UsageError: one cannot be understood, or does not say why.
    """
    tables = value if isinstance(value, list) else [value]
    for index, table in enumerate(tables):
        here = place.item(index)
        if not isinstance(table, dict):
            raise UsageError(f"{here}: expected a table with rule and reason, got {shown(table)}")
        for key in table:
            if key not in _KEYS:
                raise UsageError(f"{here.at(key)}: {unknown(key, [*_KEYS])}")
        yield Suppression(
            place=str(here),
            rule=_text(table, "rule", here),
            nodes=_text(table, "nodes", here, default="*"),
            models=_texts(table, "models", here),
            reason=_text(table, "reason", here),
        )


def _text(table: dict[str, Any], key: str, place: Place, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        missing = key not in table
        why = f'missing; say why it is one to live with, as in {key} = "measured: no gain"'
        if not missing or key != "reason":
            why = "missing" if missing else f"expected a text, got {shown(value)}"
        raise UsageError(f"{place.at(key)}: {why}")
    return value.strip()


def _texts(table: dict[str, Any], key: str, place: Place) -> tuple[str, ...]:
    value = table.get(key, [])
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(e, str) and e.strip() for e in items):
        raise UsageError(f"{place.at(key)}: expected a list of globs, got {shown(value)}")
    return tuple(items)
