"""The paper's tables, read from the file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from costscope.errors import UsageError
from costscope.experiment.types import Guideline, Platform, Row

_FILE = Path(__file__).with_name("published.yaml")


def names() -> tuple[str, ...]:
    """Names of the guidelines, in the paper's order."""
    return tuple(_content()["guidelines"])


@cache
def guideline(name: str) -> Guideline:
    """The guideline of a name.

    Raises:
        UsageError: there is none.
    """
    entry = _content()["guidelines"].get(name.lower())
    if entry is None:
        raise UsageError(f"no experiment {name!r}; choose one of {', '.join(names())} or all")
    rows = entry["rows"]
    return Guideline(
        name=name.lower(),
        table=entry["table"],
        title=entry["title"],
        claim=entry["claim"],
        settings=tuple(row["setting"] for row in rows),
        slower_than=MappingProxyType(
            {row["setting"]: tuple(row.get("slower_than", ())) for row in rows}
        ),
        best=entry["best"],
        worst=entry["worst"],
        rows=MappingProxyType({key: _rows(name.lower(), entry, key) for key in platforms()}),
        assumed=(*_content()["assumed"], *entry.get("assumed", ())),
    )


def rows(name: str, sizes: str = "cpu") -> tuple[Row, ...]:
    """A guideline's networks with the channels of one platform, narrow ones first.

    Raises:
        UsageError: no such guideline or platform.
    """
    found = guideline(name).rows.get(sizes)
    if found is None:
        raise UsageError(f"--sizes {sizes}: choose one of {', '.join(platforms())}")
    return found


@cache
def platforms() -> Mapping[str, Platform]:
    """The paper's machines."""
    found = _content()["platforms"].items()
    return MappingProxyType({key: Platform(key=key, **entry) for key, entry in found})


def paper() -> str:
    """The paper, with its number."""
    return str(_content()["paper"])


def image() -> int:
    """Height and width of every network's input."""
    return int(_content()["image"])


def blocks() -> int:
    """How many building blocks a network has."""
    return int(_content()["blocks"])


def _rows(name: str, entry: Mapping[str, Any], sizes: str) -> tuple[Row, ...]:
    return tuple(
        Row(
            guideline=name,
            setting=row["setting"],
            scale=scale,
            channels=_channels(row[sizes], scale),
            paper=MappingProxyType({key: float(row[key]["speeds"][number]) for key in platforms()}),
        )
        for number, scale in enumerate(entry["scales"])
        for row in entry["rows"]
    )


def _channels(entry: Mapping[str, Any], scale: int) -> tuple[int, ...]:
    """As printed; `instead` names those of a scale that cannot be built as printed."""
    instead = entry.get("instead", {}).get(scale)
    return tuple(instead or (scale * width for width in entry["channels"]))


@cache
def _content() -> Mapping[str, Any]:
    import yaml

    content: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return content
