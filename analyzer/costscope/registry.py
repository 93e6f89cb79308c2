"""Entries that register themselves: one entry, one file, no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Registry(Generic[K, V]):
    """Values by key, filled when the modules of one package are first needed.

    Args:
        package: dotted name of the package whose modules hold the entries.
        what: the word for an entry, used in messages.
    """

    def __init__(self, package: str, what: str) -> None:
        self._package = package
        self._what = what
        self._entries: dict[K, V] = {}
        self._loaded = False

    def add(self, key: K, value: V) -> None:
        """Register a value.

        Raises:
            ValueError: the key is taken; an entry is never silently replaced.
        """
        if key in self._entries:
            raise ValueError(f"{self._what} {key!r} is defined twice")
        self._entries[key] = value

    def register(self, key: K) -> Callable[[V], V]:
        """A decorator that registers what it decorates under `key`."""

        def decorate(value: V) -> V:
            self.add(key, value)
            return value

        return decorate

    def get(self, key: K) -> V | None:
        """The value of a key, or None."""
        if not self._loaded:
            self._load()
        return self._entries.get(key)

    def items(self) -> Iterator[tuple[K, V]]:
        """All entries, in the order of their files and of their definition."""
        if not self._loaded:
            self._load()
        yield from self._entries.items()

    def keys(self) -> list[K]:
        """All keys."""
        return [key for key, _ in self.items()]

    def _load(self) -> None:
        self._loaded = True
        package = importlib.import_module(self._package)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{self._package}.{module}")
