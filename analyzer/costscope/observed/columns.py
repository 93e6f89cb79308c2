"""Which column of a table holds what, by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from costscope.errors import ModelError
from costscope.units import quoted

_UNITS = ("s", "ms", "us", "ns")
_LATENCY, _LOW, _HIGH = "latency", "latency_min", "latency_max"
_PLAIN = ("model", "threads", "dtype", "runtime", "device", "profile")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read.

    Attributes:
        index: place in the row.
        name: as the file writes it.
        unit: of its numbers; "" if each cell must bring one.
    """

    index: int
    name: str
    unit: str = ""


def _known() -> dict[str, tuple[str, str]]:
    """What a column is, and its unit, by its name."""
    found = {name: (name, "") for name in (*_PLAIN, _LATENCY, _LOW, _HIGH)}
    for role in (_LATENCY, _LOW, _HIGH):
        found |= {f"{role}_{unit}": (role, unit) for unit in _UNITS}
    for role in (_LOW, _HIGH):  # written the other way round as often
        found |= {
            f"{_LATENCY}_{unit}_{role.removeprefix(_LATENCY + '_')}": (role, unit)
            for unit in _UNITS
        }
    return found


_KNOWN = _known()


def normal(name: str) -> str:
    """A column's name in small letters and underscores: `Latency [ms]` is `latency_ms`."""
    plain = name.strip().lower().replace("\u00b5", "u").replace("\u03bc", "u")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def looks_like_header(names: Sequence[str]) -> bool:
    """Whether a row names a column for models or for latencies beside another."""
    found = {_KNOWN.get(normal(name), ("", ""))[0] for name in names}
    return len(names) > 1 and bool(found & {"model", _LATENCY})


def columns(names: Sequence[str], row: str) -> dict[str, Column]:
    """The columns to read, by what they hold: `model`, `latency`, `latency_min`, ...

    Raises:
        ModelError: no model, no latency, or two columns for one of them.
    """
    found: dict[str, Column] = {}
    for index, name in enumerate(names):
        role, unit = _KNOWN.get(normal(name), ("", ""))
        if not role:
            continue
        if role in found:
            first = quoted(found[role].name)
            raise ModelError(f"{row}: {first} and {quoted(name)} say the same; remove one of them")
        found[role] = Column(index, " ".join(name.split()), unit)
    for role, example in (("model", "model"), (_LATENCY, "latency_ms")):
        if role not in found:
            shown = ", ".join(quoted(name.strip()) for name in names[:_SHOWN]) or "none"
            raise ModelError(
                f"{row}: no column {example!r}; rename the one that holds it (there are: {shown})"
            )
    return found
