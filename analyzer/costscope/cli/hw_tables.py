"""Machines as text for the terminal; rich is imported when something is printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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

    from costscope.hardware.types import Fitted, Hardware, Identity

_PIPE_WIDTH = 120


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def print_list(rows: list[dict[str, Any]], host: str = "") -> None:
    """Print one line a machine, and which of them is this computer."""
    console = _console()
    table = _table("name", "class", "int8", "float32", "bandwidth", "ridge", "calibrated for")
    for row in rows:
        ridge, int8, float32 = (
            row[key]
            for key in ("int8_ridge_point_macs_per_byte", "int8_ops_per_s", "float32_flops_per_s")
        )
        table.add_row(
            row["name"],
            row["device_class"],
            format_compute(int8, _unit(row["int8_runs_as"])) if int8 else "-",
            format_compute(float32) if float32 else "-",
            format_bandwidth(row["bandwidth_bytes_per_s"]),
            f"{ridge:.3g}" if ridge else "-",
            ", ".join(row["calibrated_runtimes"]) or "-",
        )
    console.print(table)
    console.print("ridge: int8 MACs per byte. `costscope hw show NAME` gives every source.")
    if host:
        console.print(f"host is {host}.")


def print_details(hardware: Hardware) -> None:
    """Print every number of a machine with its source."""
    console = _console()
    also = f" (also {', '.join(hardware.aliases)})" if hardware.aliases else ""
    console.print(f"{hardware.name}{also}: {hardware.summary}")
    fits = ", ".join(hardware.calibrated_runtimes)
    state = f"calibrated for {fits}" if fits else "not calibrated: times are roofline bounds"
    console.print(f"class {hardware.device_class}, runtime {hardware.runtime}, {state}")
    if hardware.identity is not None:
        console.print(_identity(hardware.identity))
    console.print(_compute_table(hardware))
    console.print(_memory_table(hardware))
    if hardware.calibrations:
        console.print(_runtime_table(hardware))
    for fitted in hardware.fitted:
        _print_fitted(console, fitted)
    if hardware.kinds is not None:
        console.print(f"runs {', '.join(sorted(hardware.kinds))} ({hardware.kinds_source})\n")
    for source in hardware.sources.values():
        date = f" ({source.date})" if source.date else ""
        console.print(f"source {source.key}: {source.reference}{date}")
    for note in hardware.notes:
        console.print(f"note: {note}")


def _compute_table(hardware: Hardware) -> Table:
    table = _table("type", "peak", "runs as", "source", "how")
    for entry in hardware.compute.values():
        native = entry.runs_as == entry.dtype
        table.add_row(
            entry.dtype,
            format_compute(entry.peak_flops_per_s, _unit(entry.runs_as)),
            "itself" if native else entry.runs_as,
            _marked(entry.source),
            entry.how,
        )
    return table


def _memory_table(hardware: Hardware) -> Table:
    table = _table("memory", "capacity", "bandwidth", "holds", "source", "how")
    for memory in hardware.memories:
        size = "-" if memory.capacity_bytes is None else format_bytes(memory.capacity_bytes)
        table.add_row(
            memory.name,
            f"{size} (hard limit)" if memory.fixed else size,
            format_bandwidth(memory.bandwidth_bytes_per_s),
            ", ".join(memory.holds),
            _marked(memory.source),
            memory.how,
        )
    return table


def _runtime_table(hardware: Hardware) -> Table:
    table = _table(
        "runtime", "kind", "of peak", "of bandwidth", "dispatch", "error", "networks", "source"
    )
    for fit in hardware.calibrations.values():
        error = "not stated" if fit.error_ratio is None else format_percent(fit.error_ratio)
        kinds = [(str(kind), each) for kind, each in fit.efficiency.items()]
        for kind, each in [*kinds, ("other kinds", fit.default)]:
            table.add_row(
                fit.runtime,
                kind,
                format_percent(each.compute_ratio),
                format_percent(each.memory_ratio),
                format_latency(fit.dispatch_s),
                error,
                str(fit.networks),
                _marked(fit.source),
            )
    return table


def _identity(made: Identity) -> str:
    flags = f", with {' '.join(made.flags)}" if made.flags else ""
    governor = f", governor {made.governor}" if made.governor else ""
    date = f", on {made.date}" if made.date else ""
    cores = counted(made.cores, "core")
    return f"measured on {made.cpu} ({made.architecture}, {cores}{flags}{governor}){date}"


def _print_fitted(console: Console, fitted: Fitted) -> None:
    """One calibration by kernels: what it is worth, then each class."""
    threads = counted(fitted.threads, "thread")
    error = "not measured" if fitted.error_ratio is None else format_percent(fitted.error_ratio)
    console.print(
        f"{fitted.runtime} {fitted.version}, {threads}: error on held-out networks {error}"
    )
    for band in fitted.bands:
        console.print(
            f"  from {format_latency(band.above_s)}: {format_percent(fitted.confidence)} of "
            f"networks take {band.low_ratio:.3g} to {band.high_ratio:.3g} of the prediction "
            f"({band.networks} held out)"
        )
    table = _table("class", "samples", "error", "seconds per unit")
    for name, fit in sorted(fitted.classes.items()):
        terms = ", ".join(f"{term} {write_time(each)}" for term, each in fit.seconds.items())
        table.add_row(name, str(fit.samples), format_percent(fit.error_ratio), terms)
    console.print(table)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in {"name", "type", "peak", "bandwidth"})
    return table


def _marked(source: str) -> str:
    return "ASSUMED" if source == ASSUMED else source


def _unit(runs_as: str) -> str:
    return "FLOP/s" if "float" in runs_as else "OP/s"
