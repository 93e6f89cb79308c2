"""A network of the zoo stage by stage: what leaves each, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from costscope.analysis.types import Analysis
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
    params = _params(analysis)
    found = []
    for stage in stages:
        nodes = [node for node in analysis.graph.nodes if _first(node.name) == stage.name]
        if not nodes:
            continue
        blocks = {node.name.split(".")[1] for node in nodes if "." in node.name}
        numbered = [name for name in blocks if name.removeprefix("block").isdigit()]
        found.append(
            StageCost(
                name=stage.name,
                block=stage.block,
                blocks=len(numbered) or 1,
                output_shape=nodes[-1].output.dims,
                macs=sum(work_of(node).macs * node.repeats for node in nodes),
                params=params.get(stage.name, 0),
            )
        )
    return tuple(found)


def _params(analysis: Analysis) -> dict[str, int]:
    names = dict.fromkeys(
        name
        for kernel in analysis.first.kernels
        for name in kernel.parameters
        if name not in kernel.statistics
    )
    found: dict[str, int] = {}
    for name in names:
        stage = _first(name)
        found[stage] = found.get(stage, 0) + analysis.graph.constants[name].elements
    return found


def _first(name: str) -> str:
    return name.partition(".")[0]
