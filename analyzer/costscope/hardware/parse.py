"""A profile's YAML text to a `Hardware`; all its mistakes at once, each with its key path."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from costscope import dtypes, units
from costscope.document import read
from costscope.errors import ProfileError, UsageError
from costscope.hardware.fitted import fitted, identity
from costscope.hardware.rates import fallback, rates
from costscope.hardware.section import Section, suggestion
from costscope.hardware.types import (
    ASSUMED,
    Compute,
    Hardware,
    Memory,
    Source,
)
from costscope.work import KernelKind

DEVICE_CLASSES = ("arm_cpu", "x86_cpu", "mobile_gpu", "edge_tpu", "npu", "mcu")
_HOLDS = ("weights", "activations")
_KINDS = tuple(KernelKind)


def parse(text: str | bytes, *, name: str, origin: str | None = None) -> Hardware:
    """The machine that a profile describes.

    Args:
        text: the file's content.
        name: what the machine is called; the file's name without its suffix.
        origin: what to call the file in messages; its name where it is left out.

    Raises:
        ProfileError: the text is not a profile; `problems` has one line per mistake.
    """
    origin = origin or name
    try:
        document, problems = read(text, "profile", ProfileError)
    except ProfileError as error:
        raise ProfileError(f"{origin}: {error}", (str(error),)) from None
    if not isinstance(document, dict):
        problems.append("file: expected keys and values like 'summary: ...'")
        raise ProfileError(f"{origin}: {problems[0]}", tuple(problems))
    hardware = _hardware(document, name, problems)
    if problems:
        more = f" (and {len(problems) - 1} more mistakes)" if len(problems) > 1 else ""
        raise ProfileError(
            f"{origin}: {problems[0]}{more}; see `costscope hw validate FILE`", tuple(problems)
        )
    return hardware


def _hardware(document: dict[str, Any], name: str, problems: list[str]) -> Hardware:
    top = Section(document, "", problems)
    sources = _sources(top)
    memories = _memories(top, sources)
    kinds, kinds_source = _kinds(top, sources)
    hardware = Hardware(
        name=name,
        aliases=top.words("aliases"),
        summary=top.text("summary"),
        device_class=top.word("class", choices=DEVICE_CLASSES),
        compute=_compute(top, sources),
        memories=memories,
        runtime=top.word("runtime"),
        chip=top.word("chip") if top.has("chip") else "",
        in_order=top.flag("in_order") if top.has("in_order") else None,
        cores=top.count("cores", least=1) if top.has("cores") else None,
        rates=rates(top, sources),
        fitted=fitted(top, sources),
        identity=identity(top),
        kinds=kinds,
        kinds_source=kinds_source,
        fallback=fallback(top, sources),
        sources=sources,
        notes=top.texts("notes"),
    )
    top.finish()
    return hardware


def _sources(top: Section) -> Mapping[str, Source]:
    if not top.has("sources"):
        return {}
    found: dict[str, Source] = {}
    listed = top.section("sources")
    for key, entry in listed.entries():
        if key == ASSUMED:
            listed.note(key, "this word marks numbers without a source; take another")
        listed.check_word(key, key)
        found[key] = Source(
            key=key, reference=entry.text("reference"), date=entry.text("date", required=False)
        )
        entry.finish()
    return found


def _compute(top: Section, sources: Collection[str]) -> Mapping[str, Compute]:
    listed = top.section("compute")
    entries = listed.entries()
    peaks = {
        name: entry.quantity("peak", units.parse_compute, 1.0)
        for name, entry in entries
        if not entry.has("runs_as")
    }
    found: dict[str, Compute] = {}
    for name, entry in entries:
        _check_dtype(listed, name)
        runs_as = _runs_as(entry, peaks) if entry.has("runs_as") else name
        source, how = entry.source(sources)
        found[name] = Compute(
            dtype=name,
            peak_flops_per_s=peaks.get(runs_as, 1.0),
            runs_as=runs_as,
            source=source,
            how=how,
        )
        entry.finish()
    if top.values.get("compute") == {}:
        top.note("compute", "needs at least one element type with its peak")
    return found


def _runs_as(entry: Section, peaks: Collection[str]) -> str:
    if entry.has("peak"):
        entry.note("peak", "a type that runs as another one has no peak of its own")
    runs_as = entry.text("runs_as")
    if runs_as and runs_as not in peaks:
        nearest = suggestion(runs_as, peaks)
        entry.note("runs_as", f"{runs_as!r} is not a type with a peak in `compute`{nearest}")
    return runs_as


def _check_dtype(listed: Section, name: str) -> None:
    """Note a key of `compute` that is not an element type, or not by its own name."""
    try:
        dtype = dtypes.named(name)
    except UsageError as error:
        listed.note(name, str(error))
        return
    if dtype.kind == "opaque":
        listed.note(name, "no machine computes in this type")
    elif dtype.compute_name != name:
        listed.note(name, f"write {dtype.compute_name!r}")


def _memories(top: Section, sources: Collection[str]) -> tuple[Memory, ...]:
    found: list[Memory] = []
    for entry in top.sections("memories"):
        name = entry.word("name")
        if name and name in {memory.name for memory in found}:
            entry.note("name", f"{name!r} is given twice")
        found.append(_memory(entry, name, sources))
    if top.values.get("memories") == []:
        top.note("memories", "needs at least one memory")
    if found and all(memory.holds for memory in found):
        for what in _HOLDS:
            _check_order(top, what, [memory for memory in found if what in memory.holds])
    return tuple(found)


def _memory(entry: Section, name: str, sources: Collection[str]) -> Memory:
    capacity = None
    if entry.has("capacity"):
        capacity = entry.quantity("capacity", units.parse_bytes, 1)
    fixed, spills = entry.flag("fixed"), entry.flag("spills")
    if fixed and capacity is None:
        entry.note("capacity", "missing: a fixed memory is a limit and needs its size")
    if spills and capacity is None:
        entry.note("capacity", "missing: a memory that spills needs its size")
    bandwidth = entry.quantity("bandwidth", units.parse_bandwidth, 1.0)
    holds = entry.words("holds", choices=_HOLDS)
    if not holds and not entry.values.get("holds"):
        entry.note("holds", "missing: weights, activations or both")
    source, how = entry.source(sources)
    entry.finish()
    return Memory(
        name=name,
        capacity_bytes=capacity,
        bandwidth_bytes_per_s=bandwidth,
        holds=holds,
        source=source,
        how=how,
        fixed=fixed,
        spills=spills,
    )


def _check_order(top: Section, what: str, memories: Sequence[Memory]) -> None:
    if not memories:
        top.note("memories", f"no memory holds {what}")
    for near, far in pairwise(memories):
        if far.bandwidth_bytes_per_s > near.bandwidth_bytes_per_s:
            top.note("memories", f"nearest first: {far.name!r} is faster than {near.name!r}")


def _kinds(top: Section, sources: Collection[str]) -> tuple[frozenset[KernelKind] | None, str]:
    if not top.has("supports"):
        return None, ""
    entry = top.section("supports")
    kinds = entry.words("kinds", choices=_KINDS)
    if not kinds and not entry.values.get("kinds"):
        entry.note("kinds", "missing: a machine that runs everything leaves out `supports`")
    source, _ = entry.source(sources)
    entry.finish()
    return frozenset(map(KernelKind, kinds)), source
