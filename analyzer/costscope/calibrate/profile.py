"""A calibration as a profile: an ordinary machine with measured peaks, memories and classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from costscope.calibrate.machine import DRAM_BYTES, Caches
from costscope.calibrate.types import FIRST_SEED, Collected, Part
from costscope.hardware.types import Compute, Hardware, Identity, Memory, Source
from costscope.measure.types import Disturbance
from costscope.units import format_latency
from costscope.work import CONVOLUTIONS, KernelKind

SOURCE = "calibration"
_REFERENCE = "costscope calibrate"
_PRODUCTS = frozenset({*CONVOLUTIONS, KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL})
# Shorter kernels are timed in too few microseconds to tell a rate.
_LEAST_S = 50e-6
_DIGITS = 4
_PEAKS = ("float32", "int8")
_BOTH = ("weights", "activations")
_ARM = ("arm", "aarch64")


def hardware_of(
    parts: Sequence[Part],
    *,
    name: str,
    identity: Identity,
    caches: Caches,
    bandwidths: Mapping[str, float],
    disturbances: Iterable[Disturbance] = (),
    forced: bool = False,
) -> Hardware:
    """The profile of a computer.

    Args:
        parts: one for each number of threads.
        name: of the profile.
        identity: the computer.
        caches: sizes of its caches.
        bandwidths: bytes a second by memory (`l2`, `l3`, `dram`), as measured.
        disturbances: signs that it was not quiet; they stand in the notes.
        forced: whether it is kept although it was disturbed.
    """
    arm = identity.architecture.lower().startswith(_ARM)
    return Hardware(
        name=name,
        summary=_summary(identity),
        device_class="arm_cpu" if arm else "x86_cpu",
        compute=_compute(parts),
        memories=_memories(caches, bandwidths, max(part.fitted.threads for part in parts)),
        runtime="onnxruntime",
        fitted=tuple(part.fitted for part in parts),
        identity=identity,
        sources={SOURCE: Source(key=SOURCE, reference=_REFERENCE, date=identity.date)},
        notes=tuple(_notes(parts, disturbances, forced=forced)),
    )


def _summary(identity: Identity) -> str:
    cores = "1 core" if identity.cores == 1 else f"{identity.cores} cores"
    return f"{identity.cpu}, {cores}, as `costscope calibrate` measured it."


def _compute(parts: Sequence[Part]) -> dict[str, Compute]:
    """The best rate of any sampled kernel as the peak of its type; other types as they are run."""
    networks = [each for part in parts for each in part.collection.networks]
    best = attained(networks, {part.fitted.threads: part.profiler_s for part in parts})
    threads = max(part.fitted.threads for part in parts)
    how = f"best attained by a sampled convolution or product, {_threads(threads)}"
    peaks: dict[str, Compute] = {
        dtype: Compute(
            dtype=dtype,
            peak_flops_per_s=rounded(best[dtype]),
            runs_as=dtype,
            source=SOURCE,
            how=how,
        )
        for dtype in _PEAKS
        if dtype in best
    }
    base = peaks["float32"]
    peaks["float64"] = Compute(
        dtype="float64",
        peak_flops_per_s=rounded(base.peak_flops_per_s / 2),
        runs_as="float64",
        source=SOURCE,
        how="half of float32's lanes",
    )
    small = "int8" if "int8" in peaks else "float32"
    runs_as = {
        "float16": ("float32", "onnxruntime converts it and computes in float32"),
        "bfloat16": ("float32", "onnxruntime converts it and computes in float32"),
        "int16": ("float32", "taken for float32"),
        "int32": ("float32", "as many lanes as float32"),
        "int64": ("float64", "as many lanes as float64"),
        "bool": (small, f"taken for {small}"),
    }
    for dtype, (other, why) in runs_as.items():
        peak = peaks[other].peak_flops_per_s
        peaks[dtype] = Compute(
            dtype=dtype, peak_flops_per_s=peak, runs_as=other, source=SOURCE, how=why
        )
    return peaks


def attained(networks: Iterable[Collected], profiler_s: Mapping[int, float]) -> dict[str, float]:
    """The best FLOP/s of a convolution or product, by the type it computes in.

    Args:
        networks: measured.
        profiler_s: what the profiler adds to a kernel, by number of threads.
    """
    best: dict[str, float] = {}
    for network in networks:
        for timed in network.kernels:
            kernel = timed.kernel
            seconds = timed.seconds / kernel.repeats - profiler_s[network.threads]
            if kernel.kind in _PRODUCTS and seconds >= _LEAST_S:
                rate = 2 * kernel.work.macs / seconds
                best[kernel.compute_dtype] = max(best.get(kernel.compute_dtype, 0.0), rate)
    return best


def _memories(caches: Caches, bandwidths: Mapping[str, float], threads: int) -> tuple[Memory, ...]:
    """Nearest first; none is slower than a farther one, whatever was measured."""
    told = "size from the system" if caches.known else "size assumed"
    half = f"{told}; arrays of half of it copied, {_threads(threads)}"
    rows: list[tuple[str, int | None, str]] = [("l2", caches.l2_bytes, half)]
    if caches.has_l3:
        rows.append(("l3", caches.l3_bytes, half))
    copied = f"two arrays of {DRAM_BYTES // 10**6} MB copied, {_threads(threads)}"
    rows.append(("dram", None, copied))
    found: list[Memory] = []
    least = 0.0
    for name, capacity, how in reversed(rows):
        least = max(least, bandwidths[name])
        found.append(
            Memory(
                name=name,
                capacity_bytes=capacity,
                bandwidth_bytes_per_s=rounded(least),
                holds=_BOTH,
                source=SOURCE,
                how=how,
            )
        )
    return tuple(reversed(found))


def _notes(
    parts: Sequence[Part], disturbances: Iterable[Disturbance], *, forced: bool
) -> Iterator[str]:
    """What a reader must know before trusting the numbers."""
    for part in parts:
        yield _what(part)
        yield _noise(part)
        if part.agreement is not None:
            repeat = part.agreement
            yield (
                f"{_threads(part.fitted.threads)}: a repeat of {repeat.networks} networks leads to "
                f"totals that differ by {repeat.median_ratio:.1%} (median), at most "
                f"{repeat.largest_ratio:.1%}"
            )
    messages = [each.message for each in disturbances]
    if messages:
        kept = "; kept because it was asked for" if forced else ""
        yield f"the machine was not quiet: {'; '.join(messages)}{kept}"


def _what(part: Part) -> str:
    collection = part.collection
    kernels = sum(len(each.kernels) for each in collection.networks)
    last = max(each.seed for each in collection.networks)
    failed = f", {len(collection.failures)} failed" if collection.failures else ""
    return (
        f"{_threads(part.fitted.threads)}: {len(collection.networks)} designed networks with "
        f"{kernels} kernels (seeds {FIRST_SEED} to {last}; {len(collection.skipped)} were too "
        f"large{failed}); a profile adds {format_latency(part.profiler_s)} to a kernel"
    )


def _noise(part: Part) -> str:
    before_s, after_s = part.reference_s
    noise = median(each.spread_ratio for each in part.collection.networks)
    return (
        f"{_threads(part.fitted.threads)}: the reference kernel took {format_latency(before_s)} "
        f"before and {format_latency(after_s)} after; runs of a network spread by {noise:.1%} "
        "(p10 to p90, median)"
    )


def rounded(value: float) -> float:
    """The number as the profile will hold it."""
    return float(f"{value:.{_DIGITS}g}")


def _threads(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
