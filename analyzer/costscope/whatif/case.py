"""A model on a machine, with what rules look up and what a change would save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from costscope.analysis.deploy import deploy
from costscope.analysis.plan import Plan, fused
from costscope.analysis.precision import in_precision
from costscope.analysis.types import Analysis, Deployment
from costscope.graph.types import Graph, Node, Tensor
from costscope.hardware.types import Hardware
from costscope.kernels.types import Kernel
from costscope.timing.types import Timing
from costscope.whatif.around import Around
from costscope.whatif.window import Cost, local_costs, unpriced

# Plans of a model by runtime and precision: machines with one runtime have them in common.
Retyped = dict[tuple[str, str], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a change saves in one inference; negative where it costs.

    Attributes:
        latency_s: predicted; None without a machine, or where either side is not predicted.
        latency_ratio: the same as a share of the model's latency; None where that is only a
            lower bound.
        traffic_bytes: that kernels would not move.
        macs: multiply-accumulates that would not be done.
    """

    latency_s: float | None
    latency_ratio: float | None
    traffic_bytes: int
    macs: int


class Case:
    """A model on one machine or none, as a rule sees it.

    Attributes:
        analysis: of the model.
        deployment: the model as costscope fuses it there. Where the analysis has the graph of
            a runtime's own optimizer, this one stands in for it: changes are priced by the
            same fusion before and after.
        graph: the model's operators.
    """

    def __init__(
        self, analysis: Analysis, deployment: Deployment, retyped: Retyped | None = None
    ) -> None:
        """A case of a model.

        Args:
            analysis: of the model.
            deployment: one of its deployments.
            retyped: the model's plans in other precisions, kept for its other machines.
        """
        self._retyped: Retyped = {} if retyped is None else retyped
        self.analysis = analysis
        self.graph: Graph = analysis.graph
        self.deployment = deployment
        if deployment.executed:
            self.deployment = self.deployed(self.graph)

    @property
    def hardware(self) -> Hardware | None:
        """The machine; None without one."""
        return self.deployment.hardware

    @cached_property
    def around(self) -> Around:
        """What stands where, as changes are priced by."""
        return Around(self.deployment, self.graph)

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Operators of the main graph by name."""
        return self.around.nodes

    @cached_property
    def makers(self) -> Mapping[str, Node]:
        """The operator that makes each tensor, by the tensor's name."""
        return {tensor.name: node for node in self.graph.nodes for tensor in node.outputs}

    @cached_property
    def readers(self) -> Mapping[str, tuple[Node, ...]]:
        """The operators that read each tensor, in order, by the tensor's name."""
        found: dict[str, dict[str, Node]] = {}
        for node in self.graph.nodes:
            for tensor in node.inputs:
                if tensor is not None:
                    found.setdefault(tensor.name, {})[node.name] = node
        return {name: tuple(nodes.values()) for name, nodes in found.items()}

    @cached_property
    def leaving(self) -> frozenset[str]:
        """Names of the tensors that leave the graph."""
        return frozenset(tensor.name for tensor in self.graph.outputs)

    @cached_property
    def kernel_of(self) -> Mapping[str, Kernel]:
        """The kernel that each operator is part of; what the runtime drops has none."""
        return {node.name: k for k in self.deployment.kernels for node in k.nodes}

    @cached_property
    def timing_of(self) -> Mapping[str, Timing]:
        """The time of each kernel, by its name; empty without a machine."""
        prediction = self.deployment.prediction
        timings = prediction.timings if prediction else ()
        return {timing.step.kernel.name: timing for timing in timings}

    @property
    def latency_s(self) -> float | None:
        """Predicted latency of the whole model; None where it is not known."""
        prediction = self.deployment.prediction
        return prediction.latency_s if prediction else None

    def maker(self, tensor: Tensor | None) -> Node | None:
        """The operator that makes a tensor; None for inputs and constants."""
        return None if tensor is None else self.makers.get(tensor.name)

    def only_reader(self, tensor: Tensor) -> Node | None:
        """The one operator that reads a tensor which does not leave the graph."""
        found = self.readers.get(tensor.name, ())
        return found[0] if len(found) == 1 and tensor.name not in self.leaving else None

    def seconds(self, kernels: Iterable[Kernel]) -> float | None:
        """Predicted seconds of some kernels; None where any has no prediction."""
        found = [self.timing_of.get(kernel.name) for kernel in kernels]
        times = [timing.latency_s for timing in found if timing is not None]
        if len(times) < len(found) or any(time is None for time in times):
            return None
        return fsum(time or 0.0 for time in times)

    def saving(self, changed: Graph) -> Saving:
        """What the model saves when it is changed so, by pricing what the change touches.

        Where only the neighbourhood of the change can be different, only that is priced;
        else the whole changed model. Both give the same figures.
        """
        pair = local_costs(self.around, changed)
        before, after = pair or (self._cost(self.deployment), self._cost(self.deployed(changed)))
        return self._saving(before, after)

    def deployed(self, graph: Graph) -> Deployment:
        """Another graph where this one runs."""
        return self._deploy(fused(graph, self.deployment.runtime))

    def deployed_in(self, dtype: str) -> Deployment:
        """The model in another precision where this one runs."""
        runtime = self.deployment.runtime
        key = runtime.name, dtype
        if key not in self._retyped:
            self._retyped[key] = fused(in_precision(self.graph, dtype), runtime)
        return self._deploy(self._retyped[key])

    def _deploy(self, plan: Plan) -> Deployment:
        prediction = self.deployment.prediction
        return deploy(
            plan,
            self.deployment.hardware,
            time_model=prediction.time_model if prediction else None,
            threads=prediction.threads if prediction else None,
        )

    def _saving(self, before: Cost, after: Cost) -> Saving:
        latency_s = None
        known = before.latency_s is not None and after.latency_s is not None
        if self.latency_s is not None and known and before.unpriced == after.unpriced:
            latency_s = (before.latency_s or 0.0) - (after.latency_s or 0.0)
        prediction = self.deployment.prediction
        whole_s = self.latency_s if prediction and prediction.complete else None
        ratio = latency_s / whole_s if latency_s is not None and whole_s else None
        return Saving(
            latency_s=latency_s,
            latency_ratio=ratio,
            traffic_bytes=before.traffic_bytes - after.traffic_bytes,
            macs=before.macs - after.macs,
        )

    def _cost(self, deployment: Deployment) -> Cost:
        prediction = deployment.prediction
        left_out = frozenset(
            unpriced(self.around, timing.step.kernel)
            for timing in (prediction.timings if prediction else ())
            if timing.latency_s is None
        )
        return Cost(
            latency_s=prediction.latency_s if prediction else None,
            unpriced=left_out,
            traffic_bytes=deployment.totals.traffic_bytes,
            macs=deployment.totals.work.macs,
        )
