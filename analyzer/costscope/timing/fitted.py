"""Seconds of a kernel from what `costscope calibrate` measured of its class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from costscope.errors import UsageError
from costscope.hardware.types import Band, ClassFit, Fitted, Hardware
from costscope.kernels.types import Kernel
from costscope.timing.terms import category, terms_of
from costscope.timing.terms.place import Place
from costscope.timing.types import Bound, Timing
from costscope.units import format_count, format_percent
from costscope.work import FREE

_BEYOND = 2.0  # a fit holds this far outside what it was made from
_WORDS = {"macs": "MACs"}
_UNSAMPLED = "no calibration has sampled"
_NAMED = 4  # classes named in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One run of a kernel.

    Attributes:
        compute_s: of terms that count arithmetic.
        memory_s: of terms that count bytes.
        overhead_s: of terms that count calls and rows, and the dispatch.
        ratios: measured over predicted, the ends of the interval; None where unknown.
        note: how far outside the calibrated range it is; "" if it is not.
        unobserved_s: of the three, in classes that no measured network shows.
    """

    compute_s: float = 0.0
    memory_s: float = 0.0
    overhead_s: float = 0.0
    ratios: tuple[float, float] | None = None
    note: str = ""
    unobserved_s: float = 0.0


_FREE_PARTS = Parts(ratios=(1.0, 1.0))


def chosen(hardware: Hardware, runtime: str, threads: int | None) -> Fitted | None:
    """The measurements of a runtime with so many threads; None if there are none at all.

    Raises:
        UsageError: it was measured, but not with this number of threads.
    """
    found = hardware.fitted_for(runtime, threads)
    known = hardware.threads_of(runtime)
    if found is None and known:
        listed = " and ".join(map(str, known))
        raise UsageError(
            f"{hardware.name} was not calibrated with {threads} threads, only with {listed}; "
            f"run `costscope calibrate --threads {threads}`"
        )
    return found


def parts_of(kernel: Kernel, fitted: Fitted, place: Place) -> Parts | str:
    """The seconds of one run of a kernel, or why there are none: nothing is ever guessed."""
    terms = terms_of(kernel, place)
    fit = fitted.classes.get(terms.name)
    if fit is None:
        return _FREE_PARTS if kernel.kind in FREE else f"{_UNSAMPLED} {terms.name} kernels"
    seconds: dict[Bound, list[float]] = {}
    for term, unit_s in fit.seconds.items():
        seconds.setdefault(category(term), []).append(unit_s * terms.amounts.get(term, 0.0))
    note = _outside(fit, terms.amounts, kernel)
    return Parts(
        compute_s=fsum(seconds.get(Bound.COMPUTE, ())),
        memory_s=fsum(seconds.get(Bound.MEMORY, ())),
        overhead_s=fsum(seconds.get(Bound.OVERHEAD, ())) + fitted.dispatch_s,
        ratios=None if note else (fit.low_ratio, fit.high_ratio),
        note=note,
    )


def interval(bands: Sequence[Band], latency_s: float) -> tuple[float, float] | None:
    """The ends of a network's interval; None without bands.

    A band's ratios hold from its latency on. A slower prediction never gets a lower end: at
    the seams the wider of the two ends is taken.
    """
    if not bands:
        return None
    here = max((i for i, band in enumerate(bands) if band.above_s <= latency_s), default=0)
    low_s, high_s = latency_s * bands[here].low_ratio, latency_s * bands[here].high_ratio
    for band in bands[here + 1 :]:
        low_s = min(low_s, band.above_s * band.low_ratio)
    for band, after in pairwise(bands[: here + 1]):
        high_s = max(high_s, after.above_s * band.high_ratio)
    return low_s, high_s


def remarks(timings: Sequence[Timing]) -> Iterator[str]:
    """Sentences on what was not sampled, with its share, and on what lies outside the range."""
    missing = [t for t in timings if t.problem is not None and t.step.kernel.problem is None]
    roof_s = fsum(t.roof_s for t in timings)
    if missing:
        share = fsum(t.roof_s for t in missing) / roof_s if roof_s else 0.0
        yield (
            f"{_why(missing)}: {len(missing)} of {len(timings)} kernels, "
            f"{format_percent(share)} of the roofline bound, are not in the sum"
        )
    outside = [t for t in timings if t.extrapolated and t.latency_s]
    total_s = fsum(t.latency_s or 0.0 for t in timings)
    if outside:
        worst = max(outside, key=lambda t: t.latency_s or 0.0)
        share = fsum(t.latency_s or 0.0 for t in outside) / total_s
        yield (
            f"{len(outside)} of {len(timings)} kernels, {format_percent(share)} of the time, are "
            f"outside what the calibration has seen: {worst.step.kernel.name} ({worst.note})"
        )


def _why(missing: Sequence[Timing]) -> str:
    """The reasons of kernels without a time, the commonest first; classes in one list."""
    reasons = [why for why, _ in Counter(str(t.problem) for t in missing).most_common()]
    classes = [w.removeprefix(_UNSAMPLED).split()[0] for w in reasons if w.startswith(_UNSAMPLED)]
    others = [why for why in reasons if not why.startswith(_UNSAMPLED)][:_NAMED]
    if not classes:
        return "; ".join(others)
    more = f" and {len(classes) - _NAMED} more classes of" if len(classes) > _NAMED else ""
    return "; ".join([f"{_UNSAMPLED} {', '.join(classes[:_NAMED])}{more} kernels", *others])


def _outside(fit: ClassFit, amounts: Mapping[str, float], kernel: Kernel) -> str:
    """How a kernel leaves what its class was fitted on by more than a factor; "" if not."""
    known = {**amounts, "macs": kernel.work.macs, "bytes": kernel.traffic.total_bytes}
    found = []
    for name, (low, high) in fit.seen.items():
        value = known.get(name)
        if value is not None and not low / _BEYOND <= value <= high * _BEYOND:
            end = f"at most {format_count(high)}" if value > high else f"from {format_count(low)}"
            found.append(f"{format_count(value)} {_WORDS.get(name, name)}, seen {end}")
    return "; ".join(found)
