"""A model as it is given to a runtime: its proto without weights, and where those lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costscope.graph import proto
from costscope.shapes.order import WITH_GRAPHS

ZOO = "zoo:"
# Marks large initializers that lie in the model file itself; no file has such a name.
ITSELF = "\0"


@dataclass(frozen=True, slots=True)
class Source:
    """A model before it is run.

    Attributes:
        name: what to call it.
        proto: ModelProto whose nodes all have names; large weights are not in it.
        file: the model's file; None if it has none.
    """

    name: str
    proto: Any
    file: Path | None


def source(model: Any) -> Source:
    """The source of a path, of `zoo:NAME`, of serialized bytes, or of a ModelProto.

    Raises:
        ModelError: not a valid model.
        ArchitectureError: no such network in the zoo.
    """
    if isinstance(model, (str, os.PathLike)):
        text = os.fspath(model)
        if text.startswith(ZOO):
            from costscope.zoo.build import build

            return Source(text.removeprefix(ZOO), named(build(text)), None)
        path = Path(text)
        return Source(path.stem, named(proto.read(path, location=ITSELF)), path)
    if isinstance(model, (bytes, bytearray, memoryview)):
        given = proto.parse(bytes(model), "the model")
    else:
        given = type(model)()
        given.CopyFrom(model)
    return Source(given.graph.name or "model", named(given), None)


def named(model: Any) -> Any:
    """The ModelProto with a name of its own for every node, inner graphs' nodes too.

    Names that the file gives stay where they are unique: a profile calls its events by them.
    """
    nodes = [node for graph in graphs(model.graph) for node in graph.node]
    taken = Counter(node.name for node in nodes)
    counts: Counter[str] = Counter()
    for node in nodes:
        if node.name and taken[node.name] == 1:
            continue
        stem = node.name or node.op_type
        name = node.name
        while not name or name in taken:
            counts[stem] += 1
            name = f"{stem}_{counts[stem]}"
        node.name = name
        taken[name] += 1
    return model


def graphs(graph: Any) -> Iterator[Any]:
    """A GraphProto and all the graphs inside its nodes."""
    yield graph
    for node in graph.node:
        if node.op_type in WITH_GRAPHS:
            for attribute in node.attribute:
                for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                    yield from graphs(inner)
