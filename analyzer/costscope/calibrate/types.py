"""What a calibration is asked for, what it collects, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costscope.hardware.types import Fitted, Hardware
from costscope.kernels.types import Kernel
from costscope.measure.types import Disturbance
from costscope.timing.terms import Terms

FIRST_SEED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A kind of designed networks, and how it is run.

    Attributes:
        share: of the networks.
        level: of the runtime's optimizer.
        dtype: `float32`, `float16`, `int8` or `dynamic`.
        batch: images.
    """

    share: float
    level: str = "all"
    dtype: str = "float32"
    batch: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long a calibration takes and what it runs.

    Attributes:
        name: `quick`, `default` or `thorough`.
        budget_s: for one number of threads: building, running, fitting.
        recipes: what is run; their shares add up to 1.
        every_count: measure 1, 2, 4, ... threads up to all processors, unless told otherwise.
        repeat_ratio: part of the budget of the first number of threads that is spent on a
            repeat of its first networks; 0 for none.
    """

    name: str
    budget_s: float
    recipes: tuple[Recipe, ...]
    every_count: bool = False
    repeat_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Timed:
    """A kernel of a designed network as it was measured.

    Attributes:
        kernel: of the graph that the runtime made of it.
        terms: its class and the amounts that its time is made of, for one run of it.
        seconds: in one inference, with a profiler watching.
    """

    kernel: Kernel
    terms: Terms
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A designed network as it was measured.

    Attributes:
        seed: that it was drawn from.
        recipe: its kind.
        threads: of one operator.
        latency_s: median without a profiler.
        spread_ratio: from p10 to p90 of the runs without a profiler, over the median.
        kernels: in the order they ran.
        nodes: events of one run; each carries what the profiler and the dispatch add.
    """

    seed: int
    recipe: Recipe
    threads: int
    latency_s: float
    spread_ratio: float
    kernels: tuple[Timed, ...]
    nodes: int

    @property
    def name(self) -> str:
        """The same for one network whatever it ran with: it is held out as a whole."""
        return f"{self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """All networks run with one number of threads.

    Attributes:
        threads: of one operator.
        networks: those that ran.
        failures: by seed, why a network did not.
        skipped: seeds of networks that were too large to be worth their time.
    """

    threads: int
    networks: tuple[Collected, ...]
    failures: Mapping[int, str] = field(default_factory=dict)
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A network predicted by a fit that has not seen it.

    Attributes:
        network: its name.
        measured_s: its latency.
        predicted_s: the sum over its kernels.
    """

    network: str
    measured_s: float
    predicted_s: float

    @property
    def error_ratio(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted_s / self.measured_s - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two runs of the same networks lead to different predictions.

    Attributes:
        networks: that both have.
        median_ratio: of |one / other - 1| over the networks' predicted totals.
        largest_ratio: the largest of them.
    """

    networks: int
    median_ratio: float
    largest_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was learned with one number of threads.

    Attributes:
        fitted: as it stands in the profile.
        collection: what it was made from.
        held_out: networks predicted without having been seen.
        profiler_s: what a profile adds to a kernel's time.
        reference_s: time of the reference kernel before and after.
        agreement: with a repeat; None if there was none.
    """

    fitted: Fitted
    collection: Collection
    held_out: tuple[HeldOut, ...]
    profiler_s: float
    reference_s: tuple[float, float]
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A finished calibration.

    Attributes:
        hardware: the profile.
        parts: one for each number of threads, ascending.
        disturbances: signs that the machine was not quiet.
        wall_s: how long it took.
        effort: how much was asked for.
    """

    hardware: Hardware
    parts: tuple[Part, ...]
    disturbances: tuple[Disturbance, ...]
    wall_s: float
    effort: str

    @property
    def disturbed(self) -> bool:
        """Whether the machine was too busy for the profile to be trusted."""
        return any(each.kind in _TELLING for each in self.disturbances)


_TELLING = frozenset({"steal", "others", "drift"})
