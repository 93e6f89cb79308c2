"""What stands where in a deployed model: looked up for every change, so made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from costscope.analysis.deploy import fallback_of
from costscope.analysis.types import Deployment
from costscope.graph.types import Graph, Node
from costscope.kernels.types import Kernel
from costscope.schedule.types import Step
from costscope.timing.elsewhere import moves
from costscope.timing.rated import macs_by_dtype, main_dtype
from costscope.timing.step import Prepared, prepare, timing_of
from costscope.timing.types import TimeModel
from costscope.work import FREE, KernelKind

_PUSHES_TRANSPOSES = frozenset({"transposes", "transposes_on_cpu"})
# Kernels that no Transpose is pushed through, whatever stands around them.
_STOPS = frozenset(
    {
        *(KernelKind.DENSE_CONV, KernelKind.POINTWISE_CONV, KernelKind.DEPTHWISE_CONV),
        *(KernelKind.GROUPED_CONV, KernelKind.TRANSPOSED_CONV, KernelKind.FULLY_CONNECTED),
        *(KernelKind.BATCHED_MATMUL, KernelKind.ATTENTION, KernelKind.RECURRENT),
    }
)


class Around:
    """A model as it is deployed, with its operators by what they touch.

    Attributes:
        deployment: the kernels, as costscope fuses them.
        graph: that they are of.
    """

    def __init__(self, deployment: Deployment, graph: Graph) -> None:
        self.deployment = deployment
        self.graph = graph

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Operators by name."""
        return {node.name: node for node in self.graph.nodes}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each operator in the order."""
        return {node.name: place for place, node in enumerate(self.graph.nodes)}

    def origin(self, name: str) -> str:
        """The operator of the file that one is or comes from, where the runtime made it.

        Fusion names what it adds after its origin: `norm/Mul~7`, a copy `conv~3`.
        """
        if name in self.nodes:
            return name
        copied = name.rpartition("~")[0]
        return copied if copied in self.nodes else copied.rpartition("/")[0]

    def told(self, name: str) -> str:
        """A name without the serial number of what fusion made, which tells nothing."""
        return name if name in self.nodes else name.rpartition("~")[0] or name

    @cached_property
    def _kernel_places(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, dict[int, None]] = {}
        for place, kernel in enumerate(self.deployment.kernels):
            for node in kernel.nodes:
                found.setdefault(self.origin(node.name), {})[place] = None
        return {name: tuple(places) for name, places in found.items()}

    def in_order(self, names: Iterable[str]) -> list[Node]:
        """The operators of some names, in order."""
        places = sorted(self.places[name] for name in names if name in self.places)
        return [self.graph.nodes[place] for place in places]

    def kernels_of(self, names: Collection[str]) -> list[Kernel]:
        """The kernels that have some of these operators, in order."""
        if len(names) == len(self.nodes):
            return list(self.deployment.kernels)
        known = self._kernel_places
        places = sorted({place for name in names for place in known.get(name, ())})
        return [self.deployment.kernels[place] for place in places]

    @cached_property
    def has_branches(self) -> bool:
        """Whether graphs stand inside operators."""
        return any(node.branches for node in self.graph.nodes)

    @cached_property
    def touching(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the operators that read or make each activation."""
        found: dict[str, list[str]] = {}
        for node in self.graph.nodes:
            for name in touched((node,)):
                found.setdefault(name, []).append(node.name)
        return {name: tuple(names) for name, names in found.items()}

    @cached_property
    def storing(self) -> Mapping[str, int]:
        """How many kernels store each constant."""
        return Counter(name for kernel in self.deployment.kernels for name in kernel.stored)

    @cached_property
    def macs_by_dtype(self) -> Mapping[str, int]:
        """Multiply-accumulates by the element type they are done in."""
        return macs_by_dtype(self.deployment.kernels)

    @cached_property
    def is_turned(self) -> bool:
        """Whether there are Transposes, which the runtime pushes far through a network."""
        return any(node.op_type == "Transpose" for node in self.graph.nodes) and self.pushes

    @cached_property
    def pushes(self) -> bool:
        """Whether the runtime pushes Transposes through other operators."""
        fusion = self.deployment.runtime.fusion
        return any(not _PUSHES_TRANSPOSES.isdisjoint(level) for level in fusion)

    @cached_property
    def machine(self) -> Prepared | None:
        """The machine as the model finds it; None where kernels cannot be priced one by one."""
        hardware, prediction = self.deployment.hardware, self.deployment.prediction
        if hardware is None or prediction is None or hardware.fitted:
            return None  # fitted kernel by kernel: time depends on what stands around
        placed = [memory for memory in hardware.memories if "activations" in memory.holds]
        if len(placed) > 1 and prediction.time_model is not TimeModel.CALIBRATED:
            return None  # another peak may lie in another memory
        return self.machine_with(self.deployment.totals.weight_bytes)

    def machine_with(self, weight_bytes: int) -> Prepared | None:
        """The machine, were the weights of another size."""
        hardware, prediction = self.deployment.hardware, self.deployment.prediction
        if hardware is None or prediction is None:
            return None
        return prepare(
            self.deployment.schedule,
            hardware,
            runtime=self.deployment.runtime.name,
            weight_bytes=weight_bytes,
            time_model=prediction.time_model,
            threads=prediction.threads,
        )

    @cached_property
    def spilled_seconds(self) -> Mapping[str, float]:
        """What each kernel waits for its weights where all of them lie far away, by its name.

        Under rates that is added to what else it takes: of half of the weights it is half.
        """
        near, far = (self._times(ratio) for ratio in (0.0, 1.0))
        return {name: far[name] - near[name] for name in near}

    def _times(self, spilled_ratio: float) -> Mapping[str, float]:
        machine = self.machine
        if machine is None or machine.rated is None:
            return {}
        setting = replace(machine.rated.setting, spilled_ratio=spilled_ratio)
        machine = replace(machine, rated=replace(machine.rated, setting=setting))
        timings = (timing_of(step, machine) for step in self.deployment.schedule.steps)
        return {timing.step.kernel.name: timing.latency_s or 0.0 for timing in timings}

    @cached_property
    def seconds(self) -> Mapping[str, float | None]:
        """What each kernel takes, copies before it included, by its name."""
        prediction = self.deployment.prediction
        timings = prediction.timings if prediction is not None else ()
        return {timing.step.kernel.name: timing.latency_s for timing in timings}

    @cached_property
    def _known(self) -> Mapping[tuple[int, ...], Kernel]:
        return {tuple(map(id, kernel.nodes)): kernel for kernel in self.deployment.kernels}

    def known_seconds(self, kernel: Kernel) -> float | None:
        """What a kernel takes if it is one of the model's own, fused anew; None if not."""
        found = self._known.get(tuple(map(id, kernel.nodes)))
        if found is None or (found.traffic, found.runs_as) != (kernel.traffic, kernel.runs_as):
            return None
        return self.seconds.get(found.name) if found.kind is kernel.kind else None

    @cached_property
    def sides(self) -> Mapping[str, bool]:
        """Whether another machine makes an activation, by its name."""
        hardware, schedule = self.deployment.hardware, self.deployment.schedule
        if hardware is None or not self.falls_back:
            return {}
        found = zip(schedule.steps, moves(schedule, hardware), strict=True)
        return {t.name: move.away for step, move in found for t in step.kernel.writes}

    @cached_property
    def left(self) -> tuple[Step, ...]:
        """The steps that another machine runs."""
        steps = self.deployment.schedule.steps
        return tuple(s for s in steps if any(self.sides.get(t.name) for t in s.kernel.writes))

    @cached_property
    def elsewhere(self) -> Prepared | None:
        """The machine that runs what this one does not, as it finds those kernels.

        None where there are none, or where what it takes is not decided by each alone.
        """
        hardware, schedule = self.deployment.hardware, self.deployment.schedule
        other = fallback_of(hardware) if hardware is not None else None
        dtypes = {step.kernel.compute_dtype for step in self.left}
        if other is None or other.fitted or len(dtypes) != 1:
            return None
        if not other.rates_for(other.runtime, dtype=main_dtype(schedule)):
            return None  # a roofline bound is no time: nothing is run there
        part = replace(schedule, steps=self.left)
        return prepare(part, other, runtime=other.runtime, weight_bytes=0)

    @cached_property
    def falls_back(self) -> bool:
        """Whether another machine runs what this one does not, in this time model."""
        hardware, prediction = self.deployment.hardware, self.deployment.prediction
        if hardware is None or prediction is None or fallback_of(hardware) is None:
            return False
        return prediction.time_model is TimeModel.CALIBRATED and hardware.kinds is not None

    def fellows(self, names: Collection[str]) -> Iterator[str]:
        """Names of the operators that run as one with these, as far as the file has them."""
        for kernel in self.kernels_of(names):
            for node in kernel.nodes:
                name = self.origin(node.name)
                if name in self.nodes:
                    yield name

    def ring(self, names: Collection[str], tensors: Iterable[str]) -> set[str]:
        """Names of these operators and of the kernels around them that touch these tensors.

        What stands beside an operator that leaves no kernel behind stands beside what the
        runtime sees there: such operators are gone through.
        """
        found = set(names)
        waiting = list(tensors)
        seen = set(waiting)
        while waiting:
            for name in self.touching.get(waiting.pop(), ()):
                if name in found:
                    continue
                found.add(name)
                if self._is_passed(name):
                    more = touched((self.nodes[name],)) - seen
                    seen |= more
                    waiting += more
        return found | set(self.fellows(tuple(found)))

    def _is_passed(self, name: str) -> bool:
        kinds = {kernel.kind for kernel in self.kernels_of((name,))}
        if kinds <= FREE:
            return True
        return self.is_turned and kinds.isdisjoint(_STOPS)


def touched(nodes: Iterable[Node]) -> set[str]:
    """Names of the activations that operators read and write."""
    return {
        tensor.name
        for node in nodes
        for tensor in (*node.inputs, *node.outputs)
        if tensor is not None and not tensor.constant
    }
