"""Sizes that the caller gives, for the models that have the input or the dimension."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from costscope.graph import proto
from costscope.graph.types import Graph
from costscope.pipeline import ZOO

Sizes = tuple[dict[str, int], dict[str, Sequence[int]]]


class Inputs:
    """What each of several models takes of the sizes given for all of them.

    A base with a dimension `batch` and a head without one can both be compared at `batch=4`
    if the head has 4 written in. What none of them has is left to all, so that it is refused.
    """

    def __init__(
        self,
        models: Sequence[Any],
        dims: Mapping[str, int],
        shapes: Mapping[str, Sequence[int]],
    ) -> None:
        self.given = dict(dims), dict(shapes)
        asked = bool(dims or shapes)
        self.known = [_open(model) if asked else (set[str](), set[str]()) for model in models]

    def of(self, place: int) -> Sizes:
        """The sizes of dimensions and the shapes of inputs for one of the models."""
        dims, shapes = self.given
        return (
            {name: size for name, size in dims.items() if self._takes(place, 0, name)},
            {name: shape for name, shape in shapes.items() if self._takes(place, 1, name)},
        )

    def _takes(self, place: int, what: int, name: str) -> bool:
        if name in self.known[place][what]:
            return True
        return not any(name in known[what] for known in self.known)


def _open(model: Any) -> tuple[set[str], set[str]]:
    """Symbols of the open dimensions of a model's inputs, and the inputs' names."""
    if isinstance(model, Graph):
        return set(), set()
    graph = _proto(model).graph
    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    symbols = {dim.dim_param for each in inputs for dim in each.type.tensor_type.shape.dim}
    return symbols - {""}, {each.name for each in inputs}


def _proto(model: Any) -> Any:
    if isinstance(model, (str, os.PathLike)):
        if os.fspath(model).startswith(ZOO):
            from costscope.zoo.build import build

            return build(os.fspath(model))
        return proto.read(Path(model))
    if isinstance(model, (bytes, bytearray, memoryview)):
        return proto.parse(bytes(model), "the model")
    return model
