"""A machine as frozen values: compute peaks, memories, and runtimes measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
class Rates:
    """One runtime with a number of threads, fitted to latencies of whole networks.

    Attributes:
        runtime: name of the runtime.
        version: of the runtime, or when it was measured.
        threads: threads of one operator; None where there is no such thing (GPU, NPU).
        dtype: element type that the measured networks were computed in.
        serves: element types of files that the runtime computes in `dtype` all the same.
        structure: which classes of layers there are (`timing.rates`).
        compute_ratio: share of the arithmetic peak, by compute class.
        bandwidth_bytes_per_s: by memory class; effective, what caches give included.
        dispatch_s: what every call of a layer costs beside its work.
        run_s: what every inference costs beside its layers.
        unobserved: classes that hardly any measured network uses: their rates are those of
            other machines, or physical defaults.
        networks: how many measured networks made it.
        rows: how many measurements.
        error_ratio: mean of |predicted / measured - 1| of networks held out of the fit, over
            all machines of the family; None where none were.
        median_error_ratio: median of the same.
        low_ratio: measured over predicted: the lower end of the interval.
        high_ratio: the upper end.
        pair_ratio: two networks of which one is predicted slower by more than this are in
            that order with the same confidence; None where it was not measured.
        confidence: share of networks that the interval claims to hold.
        new: whether the interval was earned on machines that no fit had seen, after as many
            networks: it holds for classes that were not observed here, too.
        ranking: whether it is good only for saying which network is faster.
        source: key of the source.
        how: what a reader must know of it.
    """

    runtime: str
    version: str = ""
    threads: int | None = None
    dtype: str = "float32"
    serves: tuple[str, ...] = ()
    structure: str
    compute_ratio: Mapping[str, float]
    bandwidth_bytes_per_s: Mapping[str, float]
    dispatch_s: float = 0.0
    run_s: float = 0.0
    unobserved: tuple[str, ...] = ()
    networks: int = 0
    rows: int = 0
    error_ratio: float | None = None
    median_error_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    pair_ratio: float | None = None
    confidence: float = 0.9
    new: bool = False
    ranking: bool = False
    source: str
    how: str = ""

    def computes(self, dtype: str) -> str:
        """The element type that a file's type is computed in."""
        return self.dtype if dtype in self.serves else dtype


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Where operators run that a machine does not support.

    Attributes:
        profile: name of the machine that runs them.
        bandwidth_bytes_per_s: of copying activations there and back.
        sync_s: what each change from one to the other costs.
        source: key of the source.
    """

    profile: str
    bandwidth_bytes_per_s: float
    sync_s: float
    source: str
    how: str = ""


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
        chip: the chip it is built on, which other machines may share; "" where unknown.
        in_order: whether its cores run instructions in order; None where it does not say.
        cores: how many equal cores the peaks are of; None where threads do not scale them.
        memories: nearest first.
        runtime: the runtime it is used with unless another is asked for.
        rates: runtimes that were fitted to published or given latencies of networks.
        fitted: runtimes that `costscope calibrate` measured kernel by kernel, by threads.
        identity: the machine that `fitted` comes from; None for other profiles.
        kinds: kernel kinds it runs; None where every kind runs.
        kinds_source: key of the source of `kinds`.
        fallback: where the other kinds run; None if they cannot.
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
    chip: str = ""
    in_order: bool | None = None
    cores: int | None = None
    rates: tuple[Rates, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    identity: Identity | None = None
    kinds: frozenset[KernelKind] | None = None
    kinds_source: str = ""
    fallback: Fallback | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def calibrated_for(self, runtime: str) -> bool:
        """Whether measurements of this runtime stand behind the machine's times."""
        return runtime in self.calibrated_runtimes

    @property
    def calibrated_runtimes(self) -> tuple[str, ...]:
        """Runtimes that were measured on it, sorted."""
        fitted = (each.runtime for each in self.fitted)
        return tuple(sorted({*fitted, *(each.runtime for each in self.rates)}))

    def threads_of(self, runtime: str) -> tuple[int, ...]:
        """Thread counts that a runtime was measured with kernel by kernel, ascending."""
        return tuple(sorted(each.threads for each in self.fitted if each.runtime == runtime))

    def fitted_for(self, runtime: str, threads: int | None = None) -> Fitted | None:
        """A runtime as measured with a number of threads; with the fewest where it is None."""
        wanted = min(self.threads_of(runtime), default=0) if threads is None else threads
        found = [f for f in self.fitted if (f.runtime, f.threads) == (runtime, wanted)]
        return found[0] if found else None

    def rates_for(
        self, runtime: str, *, threads: int | None = None, dtype: str | None = None
    ) -> Rates | None:
        """The rates of a runtime: made for this type of file if any are, with these threads.

        With the fewest threads where they are left out. None where there are none.
        """
        found = [each for each in self.rates if each.runtime == runtime]
        made = [each for each in found if dtype in (each.dtype, *each.serves)]
        for several in (made, found):
            fewest = min((each.threads or 0 for each in several), default=0)
            wanted = fewest if threads is None else threads
            for each in several:
                if (each.threads or 0) == wanted:
                    return each
        return None

    def with_threads(self, threads: int | None) -> Hardware:
        """The machine with the arithmetic peak of so many of its cores."""
        if not threads or not self.cores or threads >= self.cores:
            return self
        share = threads / self.cores
        compute = {
            name: replace(each, peak_flops_per_s=each.peak_flops_per_s * share)
            for name, each in self.compute.items()
        }
        return replace(self, compute=compute, cores=threads)

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
        rows += [(f"runtimes.{r.runtime}", r.source) for r in self.rates]
        rows += [("fallback", self.fallback.source)] if self.fallback else []
        rows += [(f"fitted.{f.runtime}", f.source) for f in self.fitted]
        return tuple(path for path, source in rows if source == ASSUMED)
