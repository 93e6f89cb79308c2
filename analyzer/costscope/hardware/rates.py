"""Rates fitted to latencies of whole networks, and the fallback, read from a profile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from costscope import units
from costscope.hardware.section import Section
from costscope.hardware.types import Fallback, Rates

# A peak that nobody published may be too low, and Winograd multiplies less than is counted.
_MOST_COMPUTE = 10.0
_MOST_ERROR = 10.0
_MOST_RATIO = 1000.0
RANKING = "ranking"  # the confidence of a fit that is good for nothing else


def rates(top: Section, sources: Collection[str]) -> tuple[Rates, ...]:
    """Every runtime, number of threads and element type that was fitted."""
    if not top.has("runtimes"):
        return ()
    found: list[Rates] = []
    for entry in top.sections("runtimes"):
        one = _rates(entry, sources)
        if any(_key(one) == _key(each) for each in found):
            threads = "" if one.threads is None else f", {one.threads} threads"
            entry.note("runtime", f"{one.runtime}, {one.dtype}{threads} is given twice")
        found.append(one)
    return tuple(found)


def _key(each: Rates) -> tuple[str, int | None, str]:
    return each.runtime, each.threads, each.dtype


def _rates(entry: Section, sources: Collection[str]) -> Rates:
    source, how = entry.source(sources)
    low, high, pair, confidence, new = _interval(entry)
    mean, median = _error(entry)
    found = Rates(
        runtime=entry.word("runtime"),
        version=entry.text("version", required=False),
        threads=entry.count("threads", least=1) if entry.has("threads") else None,
        dtype=entry.word("dtype"),
        serves=entry.words("serves"),
        structure=entry.word("structure"),
        compute_ratio=_by_class(entry, "compute", _share),
        bandwidth_bytes_per_s=_by_class(entry, "bandwidth", _bandwidth),
        dispatch_s=_time(entry, "dispatch"),
        run_s=_time(entry, "run"),
        unobserved=entry.words("unobserved"),
        networks=entry.whole("networks"),
        rows=entry.whole("rows"),
        error_ratio=mean,
        median_error_ratio=median,
        low_ratio=low,
        high_ratio=high,
        pair_ratio=pair,
        confidence=confidence,
        new=new,
        ranking=entry.has("confidence") and entry.word("confidence", choices=(RANKING,)) == RANKING,
        source=source,
        how=how,
    )
    entry.finish()
    return found


def _by_class(
    entry: Section, key: str, read: Callable[[Section, str], float]
) -> Mapping[str, float]:
    if not entry.has(key):
        return {}
    listed = entry.section(key)
    return {name: read(listed, name) for name in listed.values if listed.check_word(name, name)}


def _share(listed: Section, name: str) -> float:
    return listed.ratio(name, largest=_MOST_COMPUTE)


def _bandwidth(listed: Section, name: str) -> float:
    return listed.quantity(name, units.parse_bandwidth, 1.0)


def _time(entry: Section, key: str) -> float:
    return entry.quantity(key, units.parse_time_from_zero, 0.0) if entry.has(key) else 0.0


def _error(entry: Section) -> tuple[float | None, float | None]:
    """Mean and median error of networks that were held out."""
    if not entry.has("error"):
        return None, None
    told = entry.section("error")
    found = (
        told.number("mean", largest=_MOST_ERROR),
        told.number("median", largest=_MOST_ERROR),
    )
    told.finish()
    return found


def _interval(entry: Section) -> tuple[float | None, float | None, float | None, float, bool]:
    """Ends as measured over predicted, the ratio that tells two networks apart, confidence.

    And whether it was earned on machines that no fit had seen.
    """
    if not entry.has("interval"):
        return None, None, None, 0.9, False
    told = entry.section("interval")
    low = told.ratio("low", largest=_MOST_RATIO)
    high = told.ratio("high", largest=_MOST_RATIO)
    if low > high:
        told.note("low", f"{low:g} is above `high`, {high:g}")
    pair = told.number("pair", least=1.0, largest=_MOST_RATIO) if told.has("pair") else None
    confidence = told.ratio("confidence", largest=1.0)
    new = told.flag("new")
    told.finish()
    return low, high, pair, confidence, new


def fallback(top: Section, sources: Collection[str]) -> Fallback | None:
    """Where operators run that the machine does not support; None where it does not say."""
    if not top.has("fallback"):
        return None
    entry = top.section("fallback")
    source, how = entry.source(sources)
    found = Fallback(
        profile=entry.word("profile"),
        bandwidth_bytes_per_s=entry.quantity("bandwidth", units.parse_bandwidth, 1.0),
        sync_s=entry.quantity("sync", units.parse_time_from_zero, 0.0),
        source=source,
        how=how,
    )
    entry.finish()
    return found
