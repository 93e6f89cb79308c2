"""A profile's file: a head that people write, and below a line the rates that a fit wrote."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.hardware.emit import rates_section
from costscope.hardware.layout import lines
from costscope.hardware.types import Rates

MARK = "# Fitted to hardware_profiles/measurements; written by `make profiles`, not by hand."


def head(text: str) -> str:
    """What people wrote of a profile."""
    return text.split(MARK, maxsplit=1)[0].rstrip("\n") + "\n"


def with_rates(text: str, rates: Sequence[Rates]) -> str:
    """The file with these rates in place of those it had; without any, the head alone."""
    if not rates:
        return head(text)
    fitted = "\n".join(lines({"runtimes": [rates_section(each) for each in rates]}))
    return f"{head(text)}\n{MARK}\n{fitted.lstrip(chr(10))}\n"
