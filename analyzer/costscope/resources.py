"""Shipped data files, found in a wheel and in a checkout alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder(kind: str) -> Path:
    """The folder of shipped `hardware_profiles` or `models`.

    In a wheel it stands inside the package; in a checkout or an editable install it is
    the repository's top-level folder of that name, two above the package.
    """
    package = Path(__file__).parent
    inside = package / kind
    return inside if inside.is_dir() else package.parent.parent / kind


def names(kind: str, suffix: str) -> list[str]:
    """Names of the shipped files of a kind, without the suffix, sorted."""
    return sorted(path.name.removesuffix(suffix) for path in folder(kind).glob(f"*{suffix}"))
