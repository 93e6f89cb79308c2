"""`costscope hw show`: one machine with its sources, its fits, and what is not modelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from costscope.cli.hw_fits import print_fits
from costscope.cli.hw_tables import console, table
from costscope.errors import UsageError
from costscope.hardware.types import ASSUMED
from costscope.units import (
    format_bandwidth,
    format_bytes,
    format_compute,
    format_latency,
    format_percent,
    write_time,
)
from costscope.views.report.names import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from costscope.hardware.types import Fallback, Fitted, Hardware, Identity, Rates

_FREE = frozenset({"view", "control_flow", "uncosted"})
_USUAL = ("float32", "float16", "int8")


def narrowed(hardware: Hardware, runtime: str | None, threads: int | None) -> Hardware:
    """The machine with the fits of one runtime, of one number of threads; of all for None.

    Raises:
        UsageError: it was not measured with them.
    """

    def asked(each: Any) -> bool:
        return runtime in (None, each.runtime) and threads in (None, each.threads)

    rates = tuple(filter(asked, hardware.rates))
    fitted = tuple(filter(asked, hardware.fitted))
    if (runtime or threads) and not rates and not fitted:
        raise UsageError(f"{hardware.name} {_not_measured(hardware, runtime, threads)}")
    return replace(hardware, rates=rates, fitted=fitted)


def _not_measured(hardware: Hardware, runtime: str | None, threads: int | None) -> str:
    with_what = " and ".join(filter(None, (runtime, counted(threads, "thread") if threads else "")))
    known: dict[str, list[str]] = {}
    fits: Sequence[Rates | Fitted] = (*hardware.rates, *hardware.fitted)
    for each in fits:
        known.setdefault(each.runtime, []).extend([str(each.threads)] if each.threads else [])
    listed = ", ".join(f"{name} ({', '.join(n)})" if n else name for name, n in known.items())
    only = f"; only with {listed}" if known else ": nobody has measured it"
    return f"was not measured with {with_what}{only}"


def details(hardware: Hardware) -> dict[str, Any]:
    """The machine as plain values."""
    found = asdict(hardware)
    found["kinds"] = None if hardware.kinds is None else sorted(hardware.kinds)
    found["assumed"] = list(hardware.assumed())
    found["not_modelled"] = list(not_modelled(hardware))
    return found


def print_details(hardware: Hardware) -> None:
    """Print every number of a machine with its source."""
    out = console()
    also = f" (also {', '.join(hardware.aliases)})" if hardware.aliases else ""
    out.print(f"{hardware.name}{also}: {hardware.summary}")
    fits = ", ".join(hardware.calibrated_runtimes)
    state = f"calibrated for {fits}" if fits else "not calibrated: times are roofline bounds"
    cores = f", peaks of {counted(hardware.cores, 'core')}" if hardware.cores else ""
    out.print(f"class {hardware.device_class}, runtime {hardware.runtime}{cores}, {state}")
    if hardware.identity is not None:
        out.print(_identity(hardware.identity))
    out.print()
    out.print(_compute_table(hardware))
    out.print()
    out.print(_memory_table(hardware))
    out.print()
    print_fits(out, hardware.rates)
    for fitted in hardware.fitted:
        _print_fitted(out, fitted)
    _print_list(out, "Not modelled", not_modelled(hardware))
    if hardware.kinds is not None:
        kinds = ", ".join(sorted(hardware.kinds))
        out.print(f"runs {kinds} ({hardware.kinds_source})")
    if hardware.fallback is not None:
        out.print(f"fallback: {_way(hardware.fallback)}")
    for source in hardware.sources.values():
        date = f" ({source.date})" if source.date else ""
        out.print(f"source {source.key}: {source.reference}{date}")
    for note in hardware.notes:
        out.print(f"note: {note}")


def _print_list(out: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        out.print(title)
        for line in lines:
            out.print(f"- {line}")
        out.print()


def not_modelled(hardware: Hardware) -> tuple[str, ...]:
    """Sentences: what the profile cannot tell, and what becomes of it."""
    found = []
    if hardware.kinds is not None:
        from costscope.work import KernelKind

        missing = sorted(set(map(str, KernelKind)) - set(map(str, hardware.kinds)) - _FREE)
        if missing:
            found.append(f"does not run {', '.join(missing)}: {_elsewhere(hardware.fallback)}")
    lacking = [dtype for dtype in _USUAL if dtype not in hardware.compute]
    if lacking:
        found.append(f"has no {' and no '.join(lacking)} arithmetic: no prediction for it")
    found += _element_types(hardware)
    if not hardware.calibrated_runtimes:
        found.append("nobody has measured it: times are roofline bounds, no run is faster")
    if hardware.assumed():
        found.append(f"assumed, not published: {', '.join(hardware.assumed())}")
    return tuple(found)


def _element_types(hardware: Hardware) -> list[str]:
    """What its rates are for, and what becomes of other element types."""
    if not hardware.rates:
        return []
    dtypes = " and ".join(sorted({each.dtype for each in hardware.rates}))
    served = sorted({dtype for each in hardware.rates for dtype in each.serves})
    also = f" (in which {' and '.join(served)} files run)" if served else ""
    nobody = all(each.networks == 0 for each in hardware.rates)
    made = "nobody has measured it: rates of its kind, for" if nobody else "measured in"
    return [f"{made} {dtypes}{also}; other element types are scaled by the arithmetic peaks"]


def _elsewhere(fallback: Fallback | None) -> str:
    return "no prediction for them" if fallback is None else f"counted on {_way(fallback)}"


def _way(fallback: Fallback) -> str:
    """The other machine, and what it takes to get there."""
    return (
        f"{fallback.profile}, copies at {format_bandwidth(fallback.bandwidth_bytes_per_s)} and "
        f"{format_latency(fallback.sync_s)} a change ({_marked(fallback.source)})"
    )


def _compute_table(hardware: Hardware) -> Table:
    grid = table("type", "peak", "runs as", "source", "how")
    for entry in hardware.compute.values():
        native = entry.runs_as == entry.dtype
        grid.add_row(
            entry.dtype,
            format_compute(entry.peak_flops_per_s, _unit(entry.runs_as)),
            "itself" if native else entry.runs_as,
            _marked(entry.source),
            entry.how,
        )
    return grid


def _memory_table(hardware: Hardware) -> Table:
    grid = table("memory", "capacity", "bandwidth", "holds", "source", "how")
    for memory in hardware.memories:
        size = "-" if memory.capacity_bytes is None else format_bytes(memory.capacity_bytes)
        limit = " (hard limit)" if memory.fixed else " (the rest spills)" if memory.spills else ""
        grid.add_row(
            memory.name,
            f"{size}{limit}",
            format_bandwidth(memory.bandwidth_bytes_per_s),
            ", ".join(memory.holds),
            _marked(memory.source),
            memory.how,
        )
    return grid


def _identity(made: Identity) -> str:
    flags = f", with {' '.join(made.flags)}" if made.flags else ""
    governor = f", governor {made.governor}" if made.governor else ""
    date = f", on {made.date}" if made.date else ""
    cores = counted(made.cores, "core")
    return f"measured on {made.cpu} ({made.architecture}, {cores}{flags}{governor}){date}"


def _print_fitted(out: Console, fitted: Fitted) -> None:
    """One calibration by kernels: what it is worth, then each class."""
    threads = counted(fitted.threads, "thread")
    error = "not measured" if fitted.error_ratio is None else format_percent(fitted.error_ratio)
    out.print(f"{fitted.runtime} {fitted.version}, {threads}: error on held-out networks {error}")
    for band in fitted.bands:
        out.print(
            f"  from {format_latency(band.above_s)}: {format_percent(fitted.confidence)} of "
            f"networks take {band.low_ratio:.3g} to {band.high_ratio:.3g} of the prediction "
            f"({band.networks} held out)"
        )
    grid = table("class", "samples", "error", "seconds per unit")
    for name, fit in sorted(fitted.classes.items()):
        terms = ", ".join(f"{term} {write_time(each)}" for term, each in fit.seconds.items())
        grid.add_row(name, str(fit.samples), format_percent(fit.error_ratio), terms)
    out.print(grid)
    out.print()


def _marked(source: str) -> str:
    return "ASSUMED" if source == ASSUMED else source


def _unit(runs_as: str) -> str:
    return "FLOP/s" if "float" in runs_as else "OP/s"
