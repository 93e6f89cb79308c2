"""Nodes to kernels, as a runtime fuses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.flatten import flatten
from costscope.kernels.links import Links
from costscope.kernels.patterns import PATTERNS, Pattern
from costscope.kernels.quantization import Group, absorb
from costscope.kernels.traffic import kernel_of
from costscope.kernels.types import Kernel, Runtime


def fuse(graph: Graph, runtime: Runtime) -> tuple[tuple[Kernel, ...], tuple[str, ...]]:
    """The kernels of a graph in execution order, and what was assumed on the way.

    Patterns are tried in the runtime's order; a node belongs to the first that matches. A
    kernel stands where the last of its nodes stood, when all that it reads exists.
    """
    nodes, assumptions = flatten(graph)
    nodes, outputs = _without_dropped(nodes, graph.outputs, runtime)
    links = Links(nodes, outputs)
    groups = [_group(members, links) for members in _partition(nodes, links, runtime)]
    drawn = absorb(groups, links, runtime)
    return tuple(kernel_of(group) for group in drawn), assumptions


def _without_dropped(
    nodes: Sequence[Node], outputs: tuple[Tensor, ...], runtime: Runtime
) -> tuple[tuple[Node, ...], tuple[Tensor, ...]]:
    """Nodes that the runtime drops leave; their readers read what they read."""
    instead: dict[str, Tensor] = {}
    kept: list[Node] = []
    for node in nodes:
        first = node.input(0)
        if node.op_type in runtime.drops and not node.domain and first is not None:
            instead[node.outputs[0].name] = instead.get(first.name, first)
        elif instead and any(t is not None and t.name in instead for t in node.inputs):
            inputs = tuple(t and instead.get(t.name, t) for t in node.inputs)
            kept.append(replace(node, inputs=inputs))
        else:
            kept.append(node)
    return tuple(kept), tuple(instead.get(tensor.name, tensor) for tensor in outputs)


def _partition(nodes: Sequence[Node], links: Links, runtime: Runtime) -> list[list[Node]]:
    """Each node in exactly one list; lists in the order of their last nodes."""
    place = {node.name: index for index, node in enumerate(nodes)}
    owner: dict[str, int] = {}
    members: list[list[Node]] = []
    for match in (_pattern(name) for name in runtime.fusion):
        for node in nodes:
            if node.name in owner:
                continue
            found = match(node, links)
            if found is None or any(other.name in owner for other in found):
                continue
            for other in found:
                owner[other.name] = len(members)
            members.append(sorted(found, key=lambda n: place[n.name]))
    members += [[node] for node in nodes if node.name not in owner]
    return sorted(members, key=lambda group: place[group[-1].name])


def _pattern(name: str) -> Pattern:
    found = PATTERNS.get(name)
    if found is None:
        raise LookupError(f"no fusion pattern is called {name!r}")
    return found


def _group(nodes: list[Node], links: Links) -> Group:
    """The tensors that cross a group's edges."""
    inside = {tensor.name for node in nodes for tensor in node.outputs}
    reads = {
        tensor.name: tensor
        for node in nodes
        for tensor in node.inputs
        if tensor is not None and tensor.name not in inside
    }
    members = {node.name for node in nodes}
    writes = [
        tensor
        for node in nodes
        for tensor in node.outputs
        if tensor.name in links.outputs
        or any(reader.name not in members for reader in links.readers(tensor))
        or (node is nodes[-1] and not links.readers(tensor) and tensor is node.outputs[0])
    ]
    return Group(tuple(nodes), tuple(reads.values()), tuple(writes))
