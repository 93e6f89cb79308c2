"""What a file leaves open, told by the person who measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from costscope.observed.types import Observation


def filled(
    observations: Sequence[Observation],
    *,
    threads: int | None = None,
    dtype: str = "",
    device: str = "",
) -> tuple[Observation, ...]:
    """The same with threads, precision and device wherever the file does not say them."""
    return tuple(
        replace(
            each,
            threads=threads if each.threads is None else each.threads,
            dtype=each.dtype or dtype,
            device=each.device or device,
        )
        for each in observations
    )


def renamed(
    observations: Sequence[Observation], names: Mapping[str, str]
) -> tuple[Observation, ...]:
    """The same with other names for the models, by the name in the file."""
    return tuple(replace(each, model=names.get(each.model, each.model)) for each in observations)
