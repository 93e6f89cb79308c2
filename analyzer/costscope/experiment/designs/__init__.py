"""The building block of each guideline's networks, found by the guideline's name.

A design is one function in a file of its own: it takes the network under construction, the
value that enters and a row of the table, emits the nodes of one block and returns the value
that leaves, with as many channels as entered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from costscope.errors import UsageError
from costscope.registry import Registry

if TYPE_CHECKING:
    from costscope.experiment.types import Row
    from costscope.zoo.emitter import Value
    from costscope.zoo.net import Net

Design = Callable[["Net", "Value", "Row"], "Value"]
_DESIGNS: Registry[str, Design] = Registry("costscope.experiment.designs", "design")
design = _DESIGNS.register


def design_of(guideline: str) -> Design:
    """The block of a guideline's networks.

    Raises:
        UsageError: there is none.
    """
    found = _DESIGNS.get(guideline)
    if found is None:
        raise UsageError(f"no experiment {guideline!r}; choose one of {', '.join(_DESIGNS.keys())}")
    return found
