"""How a runtime runs a model, on any machine: fused by us, or as its own optimizer leaves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from costscope.analysis.totals import totals_of
from costscope.analysis.types import Totals
from costscope.errors import ModelError, UsageError
from costscope.graph.types import Graph
from costscope.kernels.fuse import fuse
from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.layerwise import layerwise
from costscope.schedule.types import Schedule
from costscope.shapes import Bindings

# The graph that a runtime really runs, from a model, its bindings and a level.
Optimizer = Callable[[Any, Bindings, str], Graph]
LEVELS = ("none", "basic", "extended", "all")
DEFAULT_LEVEL = "all"
DEFAULT_RUNTIME = "onnxruntime"
_EXTENDED = "extended"
_OURS = (_EXTENDED, "all")  # that our fusion may stand for


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a runtime runs a model.

    Attributes:
        runtime: that runs it.
        kernels: in order.
        schedule: of the kernels; its peak is of the model as we fuse it.
        totals: of the model as we fuse it.
        assumptions: what was taken for granted.
        graph: the runtime's own, which the kernels are of; None where we fused them.
        executed: name and level of the runtime that made it; "" where we fused.
    """

    runtime: Runtime
    kernels: tuple[Kernel, ...]
    schedule: Schedule
    totals: Totals
    assumptions: tuple[str, ...]
    graph: Graph | None = None
    executed: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a runtime's optimizer is asked.

    Attributes:
        model: as it was given.
        bindings: sizes of its open dimensions.
        level: of optimization; the runtime's own default if None.
        optimizer: that is asked; None for nobody.
        name: of the runtime, with its version.
        retyped: whether another precision is costed than the file has.
    """

    model: Any
    bindings: Bindings
    level: str | None
    optimizer: Optimizer | None
    name: str
    retyped: bool


def fused(graph: Graph, runtime: Runtime) -> Plan:
    """The plan of a graph as we fuse it."""
    kernels, assumptions = fuse(graph, runtime)
    schedule = layerwise(kernels, graph.inputs, graph.outputs, runtime)
    return Plan(
        runtime=runtime,
        kernels=kernels,
        schedule=schedule,
        totals=totals_of(graph, kernels, schedule),
        assumptions=assumptions,
    )


def executed(request: Request, ours: Plan) -> Plan:
    """The plan with the kernels that the runtime really runs; ours where it cannot be asked.

    Raises:
        UsageError: a level that only the runtime itself can follow.
    """
    level = request.level or DEFAULT_LEVEL
    if request.optimizer is None:
        return _instead(ours, level, "its own optimizer was not asked")
    if request.retyped:
        return _instead(ours, level, "the file is in another precision")
    if isinstance(request.model, Graph):
        return _instead(ours, level, "its optimizer needs the model's file")
    try:
        graph = request.optimizer(request.model, request.bindings, level)
    except ModelError as error:
        return _instead(ours, level, f"its optimizer refuses the model ({error})")
    return _of(graph, ours, f"{request.name} at level {level}")


def _of(graph: Graph, ours: Plan, name: str) -> Plan:
    """The plan with the kernels of a graph that is fused already."""
    runtime = replace(ours.runtime, fusion=())
    kernels, assumptions = fuse(graph, runtime)
    schedule = layerwise(kernels, graph.inputs, graph.outputs, runtime)
    told = f"kernels and times are of the graph that {name} makes; totals are of the model's own"
    return replace(
        ours,
        kernels=kernels,
        schedule=replace(schedule, peak=ours.schedule.peak, complete=ours.schedule.complete),
        assumptions=(*ours.assumptions, *assumptions, told),
        graph=graph,
        executed=name,
    )


def _instead(ours: Plan, level: str, why: str) -> Plan:
    """Our own fusion in the place of the runtime's graph, and why."""
    if level not in _OURS:
        raise UsageError(
            f"optimization {level}: costscope fuses as onnxruntime's extended level, and {why}"
        )
    other = "" if level == _EXTENDED else f", not its level {level}"
    told = f"kernels are fused by costscope as onnxruntime's extended level{other}: {why}"
    return replace(ours, assumptions=(*ours.assumptions, told))
