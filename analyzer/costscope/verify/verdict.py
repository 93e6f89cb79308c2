"""Published figures beside counted ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from costscope.errors import ArchitectureError
from costscope.pipeline import analyze
from costscope.verify.counts import Counts, count
from costscope.zoo import catalog
from costscope.zoo.build import build
from costscope.zoo.types import Figure

_PRINTED = re.compile(r"([0-9]+(?:\.([0-9]+))?) ?([kMGB]?)")
_FACTORS = {"": 0, "k": 3, "M": 6, "G": 9, "B": 9}


class Standing(StrEnum):
    """How a count stands to a published figure."""

    EXACT = "exact"
    ROUNDED = "as printed"
    EXPLAINED = "explained"
    UNEXPLAINED = "not reproduced"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One published figure, and what is counted.

    Attributes:
        architecture: its name in the zoo.
        variant: likewise.
        figure: as published.
        counted: our count, in the figure's convention.
        standing: whether they agree.
    """

    architecture: str
    variant: str
    figure: Figure
    counted: int
    standing: Standing


def verify(reference: str) -> Iterator[Verdict]:
    """A verdict for each published figure of an architecture, or of one variant of it.

    Raises:
        ArchitectureError: the name is unknown, or a printed figure is not understood.
    """
    architecture, chosen = catalog.find(reference)
    several = "@" not in reference
    for variant in architecture.variants.values() if several else [chosen]:
        name = f"{reference.partition('@')[0]}@{variant.name}"
        for figure in variant.figures:
            counted = getattr(counts_of(name, figure.form), figure.metric)
            yield Verdict(
                architecture=architecture.name,
                variant=variant.name,
                figure=figure,
                counted=counted,
                standing=standing(figure, counted),
            )


@lru_cache(maxsize=8)
def counts_of(reference: str, form: str) -> Counts:
    """The counts of a variant in its training or its deployed form."""
    return count(analyze(build(reference, deploy=form == "deploy")))


def standing(figure: Figure, counted: int) -> Standing:
    """How a count stands to a figure: exact, the same when rounded as printed, or neither.

    A figure that is known to differ, for a known reason or not, pins our count: any other
    count is a miss.

    Raises:
        ArchitectureError: the figure is not a number with its unit.
    """
    if figure.computed is not None:
        if counted != figure.computed:
            return Standing.MISSED
        return Standing.UNEXPLAINED if figure.unexplained else Standing.EXPLAINED
    if isinstance(figure.printed, int):
        return Standing.EXACT if counted == figure.printed else Standing.MISSED
    printed, half = read_printed(figure.printed)
    return Standing.ROUNDED if abs(counted - printed) <= half else Standing.MISSED


def read_printed(text: str) -> tuple[Decimal, Decimal]:
    """The number of a text such as `3.4 M`, and half a unit of its last digit.

    Raises:
        ArchitectureError: not such a text.
    """
    match = _PRINTED.fullmatch(text)
    if match is None:
        raise ArchitectureError(f"{text!r} is not a printed figure such as '300 M' or '3.4 M'")
    number, decimals, unit = match.groups()
    scale = Decimal(10) ** _FACTORS[unit]
    return Decimal(number) * scale, scale / Decimal(10) ** len(decimals or "") / 2
