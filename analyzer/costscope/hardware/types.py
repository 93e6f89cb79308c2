"""A machine as frozen values: compute peaks, memories, and runtimes measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costscope.work import KernelKind

ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a number comes from.

    Attributes:
        key: the word that numbers of the profile refer to it by.
        reference: title, repository or data sheet, with the page or path.
        date: when it was published or read.
    """

    key: str
    reference: str
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """The arithmetic peak of one element type.

    Attributes:
        dtype: element type.
        peak_flops_per_s: operations a second; a multiply-accumulate is two. For a type
            that is run as another one, that one's peak.
        runs_as: the type that the machine really computes in; the same if it is native.
        source: key of the source; `assumed` where there is none.
        how: how the number follows from the source.
    """

    dtype: str
    peak_flops_per_s: float
    runs_as: str
    source: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One level of memory, nearest to the arithmetic first.

    Attributes:
        capacity_bytes: None where it does not limit.
        bandwidth_bytes_per_s: sustained reading and writing together.
        holds: `weights`, `activations` or both: what may be placed in it.
        fixed: a hard limit: what does not fit cannot run (SRAM and flash of an MCU).
        spills: managed by software: of weights that do not fit as many as fit lie here and
            only the rest in the next memory (the cache of an Edge TPU). Elsewhere all of
            them do: a cache that is too small for what is read in turn keeps none of it.
    """

    name: str
    capacity_bytes: int | None
    bandwidth_bytes_per_s: float
    holds: tuple[str, ...]
    source: str
    how: str = ""
    fixed: bool = False
    spills: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficiency:
    """What a kernel kind attains.

    Attributes:
        compute_ratio: share of the arithmetic peak.
        memory_ratio: share of the bandwidth.
    """

    compute_ratio: float
    memory_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One runtime as measured on the machine.

    Attributes:
        runtime: name of the runtime.
        dispatch_s: time a kernel costs before it does anything.
        efficiency: by kernel kind; kinds that were never observed are left out.
        default: for kinds that were never observed.
        error_ratio: held-out error of a whole network's latency, as a share; None where
            it was not measured. The interval of a prediction is made from it.
        source: key of the source.
        networks: how many measured networks made it.
    """

    runtime: str
    dispatch_s: float
    efficiency: Mapping[KernelKind, Efficiency]
    default: Efficiency
    error_ratio: float | None
    source: str
    networks: int = 0
    how: str = ""

    def of(self, kind: KernelKind) -> Efficiency:
        """The efficiency of a kernel kind."""
        return self.efficiency.get(kind, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFit:
    """The time of one class of kernels as measured: a sum of amounts times seconds.

    Attributes:
        name: the class, as `timing.terms` calls it (`nchwc_pointwise_conv`).
        seconds: seconds per unit of each term that the fit kept; all positive.
        samples: how many measured kernels stand behind it.
        error_ratio: median of |predicted / measured - 1| over kernels held out of the fit.
        low_ratio: measured over predicted: 5 % of the held-out kernels are below.
        high_ratio: measured over predicted: 5 % of the held-out kernels are above.
        seen: smallest and largest of each quantity (`macs`, `bytes`) among the samples.
    """

    name: str
    seconds: Mapping[str, float]
    samples: int
    error_ratio: float
    low_ratio: float
    high_ratio: float
    seen: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A prediction's interval for networks from some latency on.

    Attributes:
        above_s: from this predicted latency on, up to the next band.
        low_ratio: measured over predicted: the lower end of the interval.
        high_ratio: the upper end.
        networks: how many held-out networks stand behind it.
    """

    above_s: float
    low_ratio: float
    high_ratio: float
    networks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A runtime with a number of threads as `costscope calibrate` measured it.

    Attributes:
        runtime: name of the runtime.
        version: of the runtime.
        threads: threads of one operator.
        classes: by class of kernels; what was never sampled is left out.
        dispatch_s: what each kernel costs beside its own time; may be 0.
        run_s: what each inference costs beside its kernels.
        settings: whole numbers that shape the terms (`block`: channels in a block of the
            NCHWc layout; `rows`, `columns`: tile of the matrix product).
        bands: intervals of whole networks, by predicted latency, ascending.
        confidence: share of networks that the bands and the classes' ranges claim to cover.
        error_ratio: median error of the networks held out of the fit; None if none were run.
        reference_s: time of the reference product when it was calibrated.
        source: key of the source.
    """

    runtime: str
    version: str
    threads: int
    classes: Mapping[str, ClassFit]
    dispatch_s: float = 0.0
    run_s: float = 0.0
    settings: Mapping[str, int] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    confidence: float = 0.9
    error_ratio: float | None = None
    reference_s: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a profile made by `calibrate` was measured on.

    Attributes:
        cpu: model name of the processor.
        architecture: `x86_64`, `aarch64`, ...
        cores: logical processors that could be used.
        flags: instruction set extensions that matter for arithmetic.
        governor: frequency governor; "" where it could not be read.
        date: of the calibration.
    """

    cpu: str
    architecture: str
    cores: int
    flags: tuple[str, ...] = ()
    governor: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A machine.

    Attributes:
        name: the file's name, which is what `--hw` takes.
        aliases: other names that `--hw` takes.
        summary: one sentence.
        device_class: `arm_cpu`, `x86_cpu`, `mobile_gpu`, `edge_tpu`, `npu`, `mcu`.
        compute: peaks by element type; a type that is missing cannot run.
        memories: nearest first.
        runtime: the runtime it is used with unless another is asked for.
        calibrations: by runtime; empty for a machine that nobody has measured.
        fitted: runtimes that `costscope calibrate` measured kernel by kernel, by threads.
        identity: the machine that `fitted` comes from; None for other profiles.
        kinds: kernel kinds it runs; None where every kind runs.
        kinds_source: key of the source of `kinds`.
        sources: by key.
        notes: what a reader must know before trusting the numbers.
    """

    name: str
    aliases: tuple[str, ...] = ()
    summary: str
    device_class: str
    compute: Mapping[str, Compute]
    memories: tuple[Memory, ...]
    runtime: str
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    fitted: tuple[Fitted, ...] = ()
    identity: Identity | None = None
    kinds: frozenset[KernelKind] | None = None
    kinds_source: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def calibrated_for(self, runtime: str) -> bool:
        """Whether measurements of this runtime stand behind the machine's times."""
        return runtime in self.calibrations or bool(self.threads_of(runtime))

    @property
    def calibrated_runtimes(self) -> tuple[str, ...]:
        """Runtimes that were measured on it, sorted."""
        return tuple(sorted({*self.calibrations, *(each.runtime for each in self.fitted)}))

    def threads_of(self, runtime: str) -> tuple[int, ...]:
        """Thread counts that a runtime was measured with kernel by kernel, ascending."""
        return tuple(sorted(each.threads for each in self.fitted if each.runtime == runtime))

    def fitted_for(self, runtime: str, threads: int | None = None) -> Fitted | None:
        """A runtime as measured with a number of threads; with the fewest where it is None."""
        wanted = min(self.threads_of(runtime), default=0) if threads is None else threads
        found = [f for f in self.fitted if (f.runtime, f.threads) == (runtime, wanted)]
        return found[0] if found else None

    def memory_for(self, what: str, size_bytes: int) -> Memory:
        """The nearest memory that may hold `weights` or `activations` of this size.

        The farthest one where none has room: the caller reports that it does not fit.
        """
        candidates = [memory for memory in self.memories if what in memory.holds]
        for memory in candidates:
            if memory.capacity_bytes is None or size_bytes <= memory.capacity_bytes:
                return memory
        return candidates[-1]

    def weight_shares(self, size_bytes: int) -> tuple[tuple[Memory, float], ...]:
        """The memories that weights of this size lie in, each with its share of them."""
        home = self.memory_for("weights", size_bytes)
        for memory in self.memories:
            if memory is home:
                break
            if memory.spills and "weights" in memory.holds and memory.capacity_bytes:
                share = memory.capacity_bytes / size_bytes
                return (memory, share), (home, 1 - share)
        return ((home, 1.0),)

    def assumed(self) -> tuple[str, ...]:
        """Key paths of the numbers that nobody has published."""
        rows = [(f"compute.{c.dtype}", c.source) for c in self.compute.values()]
        rows += [(f"memories.{m.name}", m.source) for m in self.memories]
        rows += [(f"runtimes.{c.runtime}", c.source) for c in self.calibrations.values()]
        rows += [(f"fitted.{f.runtime}", f.source) for f in self.fitted]
        return tuple(path for path, source in rows if source == ASSUMED)
