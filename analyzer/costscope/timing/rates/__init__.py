"""Rates of whole classes of layers, as published measurements of whole networks allow.

A structure says which classes of layers a family of runtimes has, and how much of each a
layer takes: multiply-accumulates of a compute class, elements of a memory class, calls. A
profile gives each class a rate: a share of the arithmetic peak, a bandwidth, a dispatch.
Finer terms (`timing.terms`) need kernels measured one by one; these need a few networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from costscope.errors import UsageError
from costscope.registry import Registry
from costscope.timing.rates.layer import Layer, Network

CALLS = "calls"
RUNS = "runs"
OVERHEADS = (CALLS, RUNS)

Amounts = Mapping[str, float]
Rule = Callable[[Layer], Amounts]
RunRule = Callable[[Network], Amounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """How a family of runtimes spends time.

    Attributes:
        name: what profiles call it.
        compute: classes that are counted in multiply-accumulates.
        memory: classes that are counted in elements.
        layer: amounts of one run of a layer, by class; `calls` beside them.
        network: amounts of an inference beside its layers; None for one run alone.
        spills: memory classes that count only weights beyond what the machine keeps near.
    """

    name: str
    compute: tuple[str, ...]
    memory: tuple[str, ...]
    layer: Rule
    network: RunRule | None = None
    spills: frozenset[str] = frozenset()

    @property
    def classes(self) -> tuple[str, ...]:
        """Everything that has a rate, in a fixed order."""
        return (*self.compute, *self.memory, *OVERHEADS)


STRUCTURES: Registry[str, Structure] = Registry("costscope.timing.rates", "structure")


def structure(
    name: str,
    *,
    compute: tuple[str, ...],
    memory: tuple[str, ...],
    network: RunRule | None = None,
    spills: tuple[str, ...] = (),
) -> Callable[[Rule], Rule]:
    """Register the function that gives a layer's amounts under a structure."""

    def decorate(rule: Rule) -> Rule:
        STRUCTURES.add(
            name,
            Structure(
                name=name,
                compute=compute,
                memory=memory,
                layer=rule,
                network=network,
                spills=frozenset(spills),
            ),
        )
        return rule

    return decorate


def structure_named(name: str) -> Structure:
    """The structure of a name.

    Raises:
        UsageError: no such structure.
    """
    found = STRUCTURES.get(name)
    if found is None:
        known = ", ".join(sorted(STRUCTURES.keys()))
        raise UsageError(f"unknown structure {name!r}; one of {known}")
    return found
