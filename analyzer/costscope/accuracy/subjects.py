"""Which networks to validate on: paths, folders, patterns, networks of the zoo."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from costscope.errors import ModelError
from costscope.zoo import catalog

_WILD = "*?["


@dataclass(frozen=True, slots=True)
class Subject:
    """A network to validate on.

    Attributes:
        name: what to call it.
        model: path, `zoo:NAME@VARIANT` or ModelProto.
    """

    name: str
    model: Any


def subjects(given: Sequence[str]) -> tuple[Subject, ...]:
    """The networks of paths, folders, patterns such as `nets/*.onnx`, and `zoo:resnet*`.

    Each once, in the order given; what a pattern stands for is sorted.

    Raises:
        ModelError: a path or pattern without a file.
        ArchitectureError: no such network in the zoo.
    """
    models = dict.fromkeys(model for text in given for model in _expanded(text))
    names = [_name(model) for model in models]
    return tuple(
        Subject(name if names.count(name) == 1 else model, model)
        for name, model in zip(names, models, strict=True)
    )


def _name(model: str) -> str:
    return model if model.startswith(catalog.PREFIX) else Path(model).stem


def _expanded(text: str) -> list[str]:
    if text.startswith(catalog.PREFIX):
        return _zoo(text.removeprefix(catalog.PREFIX))
    path = Path(text)
    if path.is_dir():
        found = sorted(str(file) for file in path.glob("*.onnx"))
    elif path.exists():
        found = [text]
    else:
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - patterns may be absolute
    if not found:
        what = "no .onnx file in" if path.is_dir() else "no model at"
        raise ModelError(f"{what} {text}; give paths, patterns or zoo:NAME")
    return found


def _zoo(text: str) -> list[str]:
    """References to the zoo: `resnet`, `resnet@50`, `mobile*`, `resnet@*`."""
    if not any(sign in text for sign in _WILD):
        architecture, variant = catalog.find(text)
        name = f"{architecture.name}@{variant.name}" if "@" in text else architecture.name
        return [f"{catalog.PREFIX}{name}"]
    name, at, variants = text.partition("@")
    found = [each for each in catalog.names() if fnmatchcase(each, name)]
    if at:
        found = [
            f"{each}@{variant}"
            for each in found
            for variant in catalog.load(each).variants
            if fnmatchcase(variant, variants)
        ]
    if not found:
        raise ModelError(f"zoo:{text}: nothing is called so (`costscope zoo list` shows all)")
    return [f"{catalog.PREFIX}{each}" for each in found]
