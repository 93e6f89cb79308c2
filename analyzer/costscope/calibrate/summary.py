"""What a calibration found, as rows: classes of kernels, and networks that were held out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from costscope.calibrate.overhead import own_s
from costscope.calibrate.types import HeldOut, Part, Timed
from costscope.hardware.types import ClassFit

# A class' rate is that of its largest kernels: small ones show its overheads.
_LARGEST_RATIO = 0.1
_NEAR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of kernels.

    Attributes:
        fit: what stands in the profile.
        time_ratio: its share of all kernels' time.
        macs_per_s: median of its largest kernels; None for a class without any.
        bytes_per_s: the same of bytes at their edges; None where nothing is moved.
    """

    fit: ClassFit
    time_ratio: float
    macs_per_s: float | None
    bytes_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """Networks held out, of one range of predicted latencies.

    Attributes:
        above_s: from here on; the interval's own begin.
        networks: how many.
        mean_ratio: of |predicted / measured - 1|; None without any.
        median_ratio: of the same.
        near_ratio: share of networks within 10 %.
        low_ratio: measured over predicted, lower end of the interval.
        high_ratio: upper end.
    """

    above_s: float
    networks: int
    mean_ratio: float | None
    median_ratio: float | None
    near_ratio: float | None
    low_ratio: float
    high_ratio: float


def class_rows(part: Part) -> tuple[ClassRow, ...]:
    """Every fitted class, those with most of the time first."""
    by_class: dict[str, list[Timed]] = defaultdict(list)
    for network in part.collection.networks:
        for timed in network.kernels:
            by_class[timed.terms.name].append(timed)
    total_s = sum(_own_s(timed, part) for found in by_class.values() for timed in found)
    rows = [
        ClassRow(
            fit=fit,
            time_ratio=sum(_own_s(timed, part) for timed in by_class[name]) / total_s,
            macs_per_s=_rate([(t.kernel.work.macs, _own_s(t, part)) for t in by_class[name]]),
            bytes_per_s=_rate(
                [(t.kernel.traffic.total_bytes, _own_s(t, part)) for t in by_class[name]]
            ),
        )
        for name, fit in part.fitted.classes.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.time_ratio))


def band_rows(part: Part) -> tuple[BandRow, ...]:
    """Every band of the profile with the errors of its networks."""
    bands = part.fitted.bands
    begins = [each.above_s for each in bands] + [float("inf")]
    rows = []
    for band, (low_s, high_s) in zip(bands, pairwise(begins), strict=True):
        errors = _errors([n for n in part.held_out if low_s <= n.predicted_s < high_s])
        rows.append(
            BandRow(
                above_s=band.above_s,
                networks=band.networks,
                mean_ratio=mean(errors) if errors else None,
                median_ratio=median(errors) if errors else None,
                near_ratio=mean(error <= _NEAR for error in errors) if errors else None,
                low_ratio=band.low_ratio,
                high_ratio=band.high_ratio,
            )
        )
    return tuple(rows)


def _errors(networks: Sequence[HeldOut]) -> list[float]:
    return [abs(each.error_ratio) for each in networks]


def _own_s(timed: Timed, part: Part) -> float:
    """Seconds of one run of a kernel without the profiler's share."""
    return own_s(timed.seconds / timed.kernel.repeats, part.profiler_s)


def _rate(amounts: Sequence[tuple[int, float]]) -> float | None:
    """Units a second of the largest tenth, in the middle; None without any units."""
    ordered = sorted((each for each in amounts if each[0]), reverse=True)
    if not ordered:
        return None
    largest = ordered[: max(1, round(len(ordered) * _LARGEST_RATIO))]
    return median(amount / seconds for amount, seconds in largest)
