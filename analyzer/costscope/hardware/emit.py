"""A machine as the text of its profile: what `parse` reads back is the very same machine."""

from __future__ import annotations

from collections.abc import Mapping

from costscope import units
from costscope.hardware.layout import Value, lines
from costscope.hardware.rates import RANKING
from costscope.hardware.types import (
    Band,
    ClassFit,
    Compute,
    Fallback,
    Fitted,
    Hardware,
    Identity,
    Memory,
    Rates,
)

_Section = dict[str, Value]


def to_yaml(hardware: Hardware) -> str:
    """The profile of a machine, plain and in a fixed order; its name is that of the file.

    Every number comes back as it was: round it before.
    """
    head = ["".join(c if c.isprintable() else "?" for c in line) for line in _head(hardware)]
    return "\n".join([*head, *lines(_hardware(hardware))]) + "\n"


def _head(hardware: Hardware) -> list[str]:
    """What made the profile, as comments."""
    made = hardware.identity
    if made is None:
        return [f"# {hardware.name}: a hardware profile of costscope."]
    when = f" on {made.date}" if made.date else ""
    return [
        f"# {hardware.name}: measured by `costscope calibrate`{when}.",
        f"# {made.cpu}, {made.architecture}, {_counted(made.cores, 'core')}",
        *map(_run, hardware.fitted),
        "# Seconds of a kernel: each term's seconds times the kernel's amount of it, summed.",
    ]


def _run(each: Fitted) -> str:
    threads, classes = _counted(each.threads, "thread"), _counted(len(each.classes), "class", "es")
    return f"# {each.runtime} {each.version}, {threads}: {classes} of kernels"


def _counted(number: int, noun: str, ending: str = "s") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{ending}"


def _hardware(hardware: Hardware) -> _Section:
    found: _Section = {"summary": hardware.summary, "class": hardware.device_class}
    if hardware.aliases:
        found["aliases"] = hardware.aliases
    found["runtime"] = hardware.runtime
    if hardware.identity is not None:
        found["identity"] = _identity(hardware.identity)
    found |= _optional(chip=hardware.chip)
    if hardware.in_order is not None:
        found["in_order"] = hardware.in_order
    if hardware.cores is not None:
        found["cores"] = hardware.cores
    found["compute"] = {name: _compute(each) for name, each in hardware.compute.items()}
    found["memories"] = [_memory(each) for each in hardware.memories]
    if hardware.rates:
        found["runtimes"] = [rates_section(each) for each in hardware.rates]
    if hardware.kinds is not None:
        kinds = sorted(map(str, hardware.kinds))
        found["supports"] = {"kinds": kinds, "source": hardware.kinds_source}
    if hardware.fallback is not None:
        found["fallback"] = _fallback(hardware.fallback)
    if hardware.fitted:
        found["fitted"] = [_fitted(each) for each in hardware.fitted]
    if hardware.sources:
        found["sources"] = {
            key: {"reference": each.reference, **_optional(date=each.date)}
            for key, each in hardware.sources.items()
        }
    if hardware.notes:
        found["notes"] = hardware.notes
    return found


def _optional(**texts: str) -> Mapping[str, Value]:
    """Texts by key, those that are empty left out."""
    return {key: text for key, text in texts.items() if text}


def _compute(each: Compute) -> _Section:
    told: _Section = {"source": each.source, **_optional(how=each.how)}
    if each.runs_as != each.dtype:
        return {"runs_as": each.runs_as, **told}
    unit = "FLOP/s" if "float" in each.dtype else "OP/s"
    return {"peak": units.write_compute(each.peak_flops_per_s, unit), **told}


def _memory(each: Memory) -> _Section:
    found: _Section = {"name": each.name}
    if each.capacity_bytes is not None:
        found["capacity"] = units.write_bytes(each.capacity_bytes)
    found["bandwidth"] = units.write_bandwidth(each.bandwidth_bytes_per_s)
    found["holds"] = each.holds
    if each.fixed:
        found["fixed"] = True
    if each.spills:
        found["spills"] = True
    return {**found, "source": each.source, **_optional(how=each.how)}


def rates_section(each: Rates) -> _Section:
    """One entry of `runtimes`, in the order that people read it."""
    found: _Section = {"runtime": each.runtime, **_optional(version=each.version)}
    if each.threads is not None:
        found["threads"] = each.threads
    found["dtype"] = each.dtype
    if each.serves:
        found["serves"] = each.serves
    found["structure"] = each.structure
    if each.compute_ratio:
        found["compute"] = dict(each.compute_ratio)
    if each.bandwidth_bytes_per_s:
        found["bandwidth"] = {
            name: units.write_bandwidth(value) for name, value in each.bandwidth_bytes_per_s.items()
        }
    found["dispatch"], found["run"] = map(units.write_time, (each.dispatch_s, each.run_s))
    if each.unobserved:
        found["unobserved"] = each.unobserved
    found |= {key: value for key in ("networks", "rows") if (value := getattr(each, key))}
    found |= _trust(each)
    return {**found, "source": each.source, **_optional(how=each.how)}


def _trust(each: Rates) -> _Section:
    """Held-out error and interval, as far as they are known."""
    found: _Section = {}
    if each.error_ratio is not None and each.median_error_ratio is not None:
        found["error"] = {"mean": each.error_ratio, "median": each.median_error_ratio}
    if each.low_ratio is not None and each.high_ratio is not None:
        ends: _Section = {"low": each.low_ratio, "high": each.high_ratio}
        if each.pair_ratio is not None:
            ends["pair"] = each.pair_ratio
        if each.new:
            ends["new"] = True
        found["interval"] = {"confidence": each.confidence, **ends}
    if each.ranking:
        found["confidence"] = RANKING
    return found


def _fallback(each: Fallback) -> _Section:
    return {
        "profile": each.profile,
        "bandwidth": units.write_bandwidth(each.bandwidth_bytes_per_s),
        "sync": units.write_time(each.sync_s),
        "source": each.source,
        **_optional(how=each.how),
    }


def _identity(each: Identity) -> _Section:
    found: _Section = {"cpu": each.cpu, "architecture": each.architecture, "cores": each.cores}
    if each.flags:
        found["flags"] = each.flags
    return {**found, **_optional(governor=each.governor, date=each.date)}


def _fitted(each: Fitted) -> _Section:
    found: _Section = {
        "runtime": each.runtime,
        "version": each.version,
        "threads": each.threads,
        "dispatch": units.write_time(each.dispatch_s),
        "run": units.write_time(each.run_s),
    }
    if each.settings:
        found["settings"] = dict(each.settings)
    found["confidence"] = each.confidence
    if each.error_ratio is not None:
        found["error"] = each.error_ratio
    if each.reference_s is not None:
        found["reference"] = units.write_time(each.reference_s)
    found["source"] = each.source
    if each.bands:
        found["bands"] = [_band(band) for band in each.bands]
    found["classes"] = {name: _class(fit) for name, fit in each.classes.items()}
    return found


def _band(each: Band) -> _Section:
    return {
        "above": units.write_time(each.above_s),
        "low": each.low_ratio,
        "high": each.high_ratio,
        "networks": each.networks,
    }


def _class(each: ClassFit) -> _Section:
    found: _Section = {
        "seconds": {term: units.write_time(value) for term, value in each.seconds.items()},
        "samples": each.samples,
        "error": each.error_ratio,
        "low": each.low_ratio,
        "high": each.high_ratio,
    }
    if each.seen:
        found["seen"] = {name: list(ends) for name, ends in each.seen.items()}
    return found
