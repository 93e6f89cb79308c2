"""Fusion patterns: one idea a file, registered by name.

A pattern looks over the draft of a graph and does what it is named for wherever it fits.
Most are drawn (`drawn`): a picture of a subgraph that becomes one cell. The others are
functions of one cell (`pattern` with the operators it starts from) or of the whole draft
(`pattern` without). What a runtime does is the list of names in its row of `runtimes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.picture import Const, Match, Op, Var, find, operators
from costscope.registry import Registry
from costscope.work import KernelKind

Pattern = Callable[[Draft], None]
Step = Callable[[Cell, Draft], object]
PATTERNS: Registry[str, Pattern] = Registry("costscope.kernels.patterns", "fusion pattern")


def pattern(name: str, *starts: str, needs: str | None = None) -> Callable[[Step], Step]:
    """Register a function of one cell, called for each cell of some operators in order.

    Args:
        name: of the pattern.
        starts: operators of the cells that it is called for.
        needs: operator without which there is nothing to do in the whole graph.
    """

    def decorate(step: Step) -> Step:
        def walk(draft: Draft) -> None:
            if needs is not None and not draft.has(needs):
                return
            for cell in draft.cells(starts):
                if draft.holds(cell):
                    step(cell, draft)

        PATTERNS.add(name, walk)
        return step

    return decorate


def whole(name: str) -> Callable[[Pattern], Pattern]:
    """Register a function of the whole draft."""
    return PATTERNS.register(name)


def drawn(
    name: str,
    *pictures: Op,
    becomes: str,
    operands: Sequence[Var | Const],
    kind: KernelKind | None = None,
    fits: Callable[[Match, Draft], bool] | None = None,
    attributes: Callable[[Match], Mapping[str, Any]] | None = None,
) -> None:
    """Register a subgraph that becomes one cell.

    Args:
        name: of the pattern.
        pictures: forms it is written in, larger ones first.
        becomes: operator that the runtime runs it as.
        operands: its inputs by their place; one that a form does not have is left out.
        kind: its kernel kind; that of its heaviest node if None.
        fits: what else must hold.
        attributes: of the new operator; those of its first cell if None.
    """

    def fuse(picture: Op, root: Cell, draft: Draft) -> None:
        match = find(picture, root, draft)
        if match is None or (fits is not None and not fits(match, draft)):
            return
        merged = draft.merge(
            list(match.cells.values()),
            becomes,
            [match.tensors.get(operand.name) for operand in operands],
            outputs=root.outputs[:1],
            attributes=None if attributes is None else attributes(match),
        )
        if merged is not None:
            merged.kind = kind or merged.kind

    needed = [(picture, list(dict.fromkeys(operators(picture)))) for picture in pictures]

    def walk(draft: Draft) -> None:
        for picture, all_ops in needed:
            if not all(any(map(draft.has, ops)) for ops in all_ops):
                continue
            for root in draft.cells(picture.ops):
                if draft.holds(root):
                    fuse(picture, root, draft)

    PATTERNS.add(name, walk)
