"""Quantities with units, as people write and read them.

The one place with a power of ten or of two: everything else works in base SI units and
hands numbers here to be read or shown. SI prefixes are powers of ten (GB = 1e9 bytes), the
binary ones powers of two (MiB = 2**20 bytes).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from costscope.errors import UsageError

_SI = {
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
}
_BINARY = {
    "": Decimal(1),
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
}
_SMALL = {
    "n": Decimal(10) ** -9,
    "u": Decimal(10) ** -6,
    "m": Decimal(10) ** -3,
    "": Decimal(1),
}
_MICRO_SIGNS = "\u00b5\u03bc"  # the micro sign and the Greek letter look the same
_MACS_TO_FLOPS = 2


@dataclass(frozen=True, slots=True)
class _Dimension:
    """What a text may be: the units of one dimension, each with its factor."""

    expected: str
    units: Mapping[str, Decimal]
    hints: Mapping[str, str]


def _prefixed(prefixes: Mapping[str, Decimal], unit: str, factor: int = 1) -> dict[str, Decimal]:
    return {prefix + unit: power * factor for prefix, power in prefixes.items()}


_BYTES = _Dimension(
    "bytes like '512 KiB' or '8 GB'",
    _prefixed(_SI, "B") | _prefixed(_BINARY, "B"),
    {"KB": "write kB (1000 bytes) or KiB (1024 bytes)"},
)
_BANDWIDTH = _Dimension(
    "bytes per second like '25.6 GB/s'",
    _prefixed(_SI, "B/s") | _prefixed(_BINARY, "B/s"),
    {"KB/s": "write kB/s (1000 bytes) or KiB/s (1024 bytes)"},
)
_COMPUTE = _Dimension(
    "operations per second like '48 GFLOP/s', '96 GOP/s' or '512 GMAC/s'",
    _prefixed(_SI, "FLOP/s")
    | _prefixed(_SI, "OP/s")
    | _prefixed(_SI, "MAC/s", factor=_MACS_TO_FLOPS),
    {},
)
_TINY = {"p": Decimal(10) ** -12, **_SMALL}  # written in profiles: seconds per operation
_TIME = _Dimension("a time like '6 us' or '1.5 ms'", _prefixed(_TINY, "s"), {})
_COUNT = _Dimension("a whole number like 80 or '300 M'", _SI, {"K": "write k for a thousand"})
_PERCENT = _Dimension("a percentage like '5 %'", {"%": Decimal(1) / 100}, {})

_QUANTITY = re.compile(r"([+-]?)((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?) *(\S*)")
_NOT_FINITE = re.compile(r"[+-]?\.?(nan|inf|infinity)\b.*", re.IGNORECASE)
_LONGEST = 40
_AGREED = 9  # digits that the order of a sum does not change
_PLAIN = 6  # powers of ten that are written out


def parse_bytes(text: str | float) -> int:
    """Whole bytes of a text such as `512 KiB` or `8 GB`.

    Raises:
        UsageError: no unit, another dimension, or not a finite number above zero.
    """
    size = int(_parse(text, _BYTES))
    if size == 0:
        raise _refused(text, "less than one byte", _BYTES)
    return size


def parse_bandwidth(text: str | float) -> float:
    """Bytes per second of a text such as `25.6 GB/s`.

    Raises:
        UsageError: as `parse_bytes`.
    """
    return float(_parse(text, _BANDWIDTH))


def parse_compute(text: str | float) -> float:
    """Operations per second of a text such as `96 GOP/s`; a MAC is two operations.

    Raises:
        UsageError: as `parse_bytes`.
    """
    return float(_parse(text, _COMPUTE))


def parse_time(text: str | float) -> float:
    """Seconds of a text such as `6 us`.

    Raises:
        UsageError: as `parse_bytes`.
    """
    return float(_parse(text, _TIME))


def parse_time_from_zero(text: str | float) -> float:
    """Seconds of a text such as `6 us` or `0 s`.

    Raises:
        UsageError: as `parse_bytes`, but zero is allowed.
    """
    return 0.0 if str(text).strip() == "0 s" else parse_time(text)


def parse_bytes_from_zero(text: str | float) -> int:
    """Whole bytes of a text such as `512 KiB` or `0 B`.

    Raises:
        UsageError: as `parse_bytes`, but zero is allowed.
    """
    return int(_parse(text, _BYTES, zero=True))


def parse_count(text: str | float) -> int:
    """The whole number of a text such as `300 M`, `65` or `0`.

    Raises:
        UsageError: a unit, or not a whole finite number from zero.
    """
    number = _parse(text, _COUNT, zero=True)
    if number != int(number):
        raise _refused(text, "not a whole number", _COUNT)
    return int(number)


def parse_percent(text: str) -> float:
    """The share of a text such as `5 %` or `+5 %`: 0.05.

    Raises:
        UsageError: no `%`, or not a finite number from zero.
    """
    return float(_parse(text, _PERCENT, zero=True))


def _parse(given: str | float, dimension: _Dimension, *, zero: bool = False) -> Decimal:
    text = str(given).strip()
    for sign in _MICRO_SIGNS:
        text = text.replace(sign, "u")
    if _NOT_FINITE.fullmatch(text):
        raise _refused(given, "not a finite number", dimension)
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise _refused(given, "not a number with a unit", dimension)
    sign, number, unit = match.groups()
    if not unit and "" not in dimension.units:
        raise _refused(given, "a number without a unit", dimension)
    if unit not in dimension.units:
        reason = dimension.hints.get(unit, f"not a unit here: {unit!r}")
        raise _refused(given, reason, dimension)
    value = Decimal(number) * dimension.units[unit]
    if zero and sign == "-":
        raise _refused(given, "below zero", dimension)
    if sign == "-" or (float(value) == 0 and not zero):
        raise _refused(given, "not above zero", dimension)
    if math.isinf(float(value)):
        raise _refused(given, "not a finite number", dimension)
    return value


def _refused(given: object, reason: str, dimension: _Dimension) -> UsageError:
    return UsageError(f"{quoted(given)}: {reason}, expected {dimension.expected}")


def quoted(given: object) -> str:
    """What a user wrote, fit for one line of a message: short, with control signs escaped."""
    text = str(given)
    return repr(given) if len(text) <= _LONGEST else repr(f"{text[:_LONGEST]}...")


def rounded(value: float | None) -> float | None:
    """A number with the nine digits that every computer agrees on; whole ones keep all.

    None stays None, and what is not finite stays so.
    """
    if value is None or isinstance(value, int) or not math.isfinite(value):
        return value
    return float(f"{value:.{_AGREED - 1}e}")


def format_latency(seconds: float) -> str:
    """A time such as `12.3 ms`: three significant digits, from ns to s."""
    return _scaled(seconds, _SMALL, "s")


def format_bytes(size: float) -> str:
    """A size such as `1.34 MiB`; whole bytes below one KiB."""
    return _scaled(size, _BINARY, "B")


def format_count(number: float) -> str:
    """A count such as `300.8 M`: four significant digits; exact below a thousand."""
    return _scaled(number, _SI, "", digits=4).rstrip()


def format_bandwidth(bytes_per_s: float) -> str:
    """A bandwidth such as `51.2 GB/s`: up to four significant digits, as data sheets give."""
    return _scaled(bytes_per_s, _SI, "B/s", digits=4, zeros=False)


def format_compute(ops_per_s: float, unit: str = "FLOP/s") -> str:
    """An arithmetic rate such as `89.6 GFLOP/s`; `unit` may be `OP/s` for integers."""
    return _scaled(ops_per_s, _SI, unit, digits=4, zeros=False)


def format_interval(seconds: float, low_s: float, high_s: float) -> str:
    """A time with its interval in the same unit, such as `12.3 ms (10.9-14.0)`."""
    shown = format_latency(seconds)
    return f"{shown} ({format_range(seconds, low_s, high_s)})"


def format_range(seconds: float, low_s: float, high_s: float) -> str:
    """The ends of an interval, such as `10.9-14.0`, in the unit and digits of `seconds`."""
    unit = format_latency(seconds).split(" ")[1]
    power = float(_SMALL[unit.removesuffix("s")])
    places = 0 if seconds <= 0 else max(0, 2 - math.floor(math.log10(seconds / power)))
    return "-".join(f"{end / power:.{places}f}" for end in (low_s, high_s))


def write_time(seconds: float) -> str:
    """A time as a profile holds it: `parse_time` gives back the very same number."""
    return _exact(seconds, _TINY, "s")


def write_bandwidth(bytes_per_s: float) -> str:
    """A bandwidth that `parse_bandwidth` gives back exactly."""
    return _exact(bytes_per_s, _SI, "B/s")


def write_compute(ops_per_s: float, unit: str = "FLOP/s") -> str:
    """An arithmetic rate that `parse_compute` gives back exactly; `unit` may be `OP/s`."""
    return _exact(ops_per_s, _SI, unit)


def write_bytes(size: int) -> str:
    """A size that `parse_bytes` gives back exactly, in the unit that makes it shortest."""
    units = {**_SI, **_BINARY}
    whole = [f"{size // int(n)} {u}B" for u, n in units.items() if size % int(n) == 0]
    return min(whole, key=lambda text: len(text.split(" ")[0]))


def _exact(value: float, prefixes: Mapping[str, Decimal], unit: str) -> str:
    """All digits of a number, in the largest unit that leaves at least 1 before the point."""
    number = Decimal(repr(float(value)))
    if number == 0:
        return f"0 {unit}"
    ordered = sorted(prefixes.items(), key=lambda item: item[1])
    prefix, power = next(((p, n) for p, n in reversed(ordered) if number >= n), ordered[0])
    scaled = (number / power).normalize()
    plain = -_PLAIN <= scaled.adjusted() <= _PLAIN
    return f"{format(scaled, 'f') if plain else scaled} {prefix}{unit}"


def format_percent(ratio: float) -> str:
    """A share such as `12.3 %`."""
    return f"{_digits(ratio * 100)} %"


def format_intensity(value: float, unit: str = "FLOP/byte") -> str:
    """An intensity or ridge point such as `12.3 FLOP/byte`."""
    return f"{_digits(value)} {unit}"


def _scaled(
    value: float,
    prefixes: Mapping[str, Decimal],
    unit: str,
    *,
    digits: int = 3,
    zeros: bool = True,
) -> str:
    """The value in the largest unit that leaves at least 1 before the point.

    `zeros` keeps those at the end, which say how exact the number is.
    """
    if value == 0 or not math.isfinite(value):
        return f"{_digits(value)} {unit}"
    full = 1 - 0.5 * 10.0**-digits  # what rounds to one is one: 999.96 ms are 1.00 s
    shown = ""
    for prefix, power in sorted(prefixes.items(), key=lambda item: item[1]):
        if shown and abs(value) < float(power) * full:
            break
        number = _digits(value / float(power), digits)
        if not zeros and "." in number and "e" not in number:
            number = number.rstrip("0").rstrip(".")
        shown = f"{number} {prefix}{unit}"
    return shown


def _digits(value: float, digits: int = 3) -> str:
    """A number with so many significant digits; whole numbers below 1000 as they are.

    Never zero for what is not: tiny numbers take an exponent.
    """
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size == int(size) and size < 10**3:
        return str(int(value))
    if size < 10**-4 or size >= 10**7:
        return f"{value:.{digits - 1}e}"
    magnitude = math.floor(math.log10(float(f"{size:.{digits - 1}e}")))
    return f"{value:.{max(digits - 1 - magnitude, 0)}f}"
