"""`costscope hw compare`: machines side by side, each number with its ratio to the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.cli.hw_fits import classes_of, interval
from costscope.cli.hw_rows import main_dtype, main_memory
from costscope.cli.hw_show import narrowed
from costscope.cli.hw_tables import console, table
from costscope.errors import UsageError
from costscope.units import format_bandwidth, format_compute, format_latency, format_percent
from costscope.views.report.names import counted

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware, Rates
    from costscope.views.roofline.compare import Roof

_DTYPES = ("float32", "float16", "int8")
_LABEL, _CELL = 24, 26  # columns that a row's name and a machine's cell take


@dataclass(frozen=True, slots=True)
class Chosen:
    """A machine with the peaks of the threads that were measured, and what was measured."""

    hardware: Hardware
    rates: Rates | None
    all_cores: int | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A row: one number, or one text, of each machine."""

    name: str
    unit: str
    values: tuple[float | str | None, ...]
    compared: bool = True

    @property
    def ratios(self) -> tuple[float | None, ...]:
        """Of each number to the first; None where one of them is unknown."""
        first = self.values[0]
        return tuple(
            each / first
            if isinstance(each, (int, float)) and isinstance(first, (int, float)) and first
            else None
            for each in self.values
        )


def check(names: Sequence[str], plot: Path | None) -> None:
    """Refuse what cannot be compared or drawn, before anything is read.

    Raises:
        UsageError: fewer than two machines, too many for a picture, or a suffix of no picture.
    """
    if len(names) < 2:  # noqa: PLR2004
        raise UsageError("compare: name two machines or more, as in costscope hw compare rpi4 rpi5")
    if plot is not None:
        from costscope.views.roofline.compare import MOST
        from costscope.views.roofline.file import check_suffix

        check_suffix(plot)
        if len(names) > MOST:
            raise UsageError(f"--plot: {len(names)} machines in one picture; give {MOST} at most")


def chosen(machines: Sequence[Hardware], runtime: str | None, threads: int | None) -> list[Chosen]:
    """Each machine with the fit to compare: its own runtime's, with the fewest threads.

    Raises:
        UsageError: a machine named twice, or not measured as asked.
    """
    found: list[Chosen] = []
    for each in machines:
        if any(each.name == other.hardware.name for other in found):
            raise UsageError(f"compare: {each.name} is named twice")
        narrowed(each, runtime, threads)
        rates = each.rates_for(runtime or each.runtime, threads=threads)
        scaled = each.with_threads(rates.threads) if rates else each
        found.append(Chosen(scaled, rates, each.cores))
    return found


def quantities(found: Sequence[Chosen]) -> Iterator[Quantity]:
    """All rows, in reading order."""
    yield _row("class", "", [each.hardware.device_class for each in found])
    yield _row("measured with", "", [_measured(each) for each in found])
    yield _row("cores", "", [_cores(each) for each in found])
    for dtype in _DTYPES:
        peaks = [each.hardware.compute.get(dtype) for each in found]
        unit = "FLOP/s" if "float" in dtype else "OP/s"
        yield _row(f"peak {dtype}", unit, [p.peak_flops_per_s if p else None for p in peaks])
    memories = [main_memory(each.hardware) for each in found]
    yield _row("bandwidth", "B/s", [each.bandwidth_bytes_per_s for each in memories])
    for dtype in _DTYPES:
        ridges = [_ridge(each.hardware, dtype) for each in found]
        yield _row(f"ridge point {dtype}", "MACs/byte", ridges)
    fits = [each.rates for each in found if each.rates is not None]
    for name in classes_of(fits) if fits else ():
        unit = _unit(name, fits)
        yield _row(_label(name), unit, [_attained(each, name) for each in found])
    yield from _trust(found)


def _row(name: str, unit: str, values: Sequence[float | str | None]) -> Quantity:
    return Quantity(name, unit, tuple(values), compared=unit not in ("", "share"))


def _trust(found: Sequence[Chosen]) -> Iterator[Quantity]:
    fits = [each.rates for each in found]
    yield _row("mean error", "share", [each.error_ratio if each else None for each in fits])
    medians = [each.median_error_ratio if each else None for each in fits]
    yield _row("median error", "share", medians)
    yield _row("interval", "", [interval(each) if each else None for each in fits])
    yield _row("networks", "", [str(each.networks) if each else None for each in fits])


def _measured(each: Chosen) -> str:
    if each.rates is None:
        return ", ".join(each.hardware.calibrated_runtimes) or "nothing"
    ranking = ", ranking only" if each.rates.ranking else ""
    return f"{each.rates.runtime} {each.rates.dtype}{ranking}"


def _cores(each: Chosen) -> str | None:
    """The cores in use: `1 of 4 cores`; None where there is no such thing."""
    if each.all_cores is None:
        return None
    used = each.hardware.cores
    if used == each.all_cores:
        return counted(each.all_cores, "core")
    return f"{used} of {each.all_cores} cores"


def _ridge(hardware: Hardware, dtype: str) -> float | None:
    from costscope.timing.step import ridge_point

    found = ridge_point(hardware, dtype, main_memory(hardware))
    return None if found is None else found / 2


def _label(name: str) -> str:
    return {"calls": "each call", "runs": "each inference"}.get(name, name)


def _unit(name: str, fits: Sequence[Rates]) -> str:
    if any(name in each.compute_ratio for each in fits):
        return "MAC/s"
    return "B/s" if any(name in each.bandwidth_bytes_per_s for each in fits) else "s"


def _attained(each: Chosen, name: str) -> float | None:
    """What a class of layers attains, in base units."""
    rates = each.rates
    if rates is None:
        return None
    if name in ("calls", "runs"):
        return rates.dispatch_s if name == "calls" else rates.run_s
    if name in rates.compute_ratio:
        peak = each.hardware.compute.get(rates.dtype)
        return peak.peak_flops_per_s / 2 * rates.compute_ratio[name] if peak else None
    return rates.bandwidth_bytes_per_s.get(name)


def document(found: Sequence[Chosen]) -> dict[str, Any]:
    """The comparison as plain values in base units."""
    return {
        "machines": [each.hardware.name for each in found],
        "unobserved": {
            each.hardware.name: list(each.rates.unobserved if each.rates else ()) for each in found
        },
        "quantities": [
            {
                "name": row.name,
                "unit": row.unit,
                "values": list(row.values),
                "ratios": list(row.ratios) if row.compared else None,
            }
            for row in quantities(found)
        ],
    }


def print_comparison(found: Sequence[Chosen]) -> None:
    """Print the table; machines that do not fit beside the first go into tables of their own."""
    out = console()
    rows = [row for row in quantities(found) if any(each is not None for each in row.values)]
    others = max(1, (out.width - _LABEL) // _CELL - 1)
    for start in range(1, len(found), others):
        shown = [0, *range(start, min(start + others, len(found)))]
        grid = table("", *(found[i].hardware.name for i in shown))
        for row in rows:
            grid.add_row(row.name, *(_cell(row, i, found[i]) for i in shown))
        out.print(grid)
    out.print("x: times the first machine's. Peaks and rates are those of the cores in use; rates")
    out.print("are attained in whole networks. ?: no measured network of the machine shows it.")


def _cell(row: Quantity, index: int, each: Chosen) -> str:
    value, ratio = row.values[index], row.ratios[index]
    if value is None:
        return "-"
    text = value if isinstance(value, str) else _written(value, row.unit)
    if each.rates is not None and row.name in map(_label, each.rates.unobserved):
        text += " ?"
    return f"{text} (x{ratio:.3g})" if index and row.compared and ratio else text


def _written(value: float, unit: str) -> str:
    if unit == "s":
        return format_latency(value)
    if unit == "share":
        return format_percent(value)
    if unit == "MACs/byte":
        return f"{value:.3g} MACs/byte"
    return format_bandwidth(value) if unit == "B/s" else format_compute(value, unit)


def roof(each: Chosen) -> Roof:
    """What the picture shows of a machine."""
    from costscope.views.roofline.compare import Roof

    hardware, rates = each.hardware, each.rates
    dtype, memory = main_dtype(hardware, rates), main_memory(hardware)
    peak = hardware.compute.get(dtype)
    if peak is None:
        raise UsageError(f"{hardware.name} has no {dtype} peak to draw")
    return Roof(
        name=hardware.name,
        dtype=dtype,
        cores=_cores(each) or "",
        peak_flops_per_s=peak.peak_flops_per_s,
        bandwidth_bytes_per_s=memory.bandwidth_bytes_per_s,
        macs_per_s={n: _attained(each, n) or 0.0 for n in (rates.compute_ratio if rates else ())},
        bytes_per_s=dict(rates.bandwidth_bytes_per_s) if rates else {},
        unobserved=frozenset(rates.unobserved) if rates else frozenset(),
    )
