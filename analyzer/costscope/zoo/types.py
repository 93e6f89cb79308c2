"""An architecture as its YAML says it: frozen, and free of any graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One line of an architecture: a block, once or several times.

    Attributes:
        name: first part of its nodes' names.
        block: name of the block.
        arguments: of the block; texts that begin with `=` are expressions over the settings.
        repeat: how often, or an expression; None where it is one block without a number.
        first: arguments of the first repetition, in place of those in `arguments`.
        last: of the last one, likewise.
        sources: stages whose outputs enter; the one before if empty. `input` is the input.
        when: an expression; the stage is left out where it is false.
    """

    name: str
    block: str
    arguments: Mapping[str, Any]
    repeat: Any = None
    first: Mapping[str, Any]
    last: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    when: Any = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A published count of a variant.

    Attributes:
        metric: `macs`, `macs_without_fc`, `params`, `weights`, `params_with_statistics`,
            `memory_access`.
        printed: as printed, `300 M`, or a whole number that must be met exactly.
        form: whether the training or the deployed graph is meant.
        source: where it is printed.
        computed: our count where it differs from print; pinned, so that it cannot drift.
        why: reason of the difference, known from print or code.
        unexplained: in its place where the reason is not known: what was tried or supposed.
    """

    metric: str
    printed: str | int
    form: str
    source: str
    computed: int | None = None
    why: str = ""
    unexplained: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Settings under a name, and what is published of them."""

    name: str
    settings: Mapping[str, Any]
    figures: tuple[Figure, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An input of the network; its shape is without the batch."""

    name: str
    shape: tuple[Any, ...]
    dtype: str = "float"


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A family of networks.

    Attributes:
        name: the file's.
        title: as people write it.
        summary: one sentence.
        paper: authors, year, arXiv number or DOI.
        tags: words to search by.
        assumed: what the paper leaves open and what is taken for it.
        settings: default values of everything that a variant or a user may set.
        inputs: of the network.
        stages: in order.
        outputs: stages whose outputs leave; the last one if empty.
        variants: by name; the first is the default.
        opset: ONNX operator set.
    """

    name: str
    title: str
    summary: str
    paper: str
    tags: tuple[str, ...]
    assumed: tuple[str, ...]
    settings: Mapping[str, Any]
    inputs: tuple[Input, ...]
    stages: tuple[Stage, ...]
    outputs: tuple[str, ...]
    variants: Mapping[str, Variant]
    opset: int = 17
