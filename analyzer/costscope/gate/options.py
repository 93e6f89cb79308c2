"""What a check can be told beside its limits, from every layer: one row an option.

The first layer that has an option decides it: flags, environment, project, user. A value that
cannot be understood is refused: no option falls back to its default unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from costscope.errors import UsageError
from costscope.gate.limits import Written, shown
from costscope.gate.types import Suppression
from costscope.gate.written import CONFIDENCES, Place
from costscope.hardware.section import suggestion

MEDIAN, FAIL = "median", "fail"
_UNDECIDED = (FAIL, "warn")
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The value of an option, with where it stands.

    Attributes:
        value: as read.
        place: where.
        folder: that relative paths in it start from.
    """

    value: Any
    place: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """All that one file, the environment or the command line says.

    Attributes:
        name: for messages.
        options: by name.
        written: limits.
        suppressions: findings to live with.
    """

    name: str
    options: Mapping[str, Given] = field(default_factory=dict)
    written: tuple[Written, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


def option(name: str, value: Any, place: Place, folder: Path) -> Given:
    """The value of an option as it stands in one place.

    Raises:
        UsageError: it is not a value of that option.
    """
    return Given(value=OPTIONS[name](value, str(place)), place=str(place), folder=folder)


def chosen(layers: Sequence[Layer], name: str, default: Any = None) -> Any:
    """The value of an option in the first layer that has it."""
    found = given(layers, name)
    return default if found is None else found.value


def given(layers: Sequence[Layer], name: str) -> Given | None:
    """An option as the first layer has it that does; None where none does."""
    return next((layer.options[name] for layer in layers if name in layer.options), None)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise UsageError(f"{where}: expected a text, got {shown(value)}")
    return value.strip()


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)) or not value:
        raise UsageError(f"{where}: expected a list of names, got {shown(value)}")
    return tuple(_text(item, where) for item in value)


def _paths(value: Any, where: str) -> tuple[str, ...]:
    """A list of paths or globs; a single text is one of them, commas and all."""
    return _texts([value] if isinstance(value, str) else value, where)


def _choice(*choices: str) -> Callable[[Any, str], str]:
    def read(value: Any, where: str) -> str:
        text = _text(value, where)
        if text not in choices:
            meant = suggestion(text, choices)
            raise UsageError(f"{where}: unknown {shown(text)}{meant}; {' or '.join(choices)}")
        return text

    return read


def _whole(least: int) -> Callable[[Any, str], int]:
    def read(value: Any, where: str) -> int:
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 19:  # noqa: PLR2004
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UsageError(f"{where}: expected a whole number from {least}, got {shown(value)}")
        return value

    return read


def _sizes(value: Any, where: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: expected sizes like {{ batch = 1 }}, got {shown(value)}")
    return {key: _whole(1)(size, f"{where}.{key}") for key, size in sorted(value.items())}


def _shapes(value: Any, where: str) -> dict[str, tuple[int, ...]]:
    if not isinstance(value, dict):
        raise UsageError(
            f'{where}: expected shapes like {{ image = "1x3x224x224" }}, got {shown(value)}'
        )
    return {key: _shape(shape, f"{where}.{key}") for key, shape in sorted(value.items())}


def _shape(value: Any, where: str) -> tuple[int, ...]:
    sizes = value.split("x") if isinstance(value, str) else value
    if not isinstance(sizes, (list, tuple)):
        raise UsageError(f"{where}: expected a shape like '1x3x224x224', got {shown(value)}")
    return tuple(_whole(0)(size, where) for size in sizes)


OPTIONS: Mapping[str, Callable[[Any, str], Any]] = {
    "models": _paths,
    "hardware": _texts,
    "as_dtype": _text,
    "runtime": _text,
    "threads": _whole(1),
    "time_model": _choice("additive", "roofline", "calibrated"),
    "dims": _sizes,
    "input_shapes": _shapes,
    "trip_count": _whole(0),
    "confidence": _choice(*CONFIDENCES),
    "on_undecided": _choice(*_UNDECIDED),
    "baseline": _text,
    "select": _texts,
    "ignore": _texts,
}
