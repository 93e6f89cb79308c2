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
        late: how the names of modules begin that most runs can do without: they are loaded
            when a key is missed that they might hold.
        may_be_late: whether they might hold a key.
    """

    def __init__(
        self,
        package: str,
        what: str,
        *,
        late: str | None = None,
        may_be_late: Callable[[K], bool] = lambda _: True,
    ) -> None:
        self._package = package
        self._what = what
        self._late = late
        self._may_be_late = may_be_late
        self._entries: dict[K, V] = {}
        self._loaded = self._late_loaded = False

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
        value = self._entries.get(key)
        if value is None and not self._late_loaded and self._may_be_late(key):
            self._load_late()
            value = self._entries.get(key)
        return value

    def items(self) -> Iterator[tuple[K, V]]:
        """All entries, in the order of their files and of their definition."""
        self._load()
        self._load_late()
        yield from self._entries.items()

    def keys(self) -> list[K]:
        """All keys."""
        return [key for key, _ in self.items()]

    def _load(self) -> None:
        self._loaded = True
        self._late_loaded = self._late is None
        for module in self._modules():
            if self._late is None or not module.startswith(self._late):
                importlib.import_module(f"{self._package}.{module}")

    def _load_late(self) -> None:
        self._late_loaded = True
        for module in self._modules():
            importlib.import_module(f"{self._package}.{module}")

    def _modules(self) -> list[str]:
        package = importlib.import_module(self._package)
        return sorted(module.name for module in pkgutil.iter_modules(package.__path__))
