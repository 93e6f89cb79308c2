"""Kernels: what a runtime launches once, with work inside and traffic at the edges."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.graph.types import Node, Tensor
from costscope.work import KernelKind, Work


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that cross a kernel's edges in one run; the letter Q of the roofline model.

    Weights and activations, as in Eq. 1 of MobileNetV4; biases, scales and zero points
    are part of a model's weight bytes but of no kernel's traffic, as in that equation.

    Attributes:
        weight_bytes: constants read.
        read_bytes: activations read.
        write_bytes: activations written.
    """

    weight_bytes: int = 0
    read_bytes: int = 0
    write_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """All bytes moved."""
        return self.weight_bytes + self.read_bytes + self.write_bytes

    @property
    def activation_bytes(self) -> int:
        """Activations read and written."""
        return self.read_bytes + self.write_bytes

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.weight_bytes + other.weight_bytes,
            self.read_bytes + other.read_bytes,
            self.write_bytes + other.write_bytes,
        )

    def __mul__(self, times: int) -> Traffic:
        return Traffic(self.weight_bytes * times, self.read_bytes * times, self.write_bytes * times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """One or several operators that run as one.

    Attributes:
        name: the name of the operator that gives it its kind.
        kind: kind of its heaviest operator, unless they are one together (a normalization
            written out).
        runs_as: operator that the runtime runs it as (`FusedConv`, `Gelu`, ...).
        nodes: operators in order, absorbed ones (QuantizeLinear, DequantizeLinear) and those
            worked into constants (BatchNormalization) too.
        reads: activations that enter.
        writes: activations that leave.
        weights: constants that it reads, without biases and quantization parameters.
        parameters: names of the file's constants behind its weights, biases and statistics.
        statistics: those among them that are running means and variances: not learned.
        stored: names of all the file's constants that it needs when it runs: parameters,
            scales and zero points.
        compute_dtype: element type it computes in.
        work: arithmetic of one run.
        traffic: bytes of one run.
        memory_access: ShuffleNet-v2's memory access cost of one run, in elements:
            hw(c1+c2) + c1*c2/g generalised to what enters, leaves and is read as weight.
        memory_access_bound: the least of it for as many MACs, 2*sqrt(hwB/k^2) + B/hw
            (ShuffleNet-v2, Eq. 1, for a kernel area k^2); None without MACs.
        problem: why it cannot be costed; None if it can.
        repeats: how often it runs in one inference (inside loops).
    """

    name: str
    kind: KernelKind
    runs_as: str = ""
    nodes: tuple[Node, ...]
    reads: tuple[Tensor, ...]
    writes: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]
    parameters: tuple[str, ...]
    statistics: tuple[str, ...] = ()
    stored: tuple[str, ...]
    compute_dtype: str
    work: Work
    traffic: Traffic
    memory_access: int
    memory_access_bound: float | None
    problem: str | None
    repeats: int

    @property
    def op_types(self) -> tuple[str, ...]:
        """Operator types of its nodes, in order."""
        return tuple(node.op_type for node in self.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """How a runtime executes a graph, the same on every machine.

    Attributes:
        name: its own name.
        summary: one sentence.
        fusion: names of the patterns it fuses, by level: a level is gone through in order,
            and again while it changes anything, before the next.
        in_place: kinds whose output may take the place of an input that dies there.
        in_place_operands: how many activations such a kernel may read.
    """

    name: str
    summary: str
    fusion: tuple[tuple[str, ...], ...]
    in_place: frozenset[KernelKind]
    in_place_operands: int = 2
