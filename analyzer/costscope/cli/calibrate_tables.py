"""A calibration as text for the terminal and as JSON; rich is imported when it is printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.calibrate.summary import ClassRow, band_rows, class_rows
from costscope.units import format_bandwidth, format_compute, format_latency, format_percent
from costscope.views.report.names import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from costscope.calibrate.types import Calibrated, Part

_PIPE_WIDTH = 120


def print_calibrated(calibrated: Calibrated, saved: Sequence[Path], *, top: int) -> None:
    """Print what was measured, what it is worth, where it is kept, and what to do with it.

    Args:
        calibrated: to print.
        saved: files that the profile was written to.
        top: classes to show; 0 for all.
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)
    console.print(f"{calibrated.hardware.summary} ({calibrated.wall_s:.0f} s)")
    for note in calibrated.hardware.notes:
        console.print(f"  {note}")
    for part in calibrated.parts:
        _print_part(console, part, top)
    _print_machine(console, calibrated)
    for path in saved:
        console.print(f"saved: {path}", soft_wrap=True)
    if saved:
        name = "host" if len(saved) > 1 or saved[0].stem != calibrated.hardware.name else saved[0]
        console.print(f"next: costscope analyze zoo:mobilenet_v2 --hw {name}", soft_wrap=True)


def record(calibrated: Calibrated, saved: Sequence[Path]) -> dict[str, Any]:
    """The same as plain values."""
    hardware = asdict(calibrated.hardware)
    hardware["kinds"] = None
    return {
        "effort": calibrated.effort,
        "wall_s": calibrated.wall_s,
        "disturbed": calibrated.disturbed,
        "disturbances": [asdict(each) for each in calibrated.disturbances],
        "saved": [str(path) for path in saved],
        "threads": [_part_record(part) for part in calibrated.parts],
        "hardware": hardware,
    }


def _part_record(part: Part) -> dict[str, Any]:
    return {
        "threads": part.fitted.threads,
        "networks": len(part.collection.networks),
        "kernels": sum(len(each.kernels) for each in part.collection.networks),
        "skipped": len(part.collection.skipped),
        "failures": {str(seed): why for seed, why in part.collection.failures.items()},
        "profiler_s": part.profiler_s,
        "run_s": part.fitted.run_s,
        "error_ratio": part.fitted.error_ratio,
        "reference_s": list(part.reference_s),
        "agreement": None if part.agreement is None else asdict(part.agreement),
        "bands": [asdict(row) for row in band_rows(part)],
        "classes": [
            {
                "name": row.fit.name,
                "samples": row.fit.samples,
                "error_ratio": row.fit.error_ratio,
                "time_ratio": row.time_ratio,
                "macs_per_s": row.macs_per_s,
                "bytes_per_s": row.bytes_per_s,
            }
            for row in class_rows(part)
        ],
    }


def _print_part(console: Console, part: Part, top: int) -> None:
    fitted = part.fitted
    threads = counted(fitted.threads, "thread")
    error = "not measured" if fitted.error_ratio is None else format_percent(fitted.error_ratio)
    rows = class_rows(part)
    shown = rows[:top] if top else rows
    console.print()
    more = f", {len(shown)} of {len(rows)} (--top 0 shows all)" if len(shown) < len(rows) else ""
    console.print(f"Classes of kernels, {threads}{more}", style="bold")
    console.print(_classes(shown))
    console.print()
    console.print(f"Networks held out, {threads}", style="bold")
    console.print(_bands(part))
    console.print(f"median error of networks of 1 ms and more: {error}")


def _classes(rows: Sequence[ClassRow]) -> Table:
    table = _table("class", "kernels", "of time", "median error", "largest run at")
    for row in rows:
        table.add_row(
            row.fit.name,
            str(row.fit.samples),
            format_percent(row.time_ratio),
            format_percent(row.fit.error_ratio),
            _rate(row),
        )
    return table


def _rate(row: ClassRow) -> str:
    if row.macs_per_s is not None:
        return format_compute(row.macs_per_s, "MAC/s")
    return "-" if row.bytes_per_s is None else format_bandwidth(row.bytes_per_s)


def _bands(part: Part) -> Table:
    inside = f"{format_percent(part.fitted.confidence)} are within"
    table = _table("predicted from", "networks", "MAPE", "median error", "within 10 %", inside)
    for row in band_rows(part):
        table.add_row(
            format_latency(row.above_s),
            str(row.networks),
            *(_percent(each) for each in (row.mean_ratio, row.median_ratio, row.near_ratio)),
            f"{row.low_ratio:.2f}-{row.high_ratio:.2f} of it",
        )
    return table


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else format_percent(ratio)


def _print_machine(console: Console, calibrated: Calibrated) -> None:
    hardware = calibrated.hardware
    peaks = [
        f"{each.dtype} {format_compute(each.peak_flops_per_s, _unit(each.dtype))}"
        for each in hardware.compute.values()
        if each.dtype in {"float32", "int8"}
    ]
    memories = [
        f"{each.name} {format_bandwidth(each.bandwidth_bytes_per_s)}" for each in hardware.memories
    ]
    console.print()
    console.print(f"best attained: {', '.join(peaks)}; copied: {', '.join(memories)}")


def _unit(dtype: str) -> str:
    return "FLOP/s" if "float" in dtype else "OP/s"


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    return table
