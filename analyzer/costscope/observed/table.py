"""Tables of measurements: CSV, TSV, or a JSON list of objects, read and written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from costscope.errors import ModelError
from costscope.observed import cells, json_text
from costscope.observed.cells import Place
from costscope.observed.columns import Column, columns, looks_like_header
from costscope.observed.types import Observation

MAX_ROWS = 100_000
_LONGEST_HEADER = 1 << 16
HEADER = (
    *("model", "latency_ms", "latency_min_ms", "latency_max_ms"),
    *("runtime", "threads", "dtype", "device", "origin"),
)
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r"sep=.", re.IGNORECASE)  # a spreadsheet's own first line
_JSON = re.compile(r"\s*\[\s*(\]|\{[^{}]*\"model\"\s*:)", re.IGNORECASE)
_MILLI_EXPONENT = 3

Row = tuple[str, str, Sequence[str]]  # for messages, for the origin, cells


def is_table(text: str) -> bool:
    """Whether a text is a table of measurements, with mistakes or without."""
    if _JSON.match(text):
        return True
    first = next(_lines(text), "")
    if len(first) > _LONGEST_HEADER:
        return False
    return any(looks_like_header(names) for names in _split(first).values())


def read_table(text: str, origin: str) -> tuple[Observation, ...]:
    """The measurements of a table, in its order; columns that are not known are ignored.

    Raises:
        ModelError: a mistake, with file, line and column.
    """
    rows = _json_rows(text, origin) if text.lstrip().startswith("[") else _rows(text, origin)
    where, _, names = next(rows, (origin, origin, ()))
    known = columns(names, where)
    found = []
    for each in rows:
        found.append(_observation(each, known))
        if len(found) > MAX_ROWS:
            raise ModelError(f"{origin}: more than {MAX_ROWS} rows; split the table")
    if not found:
        raise ModelError(f"{where}: a header without rows; add one for each measurement")
    return tuple(found)


def write_table(observations: Iterable[Observation]) -> str:
    """A CSV text that `read_table` reads back to the same values, but for their origin."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for each in observations:
        times = [_milliseconds(time) for time in (each.latency_s, each.low_s, each.high_s)]
        threads = "" if each.threads is None else str(each.threads)
        writer.writerow(
            [each.model, *times, each.runtime, threads, each.dtype, each.device, each.origin]
        )
    return stream.getvalue()


def duplicates(observations: Iterable[Observation]) -> tuple[tuple[Observation, ...], ...]:
    """Groups of two or more that say the latency of one thing.

    One thing is a model on a device in a runtime, with a number of threads and a precision.
    """
    groups: dict[tuple[Any, ...], list[Observation]] = {}
    for each in observations:
        key = (each.model, each.device, each.runtime, each.threads, each.dtype)
        groups.setdefault(key, []).append(each)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _milliseconds(seconds: float | None) -> str:
    """All digits, so that nothing is lost."""
    if seconds is None:
        return ""
    return format(Decimal(repr(seconds)).scaleb(_MILLI_EXPONENT).normalize(), "f")


def _lines(text: str) -> Iterator[str]:
    """Lines that are neither empty nor remarks."""
    for match in re.finditer(r"[^\r\n]+", text):
        line = match.group()
        if line.strip() and not line.lstrip().startswith("#") and not _SEPARATOR.fullmatch(line):
            yield line


def _split(line: str) -> dict[str, list[str]]:
    """The cells of a header for each delimiter it might have."""
    found = {}
    for delimiter in _DELIMITERS:
        try:
            found[delimiter] = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
    return found


def _rows(text: str, origin: str) -> Iterator[Row]:
    """The header and the rows of a CSV text."""
    split = _split(next(_lines(text), ""))
    named = {sign: len(row) for sign, row in split.items() if looks_like_header(row)}
    widths = named or {sign: len(row) for sign, row in split.items()}
    delimiter = max(widths, key=lambda sign: widths[sign], default=",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    expected = line = 0
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ModelError(f"{origin}, line {line}: {error}; check the quotes") from None
        alone = ",".join(row).strip()
        if not alone.strip(",") or alone.startswith("#") or _SEPARATOR.fullmatch(alone):
            continue
        expected = expected or len(row)
        if len(row) != expected:
            raise ModelError(
                f"{origin}, line {line}: {len(row)} cells, the header has {expected}; "
                f"quote a cell that holds {delimiter!r}"
            )
        yield f"{origin}, line {line}", f"{origin}:{line}", row


def _json_rows(text: str, origin: str) -> Iterator[Row]:
    """The same of a JSON list; a header of all keys comes first."""
    entries = json_text.records(text, origin, "a JSON list of objects, one for each measurement")
    if not entries:
        raise ModelError(f"{origin}: an empty list; add an object for each measurement")
    names = list(dict.fromkeys(key for entry in entries for key in entry))
    yield origin, origin, names
    for number, entry in enumerate(entries, start=1):
        where = f"{origin}, entry {number}"
        yield where, where, [_cell(entry.get(name)) for name in names]


def _cell(value: Any) -> str:
    """As a CSV would hold it; what no cell can hold is empty."""
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _observation(row: Row, known: Mapping[str, Column]) -> Observation:
    where, origin, found = row

    def cell(role: str) -> tuple[str, str, Place]:
        column = known.get(role)
        if column is None:
            return "", "", Place(where, role)
        return found[column.index], column.unit, Place(where, column.name)

    text, _, place = cell("threads")
    threads = cells.threads(text, place)
    text, _, place = cell("dtype")
    dtype = cells.dtype(text, place)
    text, _, place = cell("model")
    model = cells.model(text, place)
    latency_s = cells.latency(*cell("latency"))
    low_s = cells.optional_latency(*cell("latency_min"))
    high_s = cells.optional_latency(*cell("latency_max"))
    cells.check_order(low_s, latency_s, high_s, where)
    return Observation(
        model=model,
        latency_s=latency_s,
        low_s=low_s,
        high_s=high_s,
        runtime=cells.words(cell("runtime")[0]),
        threads=threads,
        dtype=dtype,
        device=cells.words(cell("device")[0] or cell("profile")[0]),
        origin=origin,
    )
