"""Arguments with a form of their own: `N=4`, `x=1x3x224x224`."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.errors import UsageError
from costscope.units import parse_time


def dims(given: Sequence[str]) -> dict[str, int]:
    """Sizes by symbol, from `--dim SYMBOL=SIZE`.

    Raises:
        UsageError: another form, or one symbol with two sizes.
    """
    sizes: dict[str, int] = {}
    for text in given:
        symbol, _, size = text.rpartition("=")
        if not symbol:
            raise UsageError(f"--dim {text}: expected SYMBOL=SIZE, as in --dim batch=4")
        if sizes.setdefault(symbol, _size("--dim", text, size)) != int(size):
            raise UsageError(f"--dim {symbol}: given twice, with different sizes")
    return sizes


def shapes(given: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Shapes by input, from `--input-shape INPUT=1x3x224x224`.

    Raises:
        UsageError: another form, or one input given twice.
    """
    found: dict[str, tuple[int, ...]] = {}
    for text in given:
        name, _, shape = text.rpartition("=")
        if not name:
            raise UsageError(
                f"--input-shape {text}: expected INPUT=SHAPE, as in --input-shape x=1x3x224x224"
            )
        if name in found:
            raise UsageError(f"--input-shape {name}: given twice")
        sizes = [part for part in shape.replace(",", "x").split("x") if part]
        found[name] = tuple(_size("--input-shape", text, size) for size in sizes)
    return found


def time_limit_s(given: str) -> float:
    """Seconds, from `--time-limit '5 s'`.

    Raises:
        UsageError: another form.
    """
    try:
        return parse_time(given)
    except UsageError as error:
        raise UsageError(f"--time-limit {error}") from None


def _size(flag: str, text: str, size: str) -> int:
    if not size.isdecimal() or len(size) > 18:  # noqa: PLR2004 - fits 64 bits
        raise UsageError(f"{flag} {text}: {size!r} is not a size; give a whole number")
    return int(size)
