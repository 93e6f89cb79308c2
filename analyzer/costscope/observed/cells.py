"""Cells of a table and figures of a log: what they say, or which one to correct."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.errors import ModelError, UsageError
from costscope.observed.precision import dtype_of
from costscope.units import format_latency, parse_time, quoted

SHORTEST_S = 1e-7
LONGEST_S = 3600.0
MOST_THREADS = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands, for messages.

    Attributes:
        row: file and line, such as `times.csv, line 3`.
        column: as the header calls it.
    """

    row: str
    column: str

    def refused(self, why: str) -> ModelError:
        """The mistake in one line."""
        return ModelError(f"{self.row}, column {self.column}: {why}")


def model(text: str, place: Place) -> str:
    """The name of a network, with single spaces.

    Raises:
        ModelError: none, or with signs that no name has.
    """
    name = " ".join(text.split())
    if not name:
        raise place.refused("no model; name the network or remove the row")
    if not name.isprintable():
        raise place.refused(f"{quoted(name)} holds control characters; write a plain name")
    return name


def words(text: str) -> str:
    """Free text on one line, without what cannot be shown."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def latency(text: str, unit: str, place: Place) -> float:
    """Seconds of a cell; `unit` is the column's, "" if each cell must bring its own.

    Raises:
        ModelError: no number, no unit, not above zero, or no latency that a network can have.
    """
    cell = text.strip()
    if not cell:
        raise place.refused("no latency; write one or remove the row")
    try:
        seconds = parse_time(f"{cell} {unit}" if unit and cell[-1] in "0123456789." else cell)
    except UsageError as error:
        hint = "; write decimals with a point" if "," in cell else ""
        raise place.refused(f"{error}{hint}") from None
    return plausible(seconds, place)


def plausible(seconds: float, place: Place) -> float:
    """The same seconds.

    Raises:
        ModelError: no network takes that long or short.
    """
    if SHORTEST_S <= seconds <= LONGEST_S:
        return seconds
    shown = format_latency(seconds)
    raise place.refused(f"{shown} cannot be the latency of a network; is the unit right?")


def optional_latency(text: str, unit: str, place: Place) -> float | None:
    """As `latency`, None for an empty cell."""
    return latency(text, unit, place) if text.strip() else None


def threads(text: str, place: Place) -> int | None:
    """A number of threads, None for an empty cell.

    Raises:
        ModelError: not a whole number from 1.
    """
    cell = text.strip()
    if cell in {"", "-", "?"}:
        return None
    digits = cell.removesuffix(".0")
    if digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MOST_THREADS)):
        count = int(digits)
        if 1 <= count <= MOST_THREADS:
            return count
    raise place.refused(f"{quoted(text)}: expected a number of threads such as 4, or nothing")


def dtype(text: str, place: Place) -> str:
    """The name of a precision, "" for an empty cell.

    Raises:
        ModelError: not a precision.
    """
    name = dtype_of(text)
    if name is None:
        raise place.refused(f"{quoted(text)}: expected fp32, fp16 or int8, or nothing")
    return name


def check_order(low_s: float | None, latency_s: float, high_s: float | None, row: str) -> None:
    """Refuse a fastest run that is slower than the average, and the other way round.

    Raises:
        ModelError: they are not in order.
    """
    if (low_s or latency_s) <= latency_s <= (high_s or latency_s):
        return
    shown = [format_latency(each) for each in (low_s, latency_s, high_s) if each is not None]
    raise ModelError(f"{row}: minimum, latency and maximum are not in order: {', '.join(shown)}")
