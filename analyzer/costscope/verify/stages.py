"""A network of the zoo stage by stage: what leaves each, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from costscope.analysis.types import Analysis
from costscope.graph.types import Node
from costscope.ops import work_of
from costscope.zoo.types import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """One stage of a network.

    Attributes:
        name: of the stage.
        block: of the YAML that made it.
        blocks: how many of it in a row.
        output_shape: of what leaves its last operator.
        macs: multiply-accumulates.
        params: learned elements; running statistics are left out.
    """

    name: str
    block: str
    blocks: int
    output_shape: tuple[int, ...]
    macs: int
    params: int


def stages_of(analysis: Analysis, stages: Iterable[Stage]) -> tuple[StageCost, ...]:
    """The cost of each stage, from the names of its operators; stages left out have none."""
    known = {stage.name: stage for stage in stages}
    params = _params(analysis, known)
    nodes: dict[str, list[Node]] = {}
    for node in analysis.graph.nodes:
        nodes.setdefault(_stage(node.name, known), []).append(node)
    return tuple(
        StageCost(
            name=name,
            block=stage.block,
            blocks=_blocks(nodes[name], name),
            output_shape=nodes[name][-1].output.dims,
            macs=sum(work_of(node).macs * node.repeats for node in nodes[name]),
            params=params.get(name, 0),
        )
        for name, stage in known.items()
        if name in nodes
    )


def _params(analysis: Analysis, known: Mapping[str, Stage]) -> dict[str, int]:
    names = dict.fromkeys(
        name
        for kernel in analysis.first.kernels
        for name in kernel.parameters
        if name not in kernel.statistics
    )
    found: dict[str, int] = {}
    for name in names:
        stage = _stage(name, known)
        found[stage] = found.get(stage, 0) + analysis.graph.constants[name].elements
    return found


def _blocks(nodes: Sequence[Node], stage: str) -> int:
    """How many numbered blocks a stage's nodes stand in; 1 without numbers."""
    first = {node.name.removeprefix(f"{stage}.").partition(".")[0] for node in nodes}
    return len([name for name in first if name.removeprefix("block").isdigit()]) or 1


def _stage(name: str, known: Mapping[str, Stage]) -> str:
    """The stage that a name begins with: the longest, as a stage's name may hold a dot."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name
