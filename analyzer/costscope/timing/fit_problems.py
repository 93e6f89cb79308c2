"""What is wrong with the rates of a profile: only the structures know which classes there are."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from costscope.errors import ProfileError
from costscope.hardware.types import Hardware, Rates
from costscope.timing.rates import STRUCTURES, Structure


def problems(hardware: Hardware) -> tuple[str, ...]:
    """One line per mistake in `runtimes`, each beginning with its key path."""
    return tuple(
        f"runtimes[{index}].{problem}"
        for index, rates in enumerate(hardware.rates)
        for problem in _problems(rates)
    )


def refuse(hardware: Hardware, rates: Rates) -> None:
    """Do nothing if the rates have just what their structure asks for.

    Raises:
        ProfileError: unknown structure, or classes too many or too few.
    """
    found = tuple(_problems(rates))
    if found:
        more = f" (and {len(found) - 1} more mistakes)" if len(found) > 1 else ""
        raise ProfileError(
            f"{hardware.name}: rates of {rates.runtime}: {found[0]}{more}; see "
            "`costscope hw validate FILE`",
            found,
        )


def _problems(rates: Rates) -> Iterator[str]:
    structure = STRUCTURES.get(rates.structure)
    if structure is None:
        known = sorted(STRUCTURES.keys())
        yield f"structure: unknown {rates.structure!r}; one of {', '.join(known)}"
        return
    yield from _classes("compute", rates.compute_ratio, structure.compute, structure)
    yield from _classes("bandwidth", rates.bandwidth_bytes_per_s, structure.memory, structure)
    for name in rates.unobserved:
        if name not in structure.classes:
            yield f"unobserved: {_no_class(name, structure.classes, structure)}"


def _classes(
    key: str, given: Collection[str], asked: Collection[str], structure: Structure
) -> Iterator[str]:
    for name in given:
        if name not in asked:
            yield f"{key}.{name}: {_no_class(name, asked, structure)}"
    lacking = [name for name in asked if name not in given]
    if lacking:
        yield f"{key}: lacks {', '.join(lacking)}, which the structure {structure.name} has"


def _no_class(name: str, known: Collection[str], structure: Structure) -> str:
    nearest = difflib.get_close_matches(name, sorted(known), n=1)
    meant = f"did you mean {nearest[0]!r}?" if nearest else f"one of {', '.join(known)}"
    return f"the structure {structure.name} has no {name!r} here; {meant}"
