"""Fits of a machine as tables: what each is worth, then each class, threads side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costscope.cli.hw_tables import table, threads_text
from costscope.hardware.types import ASSUMED
from costscope.units import format_bandwidth, format_latency, format_percent

if TYPE_CHECKING:
    from rich.console import Console

    from costscope.hardware.types import Rates

_NEVER = "never observed"
_SIGN = "?"
_CLASSES = {"calls": "each call", "runs": "each inference"}


def print_fits(out: Console, rates: Sequence[Rates]) -> None:
    """Print fits, those that differ only in their threads in one table."""
    groups: dict[tuple[str, str, str, str], list[Rates]] = {}
    for each in rates:
        key = (each.runtime, each.dtype, each.structure, "".join(each.serves))
        groups.setdefault(key, []).append(each)
    for found in groups.values():
        _print_group(out, sorted(found, key=lambda each: each.threads or 0))


def _print_group(out: Console, fits: Sequence[Rates]) -> None:
    first = fits[0]
    versions = ", ".join(dict.fromkeys(filter(None, (each.version for each in fits))))
    serves = f" (also for {' and '.join(first.serves)} files)" if first.serves else ""
    sources = ", ".join(dict.fromkeys(_marked(each.source) for each in fits))
    out.print(
        f"{' '.join(filter(None, (first.runtime, versions)))}, {first.dtype}{serves}, "
        f"structure {first.structure} (source {sources})"
    )
    for how in dict.fromkeys(filter(None, (each.how for each in fits))):
        out.print(f"  {how}")
    if any(each.ranking for each in fits):
        out.print("  good for ranking only: which network is faster, not how fast it is")
    out.print(_worth(fits))
    out.print()
    out.print(_rates(fits))
    if len(fits) > 1 and any(each.unobserved for each in fits):
        out.print(f"{_SIGN} {_NEVER}: no measured network shows it; as on similar machines")
    out.print()


def _worth(fits: Sequence[Rates]) -> object:
    """What stands behind each fit, and how far it was off."""
    heads = ("threads", "networks", "rows", "mean error", "median error", "interval",
             "told apart")  # fmt: skip
    grid = table(*heads, numbers=heads[1:5])
    for each in fits:
        grid.add_row(
            threads_text(each.threads),
            str(each.networks) if each.networks else "none",
            str(each.rows) if each.rows else "-",
            _percent(each.error_ratio),
            _percent(each.median_error_ratio),
            interval(each),
            "-" if each.pair_ratio is None else f"from x{each.pair_ratio:.3g} on",
        )
    return grid


def interval(each: Rates) -> str:
    """The interval as factors of the prediction: `90 %: x0.78 to x1.31`; a dash without one."""
    if each.low_ratio is None or each.high_ratio is None:
        return "-"
    share = format_percent(each.confidence)
    return f"{share}: x{each.low_ratio:.3g} to x{each.high_ratio:.3g}"


def _rates(fits: Sequence[Rates]) -> object:
    """Rows are classes, columns the fits."""
    alone = len(fits) == 1
    heads = [threads_text(each.threads) if each.threads else "reaches" for each in fits]
    grid = table("class", *heads, *([""] if alone else []))
    for name in classes_of(fits):
        cells = [_cell(each, name, alone=alone) for each in fits]
        note = [_NEVER if name in fits[0].unobserved else ""] if alone else []
        grid.add_row(_CLASSES.get(name, name), *cells, *note)
    return grid


def classes_of(fits: Sequence[Rates]) -> Iterator[str]:
    """Every class of some fits: compute, memory, then calls and runs."""
    yield from dict.fromkeys(name for each in fits for name in each.compute_ratio)
    yield from dict.fromkeys(name for each in fits for name in each.bandwidth_bytes_per_s)
    yield from ("calls", "runs")


def _cell(each: Rates, name: str, *, alone: bool) -> str:
    mark = f" {_SIGN}" if not alone and name in each.unobserved else ""
    if name in each.compute_ratio:
        return f"{format_percent(each.compute_ratio[name])} of peak{mark}"
    if name in each.bandwidth_bytes_per_s:
        return f"{format_bandwidth(each.bandwidth_bytes_per_s[name])}{mark}"
    if name in _CLASSES:
        return f"{format_latency(each.dispatch_s if name == 'calls' else each.run_s)}{mark}"
    return "-"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else format_percent(ratio)


def _marked(source: str) -> str:
    return "ASSUMED" if source == ASSUMED else source
