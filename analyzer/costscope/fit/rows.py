"""Measured rows of the shipped tables, `hardware_profiles/measurements/*.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

from costscope.errors import ModelError

FIT = "fit"
_COLUMNS = (
    "profile", "model", "latency_ms", "latency_min_ms", "latency_max_ms", "runtime", "version",
    "threads", "dtype", "date", "use", "source_repo", "source_path",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published latency.

    Attributes:
        table: the file's stem, which is also the key of its source in profiles.
        profile: machine that it belongs to.
        model: network, as `networks.Networks` finds it.
        latency_s: as published.
        spread_ratio: (slowest - fastest) / latency of the runs behind it; None if unknown.
        runtime: name of the runtime.
        version: of the runtime.
        threads: of one operator.
        dtype: that the network was computed in.
        date: of the row, `YYYY-MM-DD` or shorter; "" if unknown.
        use: `fit`, or why it is left out.
        origin: repository and path.
    """

    table: str
    profile: str
    model: str
    latency_s: float
    spread_ratio: float | None
    runtime: str
    version: str
    threads: int
    dtype: str
    date: str
    use: str
    origin: str


def read_rows(path: Path) -> tuple[Row, ...]:
    """All rows of a table that have a latency.

    Raises:
        ModelError: a row that cannot be read; the message names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_rows(csv.DictReader(file), path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from None


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[Row]:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise ModelError(f"{path}: no column {', '.join(missing)}")
    for row in reader:
        if None in row or None in row.values():
            raise ModelError(f"{path}, line {reader.line_num}: cells do not match the header")
        if not row["latency_ms"] and row["use"] != FIT:
            continue  # a row of memory alone
        try:
            yield _row(path.stem, row)
        except (ValueError, TypeError) as error:
            raise ModelError(f"{path}, line {reader.line_num}: {error}") from None


def _row(table: str, row: dict[str, str]) -> Row:
    latency = float(row["latency_ms"])
    if not 0 < latency < inf:
        raise ValueError(f"latency_ms {row['latency_ms']!r} is not above zero")
    low, high = row["latency_min_ms"], row["latency_max_ms"]
    threads = int(row["threads"] or 1)
    if threads < 1:
        raise ValueError(f"threads {threads} is not above zero")
    return Row(
        table=table,
        profile=row["profile"],
        model=row["model"],
        latency_s=latency / 1e3,
        spread_ratio=(float(high) - float(low)) / latency if low and high else None,
        runtime=row["runtime"],
        version=row["version"],
        threads=threads,
        dtype=row["dtype"],
        date=row["date"],
        use=row["use"],
        origin=f"{row['source_repo']}/{row['source_path']}",
    )
