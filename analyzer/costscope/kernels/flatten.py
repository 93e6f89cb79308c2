"""One list of nodes: branches chosen, loop bodies laid out with how often they run."""

from __future__ import annotations

from dataclasses import replace

from costscope.graph.types import Branch, Graph, Node
from costscope.ops import why_uncosted, work_of
from costscope.work import NO_WORK, Work


def flatten(graph: Graph) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """Nodes in execution order without graphs inside them, and what was assumed.

    Of an If the dearer branch is taken (most MACs, then most other operations, then most
    nodes). A node of a loop's body runs as often as the loop. A node that held graphs
    stays, without them, behind its body: it hands the results on.
    """
    assumptions: list[str] = []
    return tuple(_flat(graph.nodes, 1, assumptions)), tuple(assumptions)


def _flat(nodes: tuple[Node, ...], repeats: int, assumptions: list[str]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        if not node.branches:
            out.append(node if repeats == 1 else replace(node, repeats=repeats))
            continue
        branch = _taken(node, assumptions)
        body = _flat(branch.graph.nodes, repeats * branch.trips, assumptions)
        out += body if branch.trips else []
        results = branch.graph.outputs[1:] if node.op_type == "Loop" else branch.graph.outputs
        kept = [tensor for tensor in node.inputs if tensor is not None]
        handed = tuple(dict.fromkeys([*kept, *results]))
        out.append(replace(node, inputs=handed, branches=(), repeats=repeats))
    return out


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
