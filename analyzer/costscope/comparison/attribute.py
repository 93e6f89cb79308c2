"""Differences laid to blocks, so that they add up to the difference of the networks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import fsum

from costscope.analysis.blocks import numbered, parts_of
from costscope.analysis.types import Deployment
from costscope.comparison.match import Match
from costscope.comparison.types import Detail, Pair, Part, Side, Status
from costscope.views.report import figures

BESIDE = "beside the kernels"  # the part of what is spent between kernels
_MOST = 64  # blocks
_TOLD = 0.5  # share of kernels whose names say a place, for blocks to be made of them
_HALF = 0.5


def attribute(base: Deployment, head: Deployment, matches: Sequence[Match]) -> Detail:
    """Kernels as pairs with their blocks, and the differences of each block."""
    sides = _sides(base), _sides(head)
    pairs = tuple(_pair(sides, each) for each in matches)
    labels, by_kind = _labels(pairs)
    pairs = tuple(replace(p, block=label) for p, label in zip(pairs, labels, strict=True))
    timed = all(figures.latency_s(each.prediction) is not None for each in (base, head))
    grouped: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.block].append(pair)
    parts = [_part(block, members, timed=timed) for block, members in grouped.items()]
    parts += _beside(base, head, parts, timed=timed)
    parts.sort(key=_size)
    return Detail(pairs=pairs, parts=tuple(parts), by_kind=by_kind)


def _sides(deployment: Deployment) -> list[Side]:
    rows = zip(
        deployment.kernels, figures.timings(deployment), deployment.schedule.steps, strict=True
    )
    return [
        Side(order=order, kernel=kernel, timing=timing, held_bytes=step.held_bytes)
        for order, (kernel, timing, step) in enumerate(rows, start=1)
    ]


def _pair(sides: tuple[Sequence[Side], Sequence[Side]], found: Match) -> Pair:
    base = None if found.base is None else sides[0][found.base]
    head = None if found.head is None else sides[1][found.head]
    if base is None:
        return Pair(status=Status.ADDED, base=None, head=head)
    if head is None:
        return Pair(status=Status.REMOVED, base=base, head=None)
    status = Status.UNCHANGED if found.same else Status.CHANGED
    return Pair(status=status, base=base, head=head)


def _labels(pairs: Sequence[Pair]) -> tuple[list[str], bool]:
    """The block of each pair, and whether names told none, so that kinds stand for blocks.

    Blocks are named as in the network whose names say more, in doubt the base. Blocks of the
    other one that are called otherwise go where most of their kernels were matched.
    """
    told = [_told(side.kernel.name for side in _of(pairs, place)) for place in (0, 1)]
    if max(told) < _TOLD:
        return [str(pair.either.kernel.kind) for pair in pairs], True
    main = 0 if told[0] >= told[1] else 1
    paths = _paths({side.kernel.name for place in (0, 1) for side in _of(pairs, place)})
    depth = _depth([paths[pair_side.kernel.name] for pair_side in _of(pairs, main)])
    blocks = {name: ".".join(path[:depth]) for name, path in paths.items()}
    return _merged(pairs, blocks, main), False


def _of(pairs: Iterable[Pair], place: int) -> list[Side]:
    """The kernels of one of the networks: 0 the base, 1 the other."""
    sides = ((pair.base, pair.head)[place] for pair in pairs)
    return [side for side in sides if side is not None]


def _told(names: Iterable[str]) -> float:
    """The share of names that say a place."""
    said = [not numbered(name) for name in names]
    return sum(said) / len(said) if said else 0.0


def _paths(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The block of each operator at its deepest: what more than one operator is in.

    An activation beside its layer (`expand`, `expand.act`) makes no block of the layer; an
    operator with nothing above it is a block of its own.
    """
    parts = {name: parts_of(name) for name in names}
    operators = set(parts.values())
    held = Counter(path[:depth] for path in parts.values() for depth in range(1, len(path)))
    found = {}
    for name, whole in parts.items():
        path = whole[:-1] or whole
        while len(path) > 1 and (held[path] == 1 or path in operators):
            path = path[:-1]
        found[name] = path
    return found


def _depth(paths: Sequence[tuple[str, ...]]) -> int:
    """The deepest level with blocks of two kernels or more on average, and not too many."""
    best = 1
    for depth in range(1, max(map(len, paths), default=1) + 1):
        blocks = len({path[:depth] for path in paths})
        if blocks > _MOST or 2 * blocks > len(paths):
            break
        best = depth
    return best


def _merged(pairs: Sequence[Pair], blocks: Mapping[str, str], main: int) -> list[str]:
    """The block of each pair, in the names of the main network where it has such a block."""
    known = {blocks[side.kernel.name] for side in _of(pairs, main)}
    meant = _meant(pairs, blocks, main)
    labels, before = [], ""
    for pair in pairs:
        own = (pair.base, pair.head)[main]
        name = (own or pair.either).kernel.name
        label = blocks[name]
        if own is None and label not in known:
            # A name that only counts says nothing: it is in the block that it stands in.
            label = meant.get(label) or (before if numbered(name) and before else label)
        labels.append(label)
        before = label
    return labels


def _meant(pairs: Sequence[Pair], blocks: Mapping[str, str], main: int) -> dict[str, str]:
    """Blocks of the other network whose kernels are mostly matched in one of the main one."""
    sizes = Counter(blocks[side.kernel.name] for side in _of(pairs, 1 - main))
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        if pair.base is not None and pair.head is not None:
            ends = (pair.base.kernel.name, pair.head.kernel.name)
            votes[blocks[ends[1 - main]]][blocks[ends[main]]] += 1
    found = {}
    for block, counted in votes.items():
        label, count = counted.most_common(1)[0]
        if count >= _HALF * sizes[block]:
            found[block] = label
    return found


def _part(block: str, pairs: Sequence[Pair], *, timed: bool) -> Part:
    base, head = _of(pairs, 0), _of(pairs, 1)
    differing = [pair for pair in pairs if pair.status is not Status.UNCHANGED]
    sides = [*_of(differing, 0), *_of(differing, 1)]
    return Part(
        block=block,
        base_kernels=len(base),
        head_kernels=len(head),
        changed_kernels=len(differing),
        base_latency_s=fsum(side.latency_s or 0.0 for side in base) if timed else None,
        head_latency_s=fsum(side.latency_s or 0.0 for side in head) if timed else None,
        latency_s=_seconds(head) - _seconds(base) if timed else None,
        macs=sum(side.macs for side in head) - sum(side.macs for side in base),
        traffic_bytes=sum(side.traffic_bytes for side in head)
        - sum(side.traffic_bytes for side in base),
        base_held_bytes=max((side.held_bytes for side in base), default=0),
        head_held_bytes=max((side.held_bytes for side in head), default=0),
        uncosted=not all(side.known for side in sides),
        untimed=timed and any(side.latency_s is None for side in sides),
    )


def _seconds(sides: Iterable[Side]) -> Fraction:
    """The sum of the known times, exactly."""
    return sum((Fraction(side.latency_s or 0.0) for side in sides), Fraction(0))


def _beside(
    base: Deployment, head: Deployment, parts: Sequence[Part], *, timed: bool
) -> list[Part]:
    """What is in the totals but in no kernel; nothing where there is no such difference.

    Between kernels time passes too; and where a runtime's own graph is run, its kernels need
    not move what the model's do, which the totals are of.
    """
    ends = base.prediction, head.prediction
    run = Fraction(0)
    if timed and ends[0] is not None and ends[1] is not None:
        run = Fraction(ends[1].run_s) - Fraction(ends[0].run_s)
    macs = head.totals.work.macs - base.totals.work.macs - sum(part.macs for part in parts)
    moved = head.totals.traffic_bytes - base.totals.traffic_bytes
    moved -= sum(part.traffic_bytes for part in parts)
    if not (run or macs or moved):
        return []
    return [Part(block=BESIDE, latency_s=run if timed else None, macs=macs, traffic_bytes=moved)]


def _size(part: Part) -> tuple[Fraction, int, int]:
    """For sorting: the greatest difference first, of the latency where it is known."""
    return -abs(part.latency_s or Fraction(0)), -abs(part.macs), -abs(part.traffic_bytes)
