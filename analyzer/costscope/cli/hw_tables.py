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
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from costscope.hardware.types import Hardware

_PIPE_WIDTH = 120


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def print_list(rows: list[dict[str, Any]]) -> None:
    """Print one line a machine."""
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


def print_details(hardware: Hardware) -> None:
    """Print every number of a machine with its source."""
    console = _console()
    also = f" (also {', '.join(hardware.aliases)})" if hardware.aliases else ""
    console.print(f"{hardware.name}{also}: {hardware.summary}")
    fits = ", ".join(hardware.calibrations)
    state = f"calibrated for {fits}" if fits else "not calibrated: times are roofline bounds"
    console.print(f"class {hardware.device_class}, runtime {hardware.runtime}, {state}")
    console.print(_compute_table(hardware))
    console.print(_memory_table(hardware))
    if hardware.calibrations:
        console.print(_runtime_table(hardware))
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
