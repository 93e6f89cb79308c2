"""JSON of other people's tools: values of a text, or one line that says what is wrong."""

from __future__ import annotations

import json
import math
from typing import Any

from costscope.errors import ModelError

_MILLIS_PER_S = 1e3  # divided by, not multiplied with: 240 us are 0.00024 s to the last bit
_MICROS_PER_S = 1e6


def parse(text: str, origin: str, expected: str) -> Any:
    """The value of a JSON text.

    Args:
        text: of the file.
        origin: the file, for messages.
        expected: what the file should be, for messages.

    Raises:
        ModelError: not JSON; it says so if the file ends in the middle.
    """
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) - 1
        why = "it ends in the middle; was the run interrupted?" if cut else f"expected {expected}"
        raise ModelError(f"{origin}, line {error.lineno}: not JSON: {why}") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{origin}: not JSON: expected {expected}") from None


def records(text: str, origin: str, expected: str) -> list[dict[str, Any]]:
    """The objects of a JSON list.

    Raises:
        ModelError: not JSON, or not a list of objects.
    """
    found = parse(text, origin, expected)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ModelError(f"{origin}: expected {expected}")
    return found


def number(value: Any) -> float | None:
    """A finite number of at least zero, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def seconds_of_millis(value: Any) -> float | None:
    """Seconds of a number of milliseconds, None if it is not a time."""
    found = number(value)
    return None if found is None else found / _MILLIS_PER_S


def seconds_of_micros(value: Any) -> float | None:
    """Seconds of a number of microseconds, None if it is not a time."""
    found = number(value)
    return None if found is None else found / _MICROS_PER_S
