"""Tables for the terminal; rich is imported when something is printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costscope.units import format_bandwidth, format_compute, format_percent
from costscope.views.report.names import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 120
_LINE_EACH = 400  # a pipe gets one line for a machine
_RUNTIMES = 2  # named in the list
_WHOLE = frozenset({"name", "class", "dtype", "type", "peak", "bandwidth", "nets"})
_NUMBERS = frozenset({"peak", "bandwidth", "ridge", "error", "nets"})


def console(*, wide: bool = False) -> Console:
    """Standard output as wide as it is; in a pipe 120 columns, or as wide as it takes."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _LINE_EACH if wide else _PIPE_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def table(*columns: str, numbers: Sequence[str] = (), narrow: bool = False) -> Table:
    """An empty table; columns of numbers stand to the right."""
    from rich import box
    from rich.table import Table

    found = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0) if narrow else (0, 1)
    )
    for column in columns:
        found.add_column(
            column,
            no_wrap=column in _WHOLE or column in numbers,
            justify="right" if column in numbers else "left",
        )
    return found


def print_list(rows: list[dict[str, Any]], host: str = "") -> None:
    """Print one line a machine, and which of them is this computer."""
    out = console(wide=True)
    if not rows:
        out.print("no machine of this kind; `costscope hw list` shows all.")
        return
    heads = ("name", "class", "dtype", "peak", "bandwidth", "ridge", "measured with", "error",
             "nets")  # fmt: skip
    grid = table(*heads, numbers=tuple(_NUMBERS), narrow=True)
    for row in rows:
        grid.add_row(*_cells(row))
    out.print(grid)
    for line in _LEGEND:
        out.print(line)
    if host:
        out.print(f"host is {host}.")


_LEGEND = (
    "peak: operations a second of all cores, two for a multiply-accumulate; ridge: MACs per byte;",
    "measured with: runtime (threads); error: median on networks held out of the fit;",
    "nets: networks behind it. `costscope hw show NAME` gives every source.",
)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    peak, ridge = row["peak_ops_per_s"], row["ridge_point_macs_per_byte"]
    error = row["median_error_ratio"]
    trust = "ranks" if row["ranking"] else "-" if error is None else format_percent(error)
    return (
        row["name"],
        row["device_class"],
        row["dtype"],
        format_compute(peak, "").strip() if peak else "-",
        format_bandwidth(row["bandwidth_bytes_per_s"]),
        f"{ridge:.3g}" if ridge else "-",
        _measured(row["measured_threads"]),
        trust,
        str(row["networks"] or "-"),
    )


def _measured(threads: dict[str, list[int]]) -> str:
    """The first runtimes with their threads, and how many more there are."""
    names = [_runtime(*each) for each in threads.items()]
    more = f" +{len(names) - _RUNTIMES}" if len(names) > _RUNTIMES else ""
    return ("; ".join(names[:_RUNTIMES]) + more) or "-"


def _runtime(name: str, threads: Sequence[int]) -> str:
    return f"{name} ({', '.join(map(str, threads))})" if threads else name


def threads_text(threads: int | None) -> str:
    """`4 threads`; a dash where there is no such thing."""
    return counted(threads, "thread") if threads else "-"
