"""A fit as text for the terminal; rich is imported when something is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from costscope.units import format_interval, format_latency, format_percent
from costscope.views.report.names import clean, counted

if TYPE_CHECKING:
    from rich.console import Console

    from costscope.fit.device import DeviceFit
    from costscope.fit.predicted import Predicted
    from costscope.hardware.types import Hardware, Rates

_PIPE_WIDTH = 120
_FAR = 3.0  # times what is expected of the base


def print_fits(
    fits: tuple[DeviceFit, ...],
    base: Hardware,
    output: Path | None,
    others: Sequence[Predicted] = (),
) -> None:
    """Print each fit: its rows predicted from the others, what it is worth, what to do next."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=width)
    for fit in fits:
        _print_fit(console, fit, base)
    _print_others(console, others)
    if output is None:
        console.print("Nothing was written; -o my_board.yaml writes the profile.")
    else:
        console.print(f"Wrote {output}; use it with --hw {_as_path(output)}")


def _print_others(console: Console, others: Sequence[Predicted]) -> None:
    """Networks that were asked for, at the new rates."""
    for each in others:
        shown = format_latency(each.latency_s)
        if each.low_s is not None and each.high_s is not None:
            shown = format_interval(each.latency_s, each.low_s, each.high_s)
        rates = each.rates
        threads = f", {counted(rates.threads, 'thread')}" if rates.threads else ""
        name = clean(each.model)
        console.print(f"predicted: {name} in {shown} ({rates.runtime}{threads}, {rates.dtype})")


def _as_path(output: Path) -> str:
    return str(output) if len(output.parts) > 1 else f"./{output}"


def _print_fit(console: Console, fit: DeviceFit, base: Hardware) -> None:
    rates = fit.rates
    threads = f", {counted(rates.threads, 'thread')}" if rates.threads else ""
    console.print(
        f"{clean(fit.runtime)}{threads}, {rates.dtype}: {counted(rates.rows, 'measurement')} of "
        f"{counted(rates.networks, 'network')}, {base.name} as the base"
    )
    for sentence in _remarks(fit, base):
        console.print(sentence)
    _print_rows(console, fit)
    console.print(_worth(rates, fit))
    if rates.unobserved:
        console.print(
            f"Not seen in these networks, taken from similar machines: "
            f"{', '.join(rates.unobserved)}."
        )
    console.print()


def _remarks(fit: DeviceFit, base: Hardware) -> Iterator[str]:
    """What a reader must know before the figures."""
    if fit.rates.how:
        yield f"{fit.rates.how[:1].upper()}{clean(fit.rates.how[1:])}."
    repeated = fit.rates.rows - fit.rates.networks
    if repeated:
        yield f"{counted(repeated, 'row')} more of networks that were measured before; all count."
    slow = fit.scale_ratio
    if slow > _FAR or slow < 1 / _FAR:
        told = f"{slow:.1f} times as slow" if slow > 1 else f"{1 / slow:.1f} times as fast"
        yield (
            f"In the median {told} as one expects of {base.name}: a --base nearer to it would "
            "tell more."
        )


def _print_rows(console: Console, fit: DeviceFit) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("network")
    for column in ("measured", "from the others", "off"):
        table.add_column(column, justify="right")
    table.add_column("")
    for each in fit.left:
        table.add_row(
            clean(each.observation.model),
            format_latency(each.observation.latency_s),
            format_latency(each.predicted_s),
            f"{'+' if each.ratio >= 1 else '-'}{format_percent(abs(each.ratio - 1))}",
            "outlier" if each.outlier else "",
        )
    console.print(table)


def _worth(rates: Rates, fit: DeviceFit) -> str:
    """Errors of rows left out, and the interval to expect of other networks."""
    told = []
    if len(fit.left) > 1 and rates.median_error_ratio is not None:
        errors = [abs(each.ratio - 1) for each in fit.left]
        told.append(
            f"Left out in turn, networks are off by {format_percent(median(errors))} in "
            f"the median and {format_percent(sum(errors) / len(errors))} in the mean."
        )
    if rates.low_ratio is not None and rates.high_ratio is not None:
        told.append(
            f"{format_percent(rates.confidence)} of other networks should take "
            f"{rates.low_ratio:.2f} to {rates.high_ratio:.2f} times the prediction."
        )
    else:
        told.append("How far off other networks will be was not measured for such machines.")
    outliers = [each for each in fit.left if each.outlier]
    if outliers:
        names = ", ".join(
            f"{clean(each.observation.model)} ({each.observation.origin})" for each in outliers
        )
        told.append(f"Look at {names}: far from what the others say; it counts for little.")
    return " ".join(told)
