"""What a kernel does, as amounts that a calibration gives seconds for.

A kernel enters with its place in the network; its class and amounts leave: so many
multiply-accumulates, so many bytes from the second-level cache, so many rows, one call.
A calibrated machine knows the seconds of one of each, by class. The amounts follow the
loops that runtimes on CPUs have in common (register tiles, blocks of channels, packing);
they know no machine but its cache sizes and tile widths, which are `settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from costscope.kernels.types import Kernel
from costscope.registry import Registry
from costscope.schedule.types import Schedule
from costscope.timing.terms.place import Place, places
from costscope.timing.types import Bound
from costscope.work import KernelKind


@dataclass(frozen=True, slots=True)
class Terms:
    """A kernel's class and the amounts that its time is made of.

    Attributes:
        name: the class: kernels of one class share their seconds per unit.
        amounts: by term; all at least 0.
    """

    name: str
    amounts: Mapping[str, float]


Rule = Callable[[Kernel, Place], Terms]
TERMS: Registry[KernelKind, Rule] = Registry("costscope.timing.terms", "terms of")


def terms(*kinds: KernelKind) -> Callable[[Rule], Rule]:
    """Register the function that gives the terms of kernels of some kinds."""

    def decorate(rule: Rule) -> Rule:
        for kind in kinds:
            TERMS.add(kind, rule)
        return rule

    return decorate


def terms_of(kernel: Kernel, place: Place) -> Terms:
    """The terms of a kernel at its place; of one run."""
    rule = TERMS.get(kernel.kind)
    if rule is not None:
        return rule(kernel, place)
    from costscope.timing.terms.memory import plain

    return plain(kernel, place)


def schedule_terms(schedule: Schedule, settings: Mapping[str, int]) -> tuple[Terms, ...]:
    """The terms of every step."""
    found = places(schedule, settings)
    return tuple(
        terms_of(step.kernel, place) for step, place in zip(schedule.steps, found, strict=True)
    )


# What a term's seconds are spent on; any other term is arithmetic.
_MEMORY = ("bytes",)
_OVERHEAD = ("call", "calls", "runs", "rows", "steps")


def category(term: str) -> Bound:
    """Whether a term is arithmetic, moving data, or overhead."""
    if term.endswith(_MEMORY):
        return Bound.MEMORY
    return Bound.OVERHEAD if term.endswith(_OVERHEAD) else Bound.COMPUTE
