"""Nodes in an order in which every input exists before it is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from costscope.errors import ModelError

# Operators of the standard that hold graphs.
WITH_GRAPHS = frozenset({"If", "Loop", "Scan", "SequenceMap"})


def ordered(nodes: list[Any], known: set[str]) -> list[Any]:
    """The nodes as they stand if already sorted, else sorted topologically and stably.

    Args:
        nodes: NodeProtos of one graph.
        known: names that exist before the first node (inputs, constants, outer scopes).

    Raises:
        ModelError: a tensor is produced twice, by nothing, or from itself.
    """
    producer: dict[str, int] = {}
    for index, node in enumerate(nodes):
        for name in node.output:
            if not name:
                continue
            if name in producer or name in known:
                raise ModelError(f"tensor {name!r} is produced twice; names must be unique")
            producer[name] = index
    if _is_sorted(nodes, producer):
        return nodes
    return [nodes[index] for index in _kahn(nodes, producer)]


def reads(node: Any) -> Iterator[str]:
    """Names that a node reads, those of the graphs inside it included."""
    yield from (name for name in node.input if name)
    if node.op_type not in WITH_GRAPHS:
        return
    for attribute in node.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else [*attribute.graphs]:
            made = {value.name for value in graph.input}
            made.update(tensor.name for tensor in graph.initializer)
            for inner in graph.node:
                yield from (name for name in reads(inner) if name not in made)
                made.update(inner.output)
            yield from (value.name for value in graph.output if value.name not in made)


def _is_sorted(nodes: list[Any], producer: dict[str, int]) -> bool:
    return all(
        producer.get(name, -1) < index for index, node in enumerate(nodes) for name in reads(node)
    )


def _kahn(nodes: list[Any], producer: dict[str, int]) -> list[int]:
    waits: list[set[int]] = [
        {producer[name] for name in reads(node) if name in producer} for node in nodes
    ]
    followers: dict[int, list[int]] = {}
    for index, before in enumerate(waits):
        for earlier in before:
            followers.setdefault(earlier, []).append(index)
    ready = deque(index for index, before in enumerate(waits) if not before)
    order: list[int] = []
    left = [len(before) for before in waits]
    while ready:
        index = ready.popleft()
        order.append(index)
        for follower in followers.get(index, ()):
            left[follower] -= 1
            if not left[follower]:
                ready.append(follower)
    if len(order) < len(nodes):
        stuck = nodes[next(index for index, count in enumerate(left) if count)]
        name = stuck.name or stuck.op_type
        raise ModelError(f"the graph has a cycle: {name!r} waits for its own output")
    return order
