"""Architectures by name: `mobilenet_v2`, `mobilenet_v2@0.5`, or the path of a YAML file."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from costscope import resources
from costscope.errors import ArchitectureError
from costscope.zoo.parse import parse
from costscope.zoo.types import Architecture, Variant

_KIND = "models"
_SUFFIX = ".yaml"
PREFIX = "zoo:"


def names() -> list[str]:
    """Names of the shipped architectures, sorted."""
    return resources.names(_KIND, _SUFFIX)


def load(name: str) -> Architecture:
    """The architecture of a name (`-` and `_` mean the same) or of a YAML file's path.

    Raises:
        ArchitectureError: unknown, unreadable, or with mistakes.
    """
    if name.endswith(_SUFFIX) or "/" in name:
        return _read(Path(name))
    normal = name.strip().lower().replace("-", "_")
    if normal not in names():
        nearest = difflib.get_close_matches(normal, names(), n=3, cutoff=0.5)
        meant = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        raise ArchitectureError(
            f"no architecture {name!r} in the zoo{meant} (`costscope zoo list` shows all)"
        )
    return _read(resources.folder(_KIND) / f"{normal}{_SUFFIX}")


def find(reference: str) -> tuple[Architecture, Variant]:
    """The architecture and variant of `name`, `name@variant`, each with or without `zoo:`.

    Raises:
        ArchitectureError: either is unknown.
    """
    name, _, wanted = reference.removeprefix(PREFIX).partition("@")
    architecture = load(name)
    if not wanted:
        return architecture, next(iter(architecture.variants.values()))
    if wanted not in architecture.variants:
        known = ", ".join(architecture.variants)
        raise ArchitectureError(f"{architecture.name} has no variant {wanted!r}; one of {known}")
    return architecture, architecture.variants[wanted]


def settings_of(
    architecture: Architecture, variant: Variant, given: Mapping[str, Any]
) -> dict[str, Any]:
    """All settings of a variant, with those a user gave on top.

    Raises:
        ArchitectureError: the architecture has no such setting, or the kinds differ.
    """
    for key, value in given.items():
        if key not in architecture.settings:
            known = ", ".join(architecture.settings)
            raise ArchitectureError(f"{architecture.name} has no setting {key!r}; it has {known}")
        default = architecture.settings[key]
        if isinstance(default, (int, float)) != isinstance(value, (int, float)):
            raise ArchitectureError(f"{key}={value!r}: expected something like {default!r}")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and default > 0 and not value > 0:
            raise ArchitectureError(f"{key}={value!r}: must be above zero")
    return {**architecture.settings, **variant.settings, **given}


def _read(path: Path) -> Architecture:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArchitectureError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _parsed(content, path.stem, str(path))


@lru_cache(maxsize=128)
def _parsed(content: bytes, name: str, origin: str) -> Architecture:
    return parse(content, name=name, origin=origin)
