"""Networks predicted by fits that have not seen them: what the profile's errors are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from costscope.calibrate.fit import Sample, fit, predicted_s, solve
from costscope.calibrate.overhead import Overhead, own_s
from costscope.calibrate.types import Collected, HeldOut
from costscope.hardware.types import ClassFit

_FOLDS = 5
# Classes of a fold that are smaller say nothing; networks that lack more of their time than
# this are left out, as `analyze` would call their prediction incomplete.
_FEWEST = 3
_MOST_LACKING_RATIO = 0.02
_LONG_S = 1e-3

Seconds = Mapping[str, Mapping[str, float]]


def samples_of(networks: Iterable[Collected], profiler_s: float) -> list[Sample]:
    """Every kernel of the networks, without what the profiler added to it."""
    return [
        Sample(
            terms=timed.terms,
            seconds=own_s(timed.seconds / timed.kernel.repeats, profiler_s),
            network=network.name,
            macs=timed.kernel.work.macs,
            traffic_bytes=timed.kernel.traffic.total_bytes,
        )
        for network in networks
        for timed in network.kernels
    ]


def fitted_classes(networks: Sequence[Collected], overhead: Overhead) -> dict[str, ClassFit]:
    """The fits of all classes that were measured often enough and take any time."""
    found = fit(samples_of(networks, overhead.profiler_s))
    return {name: each for name, each in found.items() if each.seconds}


def held_out(networks: Sequence[Collected], overhead: Overhead) -> tuple[HeldOut, ...]:
    """Each network by the others; those of which a fold has not seen enough are left out."""
    names = sorted({each.name for each in networks})
    fold_of = {name: index % _FOLDS for index, name in enumerate(names)}
    found = []
    for fold in range(min(_FOLDS, len(names))):
        seen = [each for each in networks if fold_of[each.name] != fold]
        seconds = _seconds(samples_of(seen, overhead.profiler_s))
        for network in (each for each in networks if fold_of[each.name] == fold):
            total_s = total(network, seconds, overhead)
            if total_s is not None:
                found.append(
                    HeldOut(network=network.name, measured_s=network.latency_s, predicted_s=total_s)
                )
    return tuple(found)


def total(network: Collected, seconds: Seconds, overhead: Overhead) -> float | None:
    """A network's predicted latency; None if too much of its time is of unknown classes."""
    known_s = lacking_s = 0.0
    for timed in network.kernels:
        of_class = seconds.get(timed.terms.name)
        if of_class is None:
            lacking_s += timed.seconds
        else:
            known_s += predicted_s(of_class, timed.terms.amounts) * timed.kernel.repeats
    if lacking_s > _MOST_LACKING_RATIO * network.latency_s or not known_s:
        return None
    return known_s + overhead.run_s


def error_ratio(found: Sequence[HeldOut]) -> float | None:
    """The median error of networks of a millisecond and more; None without any."""
    errors = [abs(each.error_ratio) for each in found if each.measured_s >= _LONG_S]
    return median(errors) if errors else None


def _seconds(samples: Iterable[Sample]) -> Seconds:
    by_class: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_class[sample.terms.name].append(sample)
    return {name: solve(each) for name, each in by_class.items() if len(each) >= _FEWEST}
