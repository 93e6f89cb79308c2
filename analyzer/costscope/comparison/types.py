"""A comparison as frozen values: networks, machines, matched kernels, and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from costscope.analysis.types import Analysis, Deployment
from costscope.kernels.types import Kernel
from costscope.timing.types import Timing


class Status(StrEnum):
    """What became of a kernel."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


class Verdict(StrEnum):
    """What may be said of the latency of a network beside that of the base.

    - `same`: nothing that is predicted differs.
    - `faster`, `slower`: surely so.
    - `undecided`: the difference is smaller than the predictions can tell.
    - `unknown`: bounds, or operators without a prediction: nothing can be told.
    """

    SAME = "same"
    FASTER = "faster"
    SLOWER = "slower"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


class Sense(StrEnum):
    """How a difference is meant, head minus base.

    - `exact`: as it stands.
    - `at_least`: the head is a lower bound, so the difference may be greater.
    - `at_most`: the base is a lower bound, so the difference may be smaller.
    - `of_bounds`: between two roofline bounds: it is no prediction.
    - `unknown`: nothing can be said.
    """

    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    OF_BOUNDS = "of_bounds"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of the networks.

    Attributes:
        label: what it is called here; no two networks have the same.
        analysis: of it, on all machines.
    """

    label: str
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of a network.

    Attributes:
        value: in base SI units; None where it is unknown.
        least: whether it is a lower bound: some operators are not in it.
        bound: whether it is a roofline bound, and no prediction.
    """

    value: float | None
    least: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A quantity of the base and of another network.

    Attributes:
        quantity: its name with its unit, as in JSON (`latency_s`, `macs`, ...).
        base: of the base.
        head: of the other network.
        difference: head minus base; None where nothing can be said.
        sense: how the difference is meant.
    """

    quantity: str
    base: Amount
    head: Amount
    difference: float | None
    sense: Sense

    @property
    def ratio(self) -> float | None:
        """The difference over the base; None where unknown, or the base is zero or a bound."""
        if self.difference is None or not self.base.value or self.base.least:
            return None
        return self.difference / self.base.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A network beside the base, on one machine or none.

    Attributes:
        label: of the network.
        deployment: of the network there.
        changes: by quantity, in the order that reports show.
        verdict: whether the latency differs; None without a machine and for the base itself.
        reason: sentence: why the verdict is what it is; "" without one.
    """

    label: str
    deployment: Deployment
    changes: tuple[Change, ...]
    verdict: Verdict | None
    reason: str = ""

    def change(self, quantity: str) -> Change:
        """The change of a quantity.

        Raises:
            KeyError: there is no such quantity.
        """
        for each in self.changes:
            if each.quantity == quantity:
                return each
        raise KeyError(quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMachine:
    """All networks on one machine.

    Attributes:
        name: of the machine; "" without one.
        runs_as: the runtime.
        rows: a row a network, the base first.
    """

    name: str
    runs_as: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A kernel of one network in its turn.

    Attributes:
        order: its place in the order of execution, from 1.
        kernel: the kernel.
        timing: its time; None without a machine.
        held_bytes: activations held while it runs.
    """

    order: int
    kernel: Kernel
    timing: Timing | None
    held_bytes: int

    @property
    def known(self) -> bool:
        """Whether its arithmetic and traffic are known."""
        return self.kernel.problem is None

    @property
    def latency_s(self) -> float | None:
        """Its time, all runs of one inference; None where unknown."""
        return self.timing.latency_s if self.timing else None

    @property
    def macs(self) -> int:
        """Its multiply-accumulates, all runs of one inference."""
        return self.kernel.work.macs * self.kernel.repeats

    @property
    def traffic_bytes(self) -> int:
        """What it moves, all runs of one inference."""
        return self.kernel.traffic.total_bytes * self.kernel.repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What became of a kernel: matched, removed or added.

    Attributes:
        status: which of them.
        base: the kernel of the base; None for one that was added.
        head: the kernel of the other network; None for one that was removed.
        block: the block it is counted in.
    """

    status: Status
    base: Side | None
    head: Side | None
    block: str = ""

    @property
    def either(self) -> Side:
        """The kernel as the head has it, else as the base has it."""
        side = self.head or self.base
        if side is None:
            raise ValueError("a pair without kernels")
        return side


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The differences of one block, or of what is beside the kernels.

    Differences of all parts add up to the difference of the networks without any rounding:
    that of the latency is kept as a fraction for this.

    Attributes:
        block: its name.
        base_kernels: how many kernels the base has in it.
        head_kernels: how many the other network has.
        changed_kernels: kernels and pairs of kernels among them that are not the same in both.
        base_latency_s: known time of the base's; None without a prediction.
        head_latency_s: known time of the other's.
        latency_s: difference of the known times; None without predictions of both.
        macs: difference of the known multiply-accumulates.
        traffic_bytes: difference of the bytes known to be moved.
        base_held_bytes: most activation memory held while a kernel of it runs in the base.
        head_held_bytes: the same in the other network.
        uncosted: whether some kernel of it that changed has no cost.
        untimed: whether some kernel of it that changed has no time.
    """

    block: str
    base_kernels: int = 0
    head_kernels: int = 0
    changed_kernels: int = 0
    base_latency_s: float | None = None
    head_latency_s: float | None = None
    latency_s: Fraction | None = None
    macs: int = 0
    traffic_bytes: int = 0
    base_held_bytes: int = 0
    head_held_bytes: int = 0
    uncosted: bool = False
    untimed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What changed between two networks, on the first machine.

    Attributes:
        pairs: every kernel of both, once, in the order that they run.
        parts: differences by block, largest first: of latency where both have a prediction,
            else of multiply-accumulates.
        by_kind: whether the names tell no blocks, so that kinds of kernel stand for them.
    """

    pairs: tuple[Pair, ...]
    parts: tuple[Part, ...]
    by_kind: bool = False

    def count(self, status: Status) -> int:
        """How many kernels have a status."""
        return sum(pair.status is status for pair in self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Networks side by side; the first is what the others are compared with.

    Attributes:
        subjects: the networks, the base first.
        machines: one a machine, or one without any.
        detail: kernels and blocks; None for more than two networks.
    """

    subjects: tuple[Subject, ...]
    machines: tuple[OnMachine, ...]
    detail: Detail | None

    @property
    def base(self) -> Subject:
        """What the others are compared with."""
        return self.subjects[0]

    @property
    def first(self) -> OnMachine:
        """The machine of the detail."""
        return self.machines[0]
