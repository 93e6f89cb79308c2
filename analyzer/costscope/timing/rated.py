"""Seconds of a kernel from rates that were fitted to latencies of whole networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from costscope.errors import UsageError
from costscope.hardware.types import Hardware, Rates
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule
from costscope.timing.fit_problems import refuse
from costscope.timing.fitted import Parts
from costscope.timing.rates import structure_named
from costscope.timing.rates.kernels import layer_of, network_of
from costscope.timing.rates.price import Setting, charges, network_charges, seconds, setting_for
from costscope.timing.types import Timing
from costscope.units import format_percent

UNOBSERVED_SHARE = 0.15  # of the time: from here on a reader is told


@dataclass(frozen=True, slots=True)
class Rated:
    """Rates with what a network makes of them on a machine."""

    rates: Rates
    setting: Setting


def chosen_rates(
    hardware: Hardware, runtime: str, threads: int | None, schedule: Schedule
) -> Rates | None:
    """The rates for a network: of its main element type where there are several.

    Raises:
        UsageError: the runtime was measured, but not with this number of threads.
    """
    found = hardware.rates_for(runtime, threads=threads, dtype=main_dtype(schedule))
    known = {each.threads for each in hardware.rates if each.runtime == runtime and each.threads}
    if found is None and threads is not None and known:
        listed = " and ".join(map(str, sorted(known)))
        raise UsageError(
            f"{hardware.name} was not measured with {threads} threads of {runtime}, only with "
            f"{listed}"
        )
    return found


def main_dtype(schedule: Schedule) -> str:
    """The element type of most multiply-accumulates; of most kernels without any."""
    counted = macs_by_dtype(step.kernel for step in schedule.steps)
    return counted.most_common(1)[0][0] if counted else ""


def macs_by_dtype(kernels: Iterable[Kernel]) -> Counter[str]:
    """Multiply-accumulates of kernels by the element type they are done in."""
    found: Counter[str] = Counter()
    for kernel in kernels:
        found[kernel.compute_dtype] += kernel.work.macs * kernel.repeats
    return found


def rated(hardware: Hardware, rates: Rates, weight_bytes: int) -> Rated:
    """The rates of a machine that already has their threads, for a network of such weights.

    Raises:
        ProfileError: the rates are not those that their structure asks for.
    """
    refuse(hardware, rates)
    structure = structure_named(rates.structure)
    return Rated(rates, setting_for(hardware, rates, structure, weight_bytes))


def rated_parts(kernel: Kernel, found: Rated) -> Parts:
    """The seconds of one run of a kernel.

    Raises:
        KeyError: the machine has no arithmetic of its type.
    """
    spent = dict(seconds(charges(layer_of(kernel), found.setting), found.rates))
    structure = found.setting.structure
    return Parts(
        compute_s=fsum(spent.get(name, 0.0) for name in structure.compute),
        memory_s=fsum(spent.get(name, 0.0) for name in structure.memory),
        overhead_s=fsum(spent.values())
        - fsum(spent.get(name, 0.0) for name in (*structure.compute, *structure.memory)),
        unobserved_s=fsum(spent.get(name, 0.0) for name in found.rates.unobserved),
    )


def run_seconds(schedule: Schedule, found: Rated, weight_bytes: int) -> float:
    """What an inference costs beside its kernels."""
    if found.setting.structure.network is None:
        return found.rates.run_s  # nothing is counted once: the layers need not be made again
    network = network_of(schedule, weight_bytes=weight_bytes)
    return fsum(dict(seconds(network_charges(network, found.setting), found.rates)).values())


def is_outside(timings: Sequence[Timing], rates: Rates) -> bool:
    """Whether too much of the time lies outside what was measured for an interval to hold.

    Outside are classes that no measured network shows, unless the interval was earned on
    machines like this one, of which no fit knew any class; kernels that another machine runs;
    and kernels in another element type.
    """
    total_s = fsum(t.latency_s or 0.0 for t in timings)
    outside_s = fsum(
        (t.latency_s or 0.0)
        if t.fallback or _is_other(t, rates)
        else 0.0
        if rates.new
        else t.unobserved_s
        for t in timings
    )
    return outside_s > UNOBSERVED_SHARE * total_s


def _is_other(timing: Timing, rates: Rates) -> bool:
    """Whether a kernel multiplies in a type that was not measured."""
    kernel = timing.step.kernel
    return kernel.work.macs > 0 and rates.computes(kernel.compute_dtype) != rates.dtype


def rated_remarks(timings: Sequence[Timing], rates: Rates, *, fallback: str = "") -> Iterator[str]:
    """Sentences: what the measurements do not cover, and what ran elsewhere."""
    total_s = fsum(t.latency_s or 0.0 for t in timings)
    if rates.ranking:
        yield (
            f"{rates.runtime} here is good for ranking only: which network is faster, not how "
            "fast it is"
        )
    yield from _other_types(timings, rates)
    unobserved_s = fsum(t.unobserved_s for t in timings)
    if total_s and unobserved_s > UNOBSERVED_SHARE * total_s:
        yield (
            f"{format_percent(unobserved_s / total_s)} of the time is in classes that no "
            f"measured network shows ({', '.join(rates.unobserved)}): their rates are those of "
            "similar machines"
        )
    elsewhere_s = fsum(t.latency_s or 0.0 for t in timings if t.fallback)
    if elsewhere_s:
        many = sum(t.fallback for t in timings)
        yield (
            f"{many} of {len(timings)} kernels do not run here and are counted on {fallback}: "
            f"{format_percent(elsewhere_s / total_s)} of the time"
        )


def _other_types(timings: Sequence[Timing], rates: Rates) -> Iterator[str]:
    shares: Counter[str] = Counter()
    for timing in timings:
        kernel = timing.step.kernel
        if kernel.work.macs and not timing.fallback:
            shares[rates.computes(kernel.compute_dtype)] += kernel.work.macs * kernel.repeats
    other = {dtype: macs for dtype, macs in shares.items() if dtype != rates.dtype}
    if not other:
        return
    share = sum(other.values()) / sum(shares.values())
    yield (
        f"measured in {rates.dtype}; {format_percent(share)} of the MACs are "
        f"{' and '.join(sorted(other))}, scaled by the arithmetic peaks: outside what was measured"
    )
