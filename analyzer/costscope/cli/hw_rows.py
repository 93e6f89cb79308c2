"""Machines as plain rows for `costscope hw list`: numbers in base units, filtered and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware, Memory, Rates

Row = dict[str, Any]

_INTEGERS_FIRST = frozenset({"mcu", "edge_tpu", "npu"})
_DTYPES = ("float32", "float16", "int8")
_SORTS: dict[str, tuple[str, bool]] = {  # key of the row, and whether the largest comes first
    "name": ("name", False),
    "class": ("device_class", False),
    "ridge_point": ("ridge_point_macs_per_byte", False),
    "peak": ("peak_ops_per_s", True),
    "bandwidth": ("bandwidth_bytes_per_s", True),
    "error": ("median_error_ratio", False),
    "networks": ("networks", True),
}
SORTS = tuple(_SORTS)
_LIKE = 0.45  # `rigde` is meant for `ridge_point`


def main_memory(hardware: Hardware) -> Memory:
    """The farthest memory of activations: the one that large tensors stream from."""
    return [memory for memory in hardware.memories if "activations" in memory.holds][-1]


def main_dtype(hardware: Hardware, rates: Rates | None) -> str:
    """The element type that was measured, else the one that the machine is mostly used with."""
    if rates is not None:
        return rates.dtype
    wanted = _DTYPES[::-1] if hardware.device_class in _INTEGERS_FIRST else _DTYPES
    return next(
        (dtype for dtype in wanted if dtype in hardware.compute), next(iter(hardware.compute))
    )


def summary(hardware: Hardware, runtime: str | None = None) -> Row:
    """One machine; what was measured is that of a runtime, of its own one if None."""
    from costscope.timing.step import ridge_point

    rates = hardware.rates_for(runtime or hardware.runtime)
    dtype, memory = main_dtype(hardware, rates), main_memory(hardware)
    peak, ridge = hardware.compute.get(dtype), ridge_point(hardware, dtype, memory)
    int8, float32 = hardware.compute.get("int8"), hardware.compute.get("float32")
    int8_ridge = ridge_point(hardware, "int8", memory)
    return {
        "name": hardware.name,
        "aliases": list(hardware.aliases),
        "summary": hardware.summary,
        "device_class": hardware.device_class,
        "runtime": hardware.runtime,
        "cores": hardware.cores,
        "dtype": dtype,
        "peak_ops_per_s": peak.peak_flops_per_s if peak else None,
        "bandwidth_bytes_per_s": memory.bandwidth_bytes_per_s,
        "ridge_point_macs_per_byte": None if ridge is None else ridge / 2,
        "int8_ops_per_s": int8.peak_flops_per_s if int8 else None,
        "int8_runs_as": int8.runs_as if int8 else None,
        "float32_flops_per_s": float32.peak_flops_per_s if float32 else None,
        "int8_ridge_point_macs_per_byte": None if int8_ridge is None else int8_ridge / 2,
        "calibrated_runtimes": list(hardware.calibrated_runtimes),
        "measured_threads": _threads(hardware, runtime),
        **_trust(hardware, rates, runtime or hardware.runtime),
    }


def _threads(hardware: Hardware, runtime: str | None) -> dict[str, list[int]]:
    """The numbers of threads measured, by runtime: its own first; empty where there are none."""
    names = hardware.calibrated_runtimes if runtime is None else (runtime,)
    found: dict[str, list[int]] = {}
    for name in sorted(names, key=lambda each: each != hardware.runtime):
        if hardware.calibrated_for(name):
            threads = {each.threads for each in hardware.rates if each.runtime == name}
            found[name] = sorted({*filter(None, threads), *hardware.threads_of(name)})
    return found


def _trust(hardware: Hardware, rates: Rates | None, runtime: str) -> Row:
    """What stands behind the times, and how far they were off."""
    if rates is not None:
        return {
            "networks": rates.networks,
            "rows": rates.rows,
            "error_ratio": rates.error_ratio,
            "median_error_ratio": rates.median_error_ratio,
            "low_ratio": rates.low_ratio,
            "high_ratio": rates.high_ratio,
            "ranking": rates.ranking,
        }
    fitted = hardware.fitted_for(runtime)
    return {
        "networks": sum(band.networks for band in fitted.bands) if fitted else 0,
        "rows": 0,
        "error_ratio": None,
        "median_error_ratio": fitted.error_ratio if fitted else None,
        "low_ratio": None,
        "high_ratio": None,
        "ranking": False,
    }


def check(device_class: str | None, runtime: str | None, sort: str | None) -> None:
    """Refuse what selects or sorts nothing there is.

    Raises:
        UsageError: an unknown class, runtime or key, with what is near it.
    """
    from costscope.hardware.parse import DEVICE_CLASSES
    from costscope.kernels.runtimes import RUNTIMES

    for flag, given, known in (
        ("--class", device_class, DEVICE_CLASSES),
        ("--runtime", runtime, tuple(RUNTIMES)),
        ("--sort", sort, SORTS),
    ):
        if given is not None and given not in known:
            raise UsageError(f"{flag}: unknown {_like(given, known)}")


def _like(given: str, known: Sequence[str]) -> str:
    """The word with those near it; with all where none is."""
    import difflib

    from costscope.units import quoted

    holding = [each for each in known if given.lower() in each]
    nearest = holding or difflib.get_close_matches(given.lower(), known, n=2, cutoff=_LIKE)
    if nearest:
        return f"{quoted(given)}; did you mean {' or '.join(nearest)}?"
    return f"{quoted(given)}; one of {', '.join(known)}"


def selected(
    machines: Sequence[Hardware], device_class: str | None, runtime: str | None
) -> list[Hardware]:
    """The machines of a class that were measured with a runtime; all for None."""
    return [
        each
        for each in machines
        if device_class in (None, each.device_class)
        and (runtime is None or each.calibrated_for(runtime))
    ]


def ordered(rows: Sequence[Row], sort: str | None) -> list[Row]:
    """The rows by a key, as they are for None; those without a value last, equals by name."""
    if sort is None:
        return list(rows)
    key, largest_first = _SORTS[sort]
    by_name = sorted(rows, key=lambda row: row["name"])
    known = [row for row in by_name if row[key] is not None]
    known.sort(key=lambda row: row[key], reverse=largest_first)  # equals stay by name
    return [*known, *(row for row in by_name if row[key] is None)]
