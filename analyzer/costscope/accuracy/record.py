"""An `Accuracy` as plain values for JSON, and back."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from costscope.accuracy.types import Accuracy
from costscope.errors import CostscopeError

SCHEMA_VERSION = "1.0"
_DIGITS = 6  # more than a clock can tell

T = TypeVar("T")


def to_record(accuracy: Accuracy) -> dict[str, Any]:
    """Plain values: seconds and shares with six significant digits."""
    record: dict[str, Any] = _plain(asdict(accuracy))
    return {"schema_version": SCHEMA_VERSION, **record}


def from_record(record: object) -> Accuracy:
    """What `to_record` made; keys that it does not know are passed over.

    Raises:
        CostscopeError: another schema version, or values of another form.
    """
    if not isinstance(record, Mapping) or record.get("schema_version") != SCHEMA_VERSION:
        raise CostscopeError(f"not an accuracy record of schema version {SCHEMA_VERSION}")
    return _read(Accuracy, record, "record")


def plain(value: Any) -> Any:
    """A dataclass as plain values, its numbers rounded as in `to_record`."""
    return _plain(asdict(value))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _read(kind: type[T], record: Mapping[str, Any], where: str) -> T:
    """A frozen value of a class from the values of its fields."""
    hints = get_type_hints(kind)
    values = {
        each.name: _value(hints[each.name], record[each.name], f"{where}.{each.name}")
        for each in fields(kind)  # type: ignore[arg-type]  # every kind here is a dataclass
        if each.name in record
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise CostscopeError(f"{where}: {error}") from None


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return None
        hint = next(each for each in get_args(hint) if each is not types.NoneType)
    if is_dataclass(hint) and isinstance(value, Mapping):
        return _read(hint, value, where)  # type: ignore[arg-type]
    if get_origin(hint) is tuple and isinstance(value, Sequence) and not isinstance(value, str):
        inner = get_args(hint)[0]
        return tuple(_value(inner, each, f"{where}[{i}]") for i, each in enumerate(value))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(hint, type) or not isinstance(value, hint):
        raise CostscopeError(f"{where}: {str(value)[:40]!r} is not what stands there")
    return value
