"""One list of nodes: branches chosen, loop bodies laid out with how often they run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from costscope.graph.types import Branch, Graph, Node, Tensor
from costscope.ops import Slot, slot_of, why_uncosted, work_of
from costscope.work import NO_WORK, Work


@dataclass(slots=True)
class Flat:
    """Nodes in execution order, without graphs inside them.

    Attributes:
        nodes: in order.
        regions: of each node, which graph it stood in: 0 the main one, then those inside.
        assumptions: sentences: what was chosen on the way.
        bodies: how many graphs inside nodes were laid out.
    """

    nodes: list[Node] = field(default_factory=list)
    regions: list[int] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    bodies: int = 0


def flatten(graph: Graph) -> Flat:
    """The nodes of a graph and of the graphs inside its nodes.

    Of an If the dearer branch is taken (most MACs, then most other operations, then most
    nodes). A node of a loop's body runs as often as the loop. A node that held graphs
    stays, without them, behind its body: it hands the results on, and holds what the body
    reads from outside until the last iteration.
    """
    flat = Flat()
    if not any(node.branches for node in graph.nodes):
        flat.nodes = list(graph.nodes)
        flat.regions = [0] * len(graph.nodes)
        return flat
    _lay_out(graph.nodes, 1, 0, flat)
    return flat


def _lay_out(nodes: tuple[Node, ...], repeats: int, region: int, flat: Flat) -> None:
    for node in nodes:
        if node.branches:
            node = _without_body(node, repeats, flat)  # noqa: PLW2901 - its body is laid out
        elif repeats != 1:
            node = replace(node, repeats=repeats)  # noqa: PLW2901
        flat.nodes.append(node)
        flat.regions.append(region)


def _without_body(node: Node, repeats: int, flat: Flat) -> Node:
    """Lay out the body of a node, and return the node without it."""
    branch = _taken(node, flat.assumptions)
    handed = {tensor.name: tensor for tensor in node.inputs if tensor is not None}
    begin = len(flat.nodes)
    if branch.trips:
        flat.bodies += 1
        _lay_out(branch.graph.nodes, repeats * branch.trips, flat.bodies, flat)
        results = branch.graph.outputs[1:] if node.op_type == "Loop" else branch.graph.outputs
        handed.update((tensor.name, tensor) for tensor in results)
    if branch.trips > 1:
        handed.update(_from_outside(flat.nodes[begin:]))
    left_out = [other.graph for other in node.branches if other is not branch]
    handed.update((t.name, t) for graph in left_out for t in _constants(graph))
    problem = next((why for graph in left_out for why in _unknown(graph)), node.problem)
    return replace(
        node, inputs=tuple(handed.values()), branches=(), repeats=repeats, problem=problem
    )


def _constants(graph: Graph) -> Iterator[Tensor]:
    """Weights of a branch that is not taken: they are stored all the same."""
    for node in graph.nodes:
        for slot, tensor in enumerate(node.inputs):
            is_stored = slot_of(node.key, slot) is not Slot.SETTING
            if tensor is not None and tensor.constant and is_stored:
                yield tensor
        for branch in node.branches:
            yield from _constants(branch.graph)


def _unknown(graph: Graph) -> Iterator[str]:
    """Why a branch that is not taken may be the dearer one after all."""
    for node in graph.nodes:
        why = why_uncosted(node)
        if why is not None:
            yield f"its branch that is not counted holds {node.op_type} {node.name!r}: {why}"
        for branch in node.branches:
            yield from _unknown(branch.graph)


def _from_outside(body: Sequence[Node]) -> dict[str, Tensor]:
    """What a body reads and does not make: the next iteration reads it again."""
    made = {tensor.name for node in body for tensor in node.outputs}
    return {
        tensor.name: tensor
        for node in body
        for tensor in node.inputs
        if tensor is not None and not tensor.constant and tensor.name not in made
    }


def _taken(node: Node, assumptions: list[str]) -> Branch:
    if len(node.branches) == 1:
        return node.branches[0]
    ranked = sorted(node.branches, key=_cost, reverse=True)
    first, second = ranked[0], ranked[-1]
    assumptions.append(
        f"{node.name!r} is costed for its dearer branch {first.name} "
        f"({_total(first.graph).macs:,} MACs; {second.name} has {_total(second.graph).macs:,})"
    )
    return first


def _cost(branch: Branch) -> tuple[int, int, int]:
    total = _total(branch.graph)
    unknown = sum(why_uncosted(node) is not None for node in branch.graph.nodes)
    return total.macs, total.flops, len(branch.graph.nodes) + unknown


def _total(graph: Graph) -> Work:
    """Work of a graph, bodies included."""
    total = NO_WORK
    for node in graph.nodes:
        total += work_of(node)
        if node.branches:
            costs = [_total(branch.graph) * branch.trips for branch in node.branches]
            total += max(costs, key=lambda work: (work.macs, work.flops))
    return total
