"""Unique names for nodes and tensors, also where the file gives none or the same twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Names:
    """Names that are taken, or that the file will still use."""

    def __init__(self) -> None:
        self._expected: set[str] = set()
        self._taken: set[str] = set()
        self._copies: Counter[str] = Counter()

    def expect(self, names: Iterable[str]) -> None:
        """Keep names of the file free for those that carry them."""
        self._expected.update(names)

    def take(self, name: str, *, given: bool) -> str:
        """A name that nothing else has: the one asked for, or with a number behind it.

        Args:
            name: the name asked for.
            given: it is one that the file gives, so it may be one that is expected.
        """
        unique = name
        while unique in self._taken or (
            unique in self._expected and not (given and unique == name)
        ):
            self._copies[name] += 1
            unique = f"{name}_{self._copies[name]}"
        self._taken.add(unique)
        return unique
