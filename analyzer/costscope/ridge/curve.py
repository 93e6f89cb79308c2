"""The time of a network as a function of the ridge point: straight pieces, each exact.

An operation takes its MACs up to the ridge point of its own intensity, and its bytes times
the ridge point from there on. So the time of a network is a chain of straight lines that
bends upwards at every operation's intensity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from costscope.ridge.types import Operation


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight line: `macs + moved_bytes * ridge point`, in MAC equivalents.

    Attributes:
        start_macs_per_byte: the ridge point from which it holds, up to the next piece.
        macs: of the operations bound by arithmetic.
        moved_bytes: of those bound by memory.
    """

    start_macs_per_byte: Fraction
    macs: int
    moved_bytes: int


Curve = tuple[Piece, ...]


def curve_of(operations: Sequence[Operation]) -> Curve:
    """The time of operations one after the other, from a ridge point of zero on."""
    bends: dict[Fraction, list[Operation]] = {Fraction(0): []}
    for each in operations:
        if each.moved_bytes:
            bends.setdefault(Fraction(each.macs, each.moved_bytes), []).append(each)
    macs, moved = sum(each.macs for each in operations), 0
    pieces = []
    for start, turning in sorted(bends.items()):
        macs -= sum(each.macs for each in turning)
        moved += sum(each.moved_bytes for each in turning)
        pieces.append(Piece(start, macs, moved))
    return tuple(pieces)


def time_at(curve: Curve, ridge_macs_per_byte: Fraction) -> Fraction:
    """Time in MAC equivalents at a ridge point, zero or more."""
    after = bisect_right(curve, ridge_macs_per_byte, key=lambda piece: piece.start_macs_per_byte)
    piece = curve[after - 1]
    return piece.macs + piece.moved_bytes * ridge_macs_per_byte


def bends_between(curve: Curve, low: Fraction, high: Fraction) -> set[Fraction]:
    """Ridge points strictly between two others where the curve bends."""
    return {piece.start_macs_per_byte for piece in curve if low < piece.start_macs_per_byte < high}
