"""Sizes drawn at random as networks have them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

# Of channel counts: what they are a multiple of, and how often.
_MULTIPLES = ((32, 0.25), (16, 0.27), (8, 0.32), (4, 0.11), (1, 0.05))
_ACTIVATIONS = (
    ("relu", 0.34),
    ("relu6", 0.14),
    ("hswish", 0.14),
    ("swish", 0.12),
    ("gelu", 0.03),
    ("sigmoid", 0.02),
    ("leaky_relu", 0.03),
    ("hsigmoid", 0.02),
    ("tanh", 0.01),
    (None, 0.15),
)


class Draw:
    """Random choices from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - designs, not secrets

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random.random() < share

    def between(self, low: float, high: float) -> float:
        """A number, as likely in one octave as in another."""
        return math.exp(self._random.uniform(math.log(low), math.log(high)))

    def whole(self, low: int, high: int) -> int:
        """A whole number, as likely in one octave as in another."""
        return min(high, max(low, round(self.between(low - 0.49, high + 0.49))))

    def one(self, choices: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return self._random.choice(choices)

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of them, as likely as its weight says."""
        values = [value for value, _ in choices]
        return self._random.choices(values, [weight for _, weight in choices])[0]

    def channels(self, low: float, high: float) -> int:
        """A number of channels: mostly a multiple of 8."""
        wanted = self.between(low, max(low * 1.01, high))
        multiple = self.weighted(_MULTIPLES)
        return max(multiple if wanted > multiple / 2 else 4, round(wanted / multiple) * multiple)

    def kernel(self) -> int:
        """The size of a window."""
        return self.weighted(((3, 0.62), (5, 0.25), (7, 0.13)))

    def activation(self) -> str | None:
        """An activation, or none."""
        return self.weighted(_ACTIVATIONS)
