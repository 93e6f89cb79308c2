"""A sweep: networks at chosen ridge points, and where they cross in between."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from costscope.errors import UsageError
from costscope.ridge.crossing import crossings
from costscope.ridge.curve import Curve, curve_of, time_at
from costscope.ridge.types import Network, OpClass, Operation, Row, Sweep

# Round ones, and those that the MobileNetV4 paper fitted to the Pixel 6 and Galaxy S23 CPUs
# (31.2, 39.7), the Pixel 4 DSP (347.3) and the Pixel 8 EdgeTPU (433.8); arXiv 2404.10518v2.
POINTS = tuple(map(Fraction, ("0", "5", "31.2", "39.7", "50", "100", "347.3", "433.8", "500")))
LOW, HIGH = Fraction(0), Fraction(500)
SHOWN = (Fraction(5), Fraction(500))  # Fig. 3: a slow CPU and an accelerator


def check_range(low: Fraction, high: Fraction) -> None:
    """Refuse a range that cannot be swept.

    Raises:
        UsageError: it is empty, or begins below zero.
    """
    if not 0 <= low < high:
        raise UsageError(
            f"a sweep from {float(low):g} to {float(high):g} MACs/byte: it must begin at 0 or "
            "more and end above that"
        )


def sweep(
    networks: Sequence[Network],
    *,
    dtype: str,
    low: Fraction = LOW,
    high: Fraction = HIGH,
    points: Sequence[Fraction] | None = None,
    shown: Sequence[Fraction] | None = None,
) -> Sweep:
    """The sweep of networks from one ridge point to another, in MACs/byte.

    Args:
        networks: one at least, each with MACs.
        dtype: element type they were costed in.
        low: first ridge point.
        high: last ridge point.
        points: of the rows; both ends and those of `POINTS` in between if None.
        shown: where operations are looked at; those of `SHOWN` in the range, else its ends.

    Raises:
        UsageError: an empty range, or one that begins below zero.
    """
    check_range(low, high)
    curves = [curve_of(each.operations) for each in networks]
    inside = {low, high} | {each for each in POINTS if low < each < high}
    bars = [each for each in SHOWN if low <= each <= high] or [low, high]
    return Sweep(
        networks=tuple(networks),
        dtype=dtype,
        low_macs_per_byte=low,
        high_macs_per_byte=high,
        rows=_rows(networks, curves, inside if points is None else points),
        crossings=crossings(curves, low, high),
        shown=_rows(networks, curves, bars if shown is None else shown),
    )


def shares(
    operations: Sequence[Operation], ridge_macs_per_byte: Fraction
) -> dict[OpClass, Fraction]:
    """The part of each class in the time of all; they add up to one exactly."""
    times: dict[OpClass, Fraction] = {}
    for each in operations:
        time = each.time_macs(ridge_macs_per_byte)
        times[each.op_class] = times.get(each.op_class, Fraction(0)) + time
    total = sum(times.values(), Fraction(0))
    return {each: times[each] / total for each in OpClass if each in times}


def _rows(
    networks: Sequence[Network], curves: Sequence[Curve], ridges: Sequence[Fraction] | set[Fraction]
) -> tuple[Row, ...]:
    found = []
    for ridge in sorted(set(ridges)):
        times = [time_at(curve, ridge) for curve in curves]
        rows = [_row(networks, times, ridge, number) for number in range(len(times))]
        found += sorted(rows, key=lambda row: row.rank)
    return tuple(found)


def _row(
    networks: Sequence[Network], times: Sequence[Fraction], ridge: Fraction, number: int
) -> Row:
    time, operations = times[number], networks[number].operations
    return Row(
        network=number,
        ridge_macs_per_byte=ridge,
        time_macs=time,
        to_best_ratio=time / min(times),
        rank=1 + sum(other < time for other in times),
        memory_bound=sum(each.memory_bound(ridge) for each in operations),
        share_ratios=shares(operations, ridge),
    )
