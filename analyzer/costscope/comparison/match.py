"""Kernels of two networks, matched: by name where names say a place, and by structure.

One alignment in the order of execution, of the greatest worth: kernels that are the same count
most, then those of one name, then those of one kind in one block or on one shape. So a renamed
export matches completely, and a block that was swapped is all that is left over. What order
alone kept apart (branches that another exporter writes in another order) is matched after.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from costscope.comparison.signature import Signature, signature
from costscope.kernels.types import Kernel

# What a pair is worth. A kernel that is the same outweighs one of the same name that differs,
# else a block put into a numbered list would change all blocks after it; a name more of those
# that are the same tells repeated blocks apart.
_SAME, _SAME_NAME = 1000, 10
_NAMED = 600
_IN_BLOCK = 200
_LIKE = 60  # for each: operators, shapes written, shapes read, weights
_OTHER_KIND = 50  # a layer of another kind in the place of one, by its shapes
_MOST_CELLS = 9_000_000  # of the table of one alignment

_Codes = npt.NDArray[np.int32]
_Truths = npt.NDArray[np.bool_]
_Span = tuple[int, int]
_BLOCK, _OTHER, _NAME = np.int32(_IN_BLOCK), np.int32(_OTHER_KIND), np.int32(_NAMED)


@dataclass(frozen=True, slots=True)
class Match:
    """Places of a kernel in both networks, from 0; None where it is missing."""

    base: int | None
    head: int | None
    same: bool = False


def match(base: Sequence[Kernel], head: Sequence[Kernel]) -> tuple[Match, ...]:
    """Every kernel of both networks once, in the order of execution.

    Takes time and memory in proportion to the product of what differs, up to a limit; beyond
    it only names and equal kernels are matched.
    """
    table = _Table([signature(kernel) for kernel in base], [signature(kernel) for kernel in head])
    pairs = dict(_aligned(table))
    _complete(table, pairs)
    return _in_order(table, pairs)


class _Table:
    """Keys of both networks as numbers: equal numbers for equal keys."""

    def __init__(self, base: Sequence[Signature], head: Sequence[Signature]) -> None:
        self.sides = (base, head)
        self.exact = self._codes(lambda each: each.exact)
        self.name = self._codes(lambda each: each.name)
        self.output = self._codes(lambda each: each.output)
        self.block = self._codes(lambda each: each.block)
        self.kind = self._codes(lambda each: each.kind)
        self.ops = self._codes(lambda each: each.ops)
        self.sizes = self._codes(lambda each: each.sizes)
        self.writes = self._codes(lambda each: each.writes)
        self.reads = self._codes(lambda each: each.reads)
        self.weights = self._codes(lambda each: each.weights)
        self.weighted = tuple(np.array([s.weighted for s in side], bool) for side in self.sides)

    def _codes(self, key: Callable[[Signature], Hashable | None]) -> tuple[_Codes, _Codes]:
        """A number for each kernel; what has no key is equal to nothing."""
        known: dict[Hashable, int] = {}
        found: list[_Codes] = []
        for none, side in zip((-1, -2), self.sides, strict=True):
            keys = [key(each) for each in side]
            codes = [none if k is None else known.setdefault(k, len(known)) for k in keys]
            found.append(np.array(codes, np.int32))
        return found[0], found[1]

    def worth(self, i: int, heads: slice) -> _Codes:
        """What it is worth to match a kernel of the base with kernels of the head; 0: never."""

        def equal(codes: tuple[_Codes, _Codes]) -> _Truths:
            return np.asarray(codes[1][heads] == codes[0][i])

        kind, writes, sizes = equal(self.kind), equal(self.writes), equal(self.sizes)
        reads, weights, in_block = equal(self.reads), equal(self.weights), equal(self.block)
        named = equal(self.name) | (equal(self.output) & kind)
        alike = equal(self.ops).astype(np.int32)
        for each in (writes, reads, weights):
            alike += each
        alike *= _LIKE
        alike += in_block * _BLOCK
        alike += _OTHER_KIND
        alike *= kind & (in_block | writes | sizes | weights)
        instead = reads & writes
        if self.weighted[0][i]:  # a layer
            instead |= self.weighted[1][heads] & (writes | (in_block & sizes))
        np.maximum(alike, instead * _OTHER, out=alike)
        alike += named * _NAME
        exact = equal(self.exact)
        if exact.any():
            alike[exact] = _SAME + _SAME_NAME * named[exact]
        return alike


def _aligned(table: _Table) -> list[tuple[int, int]]:
    """Pairs in order, of the greatest worth together."""
    first, last = _trimmed(table)
    found = [(place, place) for place in range(first[0])]
    found += zip(
        range(last[0], len(table.exact[0])), range(last[1], len(table.exact[1])), strict=True
    )
    whole = [((first[0], last[0]), (first[1], last[1]))]
    for base, head in whole if _fits(*whole[0]) else _gaps(table, *whole[0], found):
        if _fits(base, head):
            found += _best(table, base, head)
    return found


def _fits(base: _Span, head: _Span) -> bool:
    return (base[1] - base[0]) * (head[1] - head[0]) <= _MOST_CELLS


def _trimmed(table: _Table) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where both networks begin and cease to differ, in what they are and are called."""
    sides = [
        list(zip(exact.tolist(), name.tolist(), strict=True))
        for exact, name in zip(table.exact, table.name, strict=True)
    ]
    # A name that only counts is no hindrance where the other side's only counts too.
    base, head = ([(key, max(name, -1)) for key, name in side] for side in sides)
    least = min(len(base), len(head))
    before = next((i for i in range(least) if base[i] != head[i]), least)
    after = next((i for i in range(least - before) if base[-1 - i] != head[-1 - i]), least - before)
    return (before, before), (len(base) - after, len(head) - after)


def _gaps(
    table: _Table, base: _Span, head: _Span, found: list[tuple[int, int]]
) -> list[tuple[_Span, _Span]]:
    """What lies between kernels that each network has only once, which are added to `found`."""
    places: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, span in enumerate((base, head)):
        for place in range(*span):
            key = (int(table.exact[side][place]), int(table.name[side][place]))
            places[key][side].append(place)
    once = sorted((b[0], h[0]) for b, h in places.values() if len(b) == 1 and len(h) == 1)
    anchors = _rising(once)
    found += anchors
    starts = [(base[0], head[0]), *((b + 1, h + 1) for b, h in anchors)]
    ends = [*anchors, (base[1], head[1])]
    return [((s[0], e[0]), (s[1], e[1])) for s, e in zip(starts, ends, strict=True)]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs whose second places rise, as the first ones do."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for place, (_, head) in enumerate(pairs):
        length = bisect_left(tails, head)
        before.append(ends[length - 1] if length else None)
        tails[length : length + 1] = [head]
        ends[length : length + 1] = [place]
    found: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append(pairs[last])
        last = before[last]
    return found[::-1]


def _best(table: _Table, base: _Span, head: _Span) -> list[tuple[int, int]]:
    """Pairs of two stretches, in order and of the greatest worth together."""
    rows, columns = base[1] - base[0], head[1] - head[0]
    best = np.zeros((rows + 1, columns + 1), np.int32)
    for row in range(rows):
        worth = table.worth(base[0] + row, slice(*head))
        worth += best[row, :-1]
        np.maximum(best[row, 1:], worth, out=best[row + 1, 1:])
        # A head's kernel may be left out, so worth never falls along a row.
        np.maximum.accumulate(best[row + 1], out=best[row + 1])
    found: list[tuple[int, int]] = []
    while rows and columns:
        i, j = base[0] + rows - 1, head[0] + columns - 1
        one = int(table.worth(i, slice(j, j + 1))[0])
        if one and best[rows, columns] == best[rows - 1, columns - 1] + one:
            found.append((i, j))
            rows, columns = rows - 1, columns - 1
        elif best[rows, columns] == best[rows - 1, columns]:
            rows -= 1
        else:
            columns -= 1
    return found


def _complete(table: _Table, pairs: dict[int, int]) -> None:
    """Match what is left over in any order: by name, then where kernels are the same."""
    for codes in (table.name, table.exact):
        taken = set(pairs.values())
        waiting: dict[int, deque[int]] = defaultdict(deque)
        for j, code in enumerate(codes[1].tolist()):
            if j not in taken:
                waiting[code].append(j)
        for i, code in enumerate(codes[0].tolist()):
            if i not in pairs and waiting.get(code):
                pairs[i] = waiting[code].popleft()


def _in_order(table: _Table, pairs: dict[int, int]) -> tuple[Match, ...]:
    """All kernels as the head runs them; what it lacks stands behind what it followed."""
    found: list[tuple[tuple[int, int, int], Match]] = []
    place = -1
    for i in range(len(table.exact[0])):
        j = pairs.get(i)
        if j is None:
            found.append(((place, 1, i), Match(i, None)))
            continue
        place = j
        same = bool(table.exact[0][i] == table.exact[1][j])
        found.append(((j, 0, i), Match(i, j, same)))
    found += (((j, 0, 0), Match(None, j)) for j in _missing(len(table.exact[1]), pairs.values()))
    return tuple(each for _, each in sorted(found, key=lambda item: item[0]))


def _missing(count: int, taken: Iterable[int]) -> list[int]:
    known = set(taken)
    return [place for place in range(count) if place not in known]
