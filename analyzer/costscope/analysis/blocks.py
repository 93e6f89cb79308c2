"""Blocks of a network, as the names of its operators tell them.

A file knows no blocks, but most exporters name an operator by its place in the source: the
zoo `stage2.block1.expand`, PyTorch `/features/features.1/conv/conv.0/Conv`, TensorFlow
`model/block_1/expand/Conv2D`. Operators without such a path, numbered ones (`Conv_12`,
`node_conv2d_3`) and those whose names we gave, are in no block.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_DEEPEST = 24  # parts that are told apart; a hostile name may have a million
_LONGEST = 4096  # signs of a name that are looked at
# Of an operator that a fusion put beside another, and of a copy that it made.
_BESIDE = re.compile(r"(?:(?:^|/)[A-Z]\w*|^[^/]+)(/[A-Za-z]+~[0-9]+)$")
_COPY = re.compile(r"~[0-9]+$")
_NUMBERED = re.compile(r"(node_)?([A-Za-z]\w*?)?_?[0-9]+")


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of an operator's name, outermost first, the operator last.

    `/features/features.1/conv/conv.0/Conv` is `features`, `1`, `conv`, `0`, `Conv`: PyTorch
    repeats in each part what the part before it said.
    """
    text = _origin(name[:_LONGEST])
    said = ""
    parts: list[str] = []
    for part in text.split("/"):
        own = part.removeprefix(f"{said}.") if said else part
        parts += [piece for piece in own.split(".") if piece]
        said = part
    if len(parts) > _DEEPEST:
        parts[_DEEPEST - 1 :] = [".".join(parts[_DEEPEST - 1 :])]
    return tuple(parts) or (text,)


def block_of(name: str) -> str:
    """The path of an operator's name without its last part; "" where there is none.

    Parts are joined with dots, as PyTorch's `named_modules` does: `stage2.block1.expand` gives
    `stage2.block1`, `/features/features.1/conv/conv.0/Conv` gives `features.1.conv.0`.
    """
    return ".".join(parts_of(name)[:-1])


def blocks_of(names: Iterable[str]) -> dict[str, str]:
    """The block of each operator: the innermost path that more than one of the names share.

    PyTorch gives every layer a path of its own, which holds its one operator; the block is then
    what holds the layer: `/layer1/layer1.0/conv1/Conv` is in `layer1.0`. "" is the whole network.
    """
    paths = {name: parts_of(name)[:-1] for name in names}
    held: Counter[tuple[str, ...]] = Counter()
    for path in paths.values():
        held.update(path[:depth] for depth in range(len(path) + 1))
    return {name: ".".join(_shared(path, held)) for name, path in paths.items()}


def numbered(name: str) -> bool:
    """Whether a name only counts (`Conv_12`, `node_add_5`, `536`): it says nothing of the place.

    Put an operator before it, and the next export calls another one so.
    """
    return _NUMBERED.fullmatch(name.strip("/")[:_LONGEST]) is not None


def _origin(name: str) -> str:
    """The name of the operator in the file that one of ours was made of."""
    beside = _BESIDE.search(name)
    return name[: beside.start(1)] if beside else _COPY.sub("", name) or name


def _shared(path: tuple[str, ...], held: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    while path and held[path] == 1:
        path = path[:-1]
    return path
