"""Blocks whose branches run side by side: found from what kernels read, whatever their names.

A block ends where branches meet, in a kernel (a concatenation, an addition, a convolution with
an addition in it) after which nobody reads what is inside. It may read several earlier
blocks, as the cells of NASNet do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel
from costscope.work import CONVOLUTIONS, KernelKind

_REAL = CONVOLUTIONS | {KernelKind.POOLING}
_SEPARABLE = (KernelKind.DEPTHWISE_CONV, KernelKind.POINTWISE_CONV)
PASSING = frozenset({KernelKind.ELEMENTWISE, KernelKind.NORMALIZATION, KernelKind.VIEW})
_LEAST_CELL = 3  # results that one concatenation brings together; inner joins take two


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Kernels from where one tensor is read by several up to where all of it meets again.

    Attributes:
        kernels: in order of execution; the last one is where the branches meet.
        entry: the activation that enters: of several, the one that is made last, before it is
            normed or activated.
        branches: most convolutions and poolings of equal depth: none needs another's result.
        fragments: convolutions and poolings, as ShuffleNet-v2 counts them: a depthwise
            convolution and the pointwise one after it are one, and a projection that the
            branches start from is none.
        path: kernels of the longest way through it.
    """

    kernels: tuple[Kernel, ...]
    entry: Tensor | None
    branches: int
    fragments: int
    path: tuple[Kernel, ...]

    @property
    def end(self) -> Kernel:
        """Where the branches meet."""
        return self.kernels[-1]


def blocks(kernels: Sequence[Kernel]) -> tuple[Block, ...]:
    """All blocks of some kernels, which stand in order of execution.

    Source: Ma et al. 2018, arXiv 1807.11164, Section 2, G3: NASNet-A has 13 fragments in a
        block, ResNet two or three.
    """
    flow = _Flow(kernels)
    return tuple(map(flow.block, flow.regions()))


class _Flow:
    """Who reads whom; sets of kernels are bits of a number, by place in the order."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self.kernels = tuple(kernels)
        makers = {t.name: place for place, k in enumerate(kernels) for t in k.writes}
        self.parents = [
            sorted({makers[t.name] for t in k.reads if makers.get(t.name, place) < place})
            for place, k in enumerate(kernels)
        ]
        self.entering = [any(t.name not in makers for t in k.reads) for k in kernels]
        self.children = [0] * len(self.kernels)
        self.above: list[int] = []
        for place, parents in enumerate(self.parents):
            above = 1 << place
            for parent in parents:
                above |= self.above[parent]
                self.children[parent] |= 1 << place
            self.above.append(above)

    def regions(self) -> Iterator[list[int]]:
        """The kernels of each block by their places; the last one is where it ends.

        What nobody reads past a kernel is settled there. What is read past it must be settled
        itself: the end of a block, all that there is of the network up to there, or a norm or
        an activation of such.
        """
        pending: list[int] = []
        settled: list[int] = []
        for place, above in enumerate(self.above):
            pending.append(place)
            inside = [p for p in pending if above >> p & 1]
            past = [p for p in inside[:-1] if self.children[p] & ~above]
            if past and not self._are_entries(past, place, settled):
                continue
            alone = not any(self.children[p] & ~above for p in settled)
            joins = len(self.parents[place]) + self.entering[place] > 1
            if joins and len(inside) > 1:
                yield inside
            if alone or joins or self._is_passing(place, settled):
                gone = set(inside)
                pending = [p for p in pending if p not in gone]
                settled = [p for p in settled if self.children[p] & ~above] + [*past, place]

    def _are_entries(self, past: list[int], end: int, settled: list[int]) -> bool:
        """Whether a cell ends here all the same: only what it reads is read past it, too."""
        if len(self.parents[end]) < _LEAST_CELL:
            return False
        return all(parent in settled for p in past for parent in self.parents[p])

    def _is_passing(self, place: int, settled: list[int]) -> bool:
        parents = self.parents[place]
        return self.kernels[place].kind in PASSING and all(p in settled for p in parents)

    def block(self, members: list[int]) -> Block:
        """What is to be said of a block."""
        inside = set(members)
        real = [place for place in members if self._is_fragment(place, inside)]
        depth: dict[int, int] = {}
        longest: dict[int, tuple[int, ...]] = {}
        for place in members:
            before = [parent for parent in self.parents[place] if parent in inside]
            depth[place] = max((depth[p] for p in before), default=0) + (place in real)
            way = max((longest[p] for p in before), key=len, default=())
            longest[place] = (*way, place)
        widths: dict[int, int] = {}
        for place in real:
            widths[depth[place]] = widths.get(depth[place], 0) + 1
        return Block(
            kernels=tuple(self.kernels[place] for place in members),
            entry=self._entry(members, inside),
            branches=max(widths.values(), default=0),
            fragments=len(real),
            path=tuple(self.kernels[place] for place in longest[members[-1]]),
        )

    def _entry(self, members: list[int], inside: set[int]) -> Tensor | None:
        outside = {p for place in members for p in self.parents[place]} - inside
        if outside:
            source = self.kernels[max(outside, key=self._origin)]
            read = {t.name for place in members for t in self.kernels[place].reads}
            return next(tensor for tensor in source.writes if tensor.name in read)
        made = {t.name for place in members for t in self.kernels[place].writes}
        reads = (t for place in members for t in self.kernels[place].reads)
        return next((tensor for tensor in reads if tensor.name not in made), None)

    def _origin(self, place: int) -> tuple[int, int]:
        """What a norm or an activation goes over, and itself."""
        origin = place
        while self.kernels[origin].kind in PASSING and len(self.parents[origin]) == 1:
            origin = self.parents[origin][0]
        return origin, -place

    def _is_fragment(self, place: int, inside: set[int]) -> bool:
        if self.kernels[place].kind not in _REAL:
            return False
        readers = self._readers(place, inside)
        starts = not any(parent in inside for parent in self.parents[place])
        return not (starts and len(readers) > 1) and not self._is_half(place, inside)

    def _is_half(self, place: int, inside: set[int]) -> bool:
        """Whether it is the depthwise half of a separable convolution."""
        if self.kernels[place].kind is not _SEPARABLE[0]:
            return False
        readers = self._readers(place, inside)
        while len(readers) == 1 and self.kernels[readers[0]].kind in PASSING:
            readers = self._readers(readers[0], inside)
        return len(readers) == 1 and self.kernels[readers[0]].kind is _SEPARABLE[1]

    def _readers(self, place: int, inside: set[int]) -> list[int]:
        return [p for p in inside if self.children[place] >> p & 1]
