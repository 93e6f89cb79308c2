"""Nodes to kernels, as a runtime fuses them."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Graph
from costscope.kernels.draft import Draft
from costscope.kernels.flatten import flatten
from costscope.kernels.patterns import PATTERNS, Pattern
from costscope.kernels.traffic import kernel_of
from costscope.kernels.types import Kernel, Runtime

# A level of patterns is repeated while it changes anything, as runtimes do, but not for ever.
_MOST_ROUNDS = 10


def fuse(graph: Graph, runtime: Runtime) -> tuple[tuple[Kernel, ...], tuple[str, ...]]:
    """The kernels of a graph in execution order, and what was assumed on the way.

    A kernel stands behind all that it reads and before all that reads it. Nodes that have
    no effect may be gone, and ones that the runtime adds may have come.
    """
    flat = flatten(graph)
    draft = Draft(flat.nodes, graph.outputs, flat.regions)
    for level in runtime.fusion:
        run_level([_pattern(name) for name in level], draft)
    kernels = tuple(kernel_of(cell) for cell in draft.ordered())
    return kernels, tuple(flat.assumptions)


def run_level(patterns: Sequence[Pattern], draft: Draft) -> None:
    """Go through patterns in order, again and again until none finds anything."""
    for _ in range(_MOST_ROUNDS):
        before = draft.changes
        for each in patterns:
            each(draft)
        if draft.changes == before:
            return


def _pattern(name: str) -> Pattern:
    found = PATTERNS.get(name)
    if found is None:
        raise LookupError(f"no fusion pattern is called {name!r}")
    return found
