"""How much a calibration measures: quick, default, thorough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from costscope.calibrate.types import FIRST_SEED, Effort, Recipe
from costscope.errors import UsageError

# The extended level keeps the plain layout, so that plain convolutions are sampled too.
_FLOAT = (
    Recipe(share=0.70),
    Recipe(share=0.25, level="extended"),
    Recipe(share=0.05, batch=4),
)
_ALL = (
    Recipe(share=0.37),
    Recipe(share=0.15, level="extended"),
    Recipe(share=0.03, batch=4),
    Recipe(share=0.22, dtype="int8"),
    Recipe(share=0.06, level="extended", dtype="int8"),
    Recipe(share=0.12, dtype="float16"),
    Recipe(share=0.05, dtype="dynamic"),
)

EFFORTS: Mapping[str, Effort] = {
    "quick": Effort(name="quick", budget_s=30, recipes=_FLOAT),
    "default": Effort(name="default", budget_s=90, recipes=_FLOAT),
    "thorough": Effort(
        name="thorough", budget_s=180, recipes=_ALL, every_count=True, repeat_ratio=0.15
    ),
}


def thread_counts(effort: Effort, wanted: Sequence[int], processors: int) -> tuple[int, ...]:
    """The numbers of threads to measure with, ascending.

    Args:
        effort: decides where nothing is wanted.
        wanted: asked for; empty for what the effort says.
        processors: that this process may use.

    Raises:
        UsageError: more threads than processors.
    """
    for threads in wanted:
        if not 1 <= threads <= processors:
            raise UsageError(
                f"--threads {threads}: this process may use {processors} processors; "
                f"give a number from 1 to {processors}"
            )
    if wanted:
        return tuple(sorted(set(wanted)))
    return tuple(_doubled(processors)) if effort.every_count else (1,)


def drawn(recipes: Sequence[Recipe]) -> Iterator[tuple[int, Recipe]]:
    """Seeds with the recipe of each, for ever: at any time as many of each as its share says."""
    made = [0] * len(recipes)
    for place in count():
        behind = [each.share * (place + 1) - n for each, n in zip(recipes, made, strict=True)]
        chosen = max(range(len(recipes)), key=behind.__getitem__)
        made[chosen] += 1
        yield FIRST_SEED + place, recipes[chosen]


def _doubled(processors: int) -> Iterator[int]:
    """1, 2, 4, ... and all of them."""
    threads = 1
    while threads < processors:
        yield threads
        threads *= 2
    yield processors
