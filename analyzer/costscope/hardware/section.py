"""One mapping of a profile, read key by key; mistakes are noted, not raised.

Every reader returns a value of its type, a stand-in where the file is wrong: so reading goes
on and all mistakes of a file are found in one pass. The stand-ins never leave: a profile
with a mistake is refused as a whole.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from costscope.document import join
from costscope.errors import UsageError
from costscope.hardware.types import ASSUMED
from costscope.units import quoted

_N = TypeVar("_N", int, float)
_WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_LONGEST_TEXT = 2000
_HUGE = 1e18


@dataclass(slots=True)
class Section:
    """A mapping of the file.

    Attributes:
        values: as read; empty where the file has something else in this place.
        path: key path, for messages.
        problems: mistakes of the whole file, shared by all its sections.
        known: keys that were asked for; the others are mistakes in the end.
    """

    values: dict[str, Any]
    path: str
    problems: list[str]
    known: set[str] = field(default_factory=set)

    def note(self, key: str, what: str) -> None:
        """Add a mistake in a key of this section; in the section itself for ""."""
        self.problems.append(f"{join(self.path, key) if key else self.path}: {what}")

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        self.known.add(key)
        return self.values.get(key) is not None

    def finish(self) -> None:
        """Note the keys that nobody asked for, each with the nearest one that exists."""
        for key, value in self.values.items():
            if key not in self.known:
                comma = "" if value is not None else "; does a text with a comma lack its quotes?"
                self.note(key, f"unknown key{suggestion(key, self.known) or comma}")

    def text(self, key: str, *, required: bool = True) -> str:
        """Text on one line, "" where it is left out; what need not be there may be empty."""
        if not self._given(key, required=required) or (self.values[key] == "" and not required):
            return ""
        return self._line(join(self.path, key), self.values[key])

    def word(self, key: str, *, choices: Collection[str] = ()) -> str:
        """A lower-case name; one of `choices` where there are any."""
        text = self.text(key)
        if text:
            self.check_word(key, text, choices)
        return text

    def check_word(self, key: str, text: str, choices: Collection[str] = ()) -> bool:
        """Note a word that is not a lower-case name, or not one of the choices."""
        if choices and text not in choices:
            nearest = suggestion(text, choices) or f"; one of {', '.join(choices)}"
            self.note(key, f"unknown {quoted(text)}{nearest}")
            return False
        if not _WORD.fullmatch(text):
            self.note(key, f"{quoted(text)} is not a lower-case name like 'pixel6'")
            return False
        return True

    def quantity(self, key: str, parse: Callable[[str | float], _N], stand_in: _N) -> _N:
        """A number with its unit, read by a parser of `units`."""
        if not self._given(key):
            return stand_in
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.note(key, f"expected a number with a unit, got {_kind(value)}")
            return stand_in
        try:
            return parse(value)
        except UsageError as error:
            self.note(key, str(error))
            return stand_in

    def ratio(self, key: str, *, largest: float) -> float:
        """A plain number above zero, up to `largest`."""
        if not self._given(key):
            return 1.0
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.note(key, f"expected a plain number like 0.7, got {quoted(value)}")
            return 1.0
        if not 0 < value <= largest:
            self.note(key, f"{quoted(value)} is not above 0 and at most {largest:g}")
            return 1.0
        return float(value)

    def number(self, key: str, *, least: float = 0.0, largest: float = _HUGE) -> float:
        """A plain number within limits, which count as within."""
        if not self._given(key):
            return least
        return self._number(key, self.values[key], least, largest)

    def pair(self, key: str) -> tuple[float, float]:
        """Two plain numbers from zero, the smaller first."""
        found = self._list(key, required=True)
        if len(found) != 2:  # noqa: PLR2004
            if isinstance(self.values.get(key), list):
                self.note(key, f"expected two numbers, got {len(found)}")
            return 0.0, 0.0
        low, high = (self._number(key, value, 0.0, _HUGE) for value in found)
        if low > high:
            self.note(key, f"the smaller number first: {low:g} is above {high:g}")
        return low, high

    def _number(self, key: str, value: Any, least: float, largest: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.note(key, f"expected a plain number like 0.7, got {quoted(value)}")
            return least
        if not least <= value <= largest:
            top = f" to {largest:g}" if largest < _HUGE else ""
            self.note(key, f"expected a number from {least:g}{top}, got {quoted(value)}")
            return least
        return float(value)

    def whole(self, key: str) -> int:
        """A whole number from zero; zero where it is left out."""
        return self.count(key) if self.has(key) else 0

    def count(self, key: str, *, least: int = 0) -> int:
        """A whole number from `least`, which must be there."""
        if not self._given(key):
            return least
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.note(key, f"expected a whole number from {least}, got {quoted(value)}")
            return least
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out."""
        value = self.values.get(key)
        if self.has(key) and not isinstance(value, bool):
            self.note(key, f"expected true or false, got {quoted(value)}")
        return value is True

    def words(self, key: str, *, choices: Collection[str] = ()) -> tuple[str, ...]:
        """A list of names; empty where it is left out."""
        found: list[str] = []
        for text in self.texts(key):
            if text in found:
                self.note(key, f"{quoted(text)} is given twice")
            elif self.check_word(key, text, choices):
                found.append(text)
        return tuple(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of lines of text; empty where it is left out."""
        path = join(self.path, key)
        lines = [self._line(f"{path}[{i}]", item) for i, item in enumerate(self._list(key))]
        return tuple(filter(None, lines))

    def section(self, key: str, *, required: bool = True) -> Section:
        """The mapping of a key; an empty one where it is left out."""
        path = join(self.path, key)
        if not self._given(key, required=required):
            return Section({}, path, [])
        return self._as_section(self.values[key], path)

    def sections(self, key: str) -> tuple[Section, ...]:
        """The mappings of a list; their paths take the name of each, where it has one."""
        items = self._list(key, required=True)
        return tuple(
            self._as_section(item, f"{join(self.path, key)}{_label(item, i)}")
            for i, item in enumerate(items)
        )

    def entries(self) -> list[tuple[str, Section]]:
        """Every key of this section with the mapping it holds."""
        return [(key, self.section(key)) for key in self.values]

    def source(self, sources: Collection[str]) -> tuple[str, str]:
        """Source and explanation of the numbers of this section."""
        source, how = self.text("source"), self.text("how", required=False)
        if source == ASSUMED:
            if not how:
                self.note("how", "missing: an assumed number needs its reason")
        elif source and source not in sources:
            self.note("source", f"{quoted(source)} is not one of the file's `sources`")
        return source, how

    def _given(self, key: str, *, required: bool = True) -> bool:
        if self.has(key):
            return True
        if required:
            self.note(key, "missing")
        return False

    def _line(self, path: str, value: Any) -> str:
        if not isinstance(value, str):
            self.problems.append(f"{path}: expected text, got {_kind(value)}; put it in quotes")
            return ""
        line = " ".join(value.split())
        if not line or not line.isprintable() or len(line) > _LONGEST_TEXT:
            self.problems.append(f"{path}: expected printable text, got {quoted(value)}")
            return ""
        return line

    def _list(self, key: str, *, required: bool = False) -> list[Any]:
        if not self._given(key, required=required):
            return []
        value = self.values[key]
        if isinstance(value, list):
            return value
        self.note(key, f"expected a list, got {_kind(value)}")
        return []

    def _as_section(self, value: Any, path: str) -> Section:
        if isinstance(value, dict):
            return Section(value, path, self.problems)
        self.problems.append(f"{path}: expected keys and values, got {_kind(value)}")
        return Section({}, path, [])  # its missing keys are the same mistake


def suggestion(word: str, known: Collection[str]) -> str:
    """The nearest known word as a question, "" where none is near."""
    nearest = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _label(item: Any, index: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return f".{name}" if isinstance(name, str) and _WORD.fullmatch(name) else f"[{index}]"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "keys and values"
    return "a list" if isinstance(value, list) else quoted(value)
