"""An analysis as a frozen value; totals are sums over its kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from costscope.graph.types import Graph
from costscope.hardware.types import Hardware
from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.types import Schedule
from costscope.timing.types import Prediction
from costscope.work import KernelKind, Work


class Severity(StrEnum):
    """How much a finding matters; the worst first.

    - `error`: the network does not run there, or not without another processor.
    - `warning`: it costs time or memory for no good reason.
    - `note`: worth knowing; there may be a reason.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to change, and what that would save.

    Attributes:
        rule: code of the rule (`G1`, `M1`, ...).
        severity: how much it matters.
        subject: the block, kernel or model it is about.
        message: one sentence: what was found, with its numbers.
        change: one sentence: what to do about it.
        evidence: the numbers behind the sentence, each named with its unit.
        nodes: the operators it is about, in order of execution.
        hardware: the machine that it was found for; "" without one.
        saving_s: predicted saving of one inference; None where time cannot be told. Negative
            where the change would cost time on this machine.
        saving_ratio: the same as a share of the model's latency there; None where that is not
            known as a whole.
        saving_bytes: traffic that one inference would not move; None where it is no matter
            of traffic.
    """

    rule: str
    severity: Severity
    subject: str
    message: str
    change: str = ""
    evidence: Mapping[str, float]
    nodes: tuple[str, ...] = ()
    hardware: str = ""
    saving_s: float | None = None
    saving_ratio: float | None = None
    saving_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncosted:
    """An operator that is in no sum.

    Attributes:
        name: the node's.
        op_type: operator, with its domain if it has one.
        reason: why it is not costed.
    """

    name: str
    op_type: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShare:
    """All kernels of one kind.

    Attributes:
        kind: the kind.
        kernels: how many, runs inside loops counted once.
        work: their arithmetic.
        weight_bytes: weights they read.
        activation_bytes: activations they move.
        latency_s: their time; None without a machine.
    """

    kind: KernelKind
    kernels: int
    work: Work
    weight_bytes: int
    activation_bytes: int
    latency_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over a deployment's kernels, all runs of one inference.

    Attributes:
        work: arithmetic.
        params: elements of the file's constants that kernels read as weights, biases or
            running statistics.
        statistics: those of them that are running means and variances of batch norms: stored
            with the weights but not learned. Published parameter counts leave them out.
        weight_bytes: bytes of those, and of scales and zero points: what flash must hold.
        weight_bytes_by_dtype: the same, by element type.
        activation_bytes: activations read and written by kernels.
        traffic_bytes: weights and activations moved by kernels.
        memory_access: ShuffleNet-v2's memory access cost of all kernels, in elements.
        peak_activation_bytes: most activation memory held at once.
    """

    work: Work
    params: int
    statistics: int
    weight_bytes: int
    weight_bytes_by_dtype: Mapping[str, int]
    activation_bytes: int
    traffic_bytes: int
    memory_access: int
    peak_activation_bytes: int

    @property
    def arithmetic_intensity(self) -> float | None:
        """FLOP/byte; None for a model that moves nothing."""
        return self.work.flops / self.traffic_bytes if self.traffic_bytes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The model as one runtime would run it, on one machine or none.

    Attributes:
        runtime: how it is fused.
        kernels: in execution order.
        schedule: order and memory; its peak is of the model as costscope fuses it.
        totals: sums over the model as costscope fuses it.
        hardware: the machine; None if none was named.
        prediction: its time; None without a machine.
        graph: what the runtime made of the model, which the kernels are of; None where they
            are of the model's own graph.
        executed: name and level of the runtime that made it; "" if none did.
    """

    runtime: Runtime
    kernels: tuple[Kernel, ...]
    schedule: Schedule
    totals: Totals
    hardware: Hardware | None = None
    prediction: Prediction | None = None
    graph: Graph | None = None
    executed: str = ""

    @property
    def name(self) -> str:
        """The machine's name, or the runtime's without one."""
        return self.hardware.name if self.hardware else self.runtime.name

    @property
    def runs_as(self) -> str:
        """The runtime, with version and level where its own graph was taken."""
        return self.executed or self.runtime.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What costscope has to say of a model.

    Attributes:
        model: its name.
        graph: its operators.
        deployments: one per machine asked for, or one without a machine.
        uncosted: operators that are in no sum.
        assumptions: what was taken for granted.
        findings: what to change, greatest saving first; None where nobody looked.
    """

    model: str
    graph: Graph
    deployments: tuple[Deployment, ...]
    uncosted: tuple[Uncosted, ...]
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...] | None = None

    @property
    def first(self) -> Deployment:
        """The first deployment: the one whose totals stand for the model."""
        return self.deployments[0]

    @property
    def totals(self) -> Totals:
        """Totals of the first deployment."""
        return self.first.totals
