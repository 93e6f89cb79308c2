"""Steps that designed networks are made of: one family a file, found by name.

A step takes an image (N, C, H, W) and gives one: a few operators as real networks put them
together, with sizes drawn at random. What is measured in such a network finds its operands
in the memories where real networks leave them, which kernels run one by one do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costscope.calibrate.draw import Draw
from costscope.registry import Registry
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

Make = Callable[[Net, Value, Draw], Value]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a designed network may take.

    Attributes:
        name: of the family.
        weight: how often it is taken, beside the others.
        make: from an image to an image.
        dtype: of the only networks that take it; "" for all.
    """

    name: str
    weight: float
    make: Make
    dtype: str = ""


STEPS: Registry[str, Step] = Registry("costscope.calibrate.designs", "step")


def step(name: str, *, weight: float, dtype: str = "") -> Callable[[Make], Make]:
    """Register a step, of networks of one `dtype` or of all."""

    def decorate(make: Make) -> Make:
        STEPS.add(name, Step(name, weight, make, dtype))
        return make

    return decorate
