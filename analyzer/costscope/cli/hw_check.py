"""What only the whole program knows of a profile: runtimes, structures, and other profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costscope.errors import ProfileError

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware


def problems(hardware: Hardware) -> tuple[str, ...]:
    """One line per mistake, each beginning with its key path."""
    from costscope.timing.fit_problems import problems as wrong_rates

    return (*_unknown_runtimes(hardware), *wrong_rates(hardware), *_fallback(hardware))


def _unknown_runtimes(hardware: Hardware) -> tuple[str, ...]:
    """Runtimes that the profile names and nobody has described."""
    from costscope.kernels.runtimes import RUNTIMES

    named = {"runtime": hardware.runtime}
    named |= {f"runtimes[{i}].runtime": each.runtime for i, each in enumerate(hardware.rates)}
    named |= {f"fitted.{each.runtime}": each.runtime for each in hardware.fitted}
    known = ", ".join(RUNTIMES)
    return tuple(
        f"{path}: unknown runtime {name!r}; one of {known}"
        for path, name in named.items()
        if name not in RUNTIMES
    )


def _fallback(hardware: Hardware) -> tuple[str, ...]:
    """A fallback that is not there, or that leads back here."""
    from costscope.hardware.catalog import load

    seen, there = [hardware.name], hardware.fallback
    while there is not None:
        try:
            other = load(there.profile)
        except ProfileError as error:
            reason = str(error).partition(" (`costscope hw list`")[0]
            return (f"fallback.profile: {reason}",)
        if other.name in seen:
            way = " to ".join([*seen, other.name])
            return (f"fallback.profile: leads in a circle, from {way}",)
        seen.append(other.name)
        there = other.fallback
    return ()
