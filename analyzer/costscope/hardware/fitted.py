"""What `costscope calibrate` measured, read from a profile: classes, bands, identity."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from costscope import units
from costscope.hardware.section import Section
from costscope.hardware.types import Band, ClassFit, Fitted, Identity

_MOST_ERROR = 100.0
_MOST_RATIO = 1000.0


def identity(top: Section) -> Identity | None:
    """The computer that a profile was measured on; None where it does not say."""
    if not top.has("identity"):
        return None
    entry = top.section("identity")
    found = Identity(
        cpu=entry.text("cpu"),
        architecture=entry.text("architecture"),
        cores=entry.count("cores", least=1),
        flags=entry.words("flags"),
        governor=entry.text("governor", required=False),
        date=entry.text("date", required=False),
    )
    entry.finish()
    return found


def fitted(top: Section, sources: Collection[str]) -> tuple[Fitted, ...]:
    """Every runtime with a number of threads that was measured kernel by kernel."""
    if not top.has("fitted"):
        return ()
    found: list[Fitted] = []
    for entry in top.sections("fitted"):
        one = _fitted(entry, sources)
        if any((one.runtime, one.threads) == (each.runtime, each.threads) for each in found):
            entry.note("threads", f"{one.runtime} with {one.threads} threads is given twice")
        found.append(one)
    return tuple(found)


def _fitted(entry: Section, sources: Collection[str]) -> Fitted:
    source, _ = entry.source(sources)
    found = Fitted(
        runtime=entry.word("runtime"),
        version=entry.text("version"),
        threads=entry.count("threads", least=1),
        classes=_classes(entry),
        dispatch_s=_from_zero(entry, "dispatch"),
        run_s=_from_zero(entry, "run"),
        settings=_settings(entry),
        bands=_bands(entry),
        confidence=entry.ratio("confidence", largest=1.0) if entry.has("confidence") else 0.9,
        error_ratio=entry.number("error", largest=_MOST_ERROR) if entry.has("error") else None,
        reference_s=_reference(entry),
        source=source,
    )
    entry.finish()
    return found


def _from_zero(entry: Section, key: str) -> float:
    """A time that may be left out, which is zero."""
    return entry.quantity(key, units.parse_time_from_zero, 0.0) if entry.has(key) else 0.0


def _reference(entry: Section) -> float | None:
    if not entry.has("reference"):
        return None
    return entry.quantity("reference", units.parse_time, 1.0)


def _settings(entry: Section) -> Mapping[str, int]:
    if not entry.has("settings"):
        return {}
    listed = entry.section("settings")
    return {key: listed.count(key) for key in listed.values if listed.check_word(key, key)}


def _bands(entry: Section) -> tuple[Band, ...]:
    if not entry.has("bands"):
        return ()
    found = tuple(_band(section) for section in entry.sections("bands"))
    if any(before.above_s >= after.above_s for before, after in pairwise(found)):
        entry.note("bands", "each must begin above the one before")
    return found


def _band(entry: Section) -> Band:
    low, high = _ratios(entry)
    band = Band(
        above_s=entry.quantity("above", units.parse_time_from_zero, 0.0),
        low_ratio=low,
        high_ratio=high,
        networks=entry.whole("networks"),
    )
    entry.finish()
    return band


def _ratios(entry: Section) -> tuple[float, float]:
    """Ends of an interval: measured over predicted."""
    low = entry.ratio("low", largest=_MOST_RATIO)
    high = entry.ratio("high", largest=_MOST_RATIO)
    if low > high and {"low", "high"} <= entry.values.keys():
        entry.note("low", f"{low:g} is above `high`, {high:g}")
    return low, high


def _classes(entry: Section) -> Mapping[str, ClassFit]:
    listed = entry.section("classes")
    return {
        name: _class(section, name)
        for name, section in listed.entries()
        if listed.check_word(name, name)
    }


def _class(entry: Section, name: str) -> ClassFit:
    low, high = _ratios(entry)
    found = ClassFit(
        name=name,
        seconds=_seconds(entry),
        samples=entry.count("samples", least=1),
        error_ratio=entry.number("error", largest=_MOST_ERROR),
        low_ratio=low,
        high_ratio=high,
        seen=_seen(entry),
    )
    entry.finish()
    return found


def _seconds(entry: Section) -> Mapping[str, float]:
    listed = entry.section("seconds")
    if entry.values.get("seconds") == {}:
        entry.note("seconds", "needs at least one term")
    return {
        key: listed.quantity(key, units.parse_time, 1.0)
        for key in listed.values
        if listed.check_word(key, key)
    }


def _seen(entry: Section) -> Mapping[str, tuple[float, float]]:
    if not entry.has("seen"):
        return {}
    listed = entry.section("seen")
    return {key: listed.pair(key) for key in listed.values if listed.check_word(key, key)}
