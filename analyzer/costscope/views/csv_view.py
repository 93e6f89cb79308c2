"""All kernels as a table for spreadsheets and scripts: one row each."""

from __future__ import annotations

import csv
import io
from typing import Any

from costscope.analysis.types import Analysis
from costscope.views import view
from costscope.views.report import figures, records
from costscope.views.report.names import cell
from costscope.views.report.records import Record
from costscope.views.report.types import Choice

_TIMES = (
    "latency_s", "latency_low_s", "latency_high_s", "compute_s", "memory_s", "overhead_s", "bound",
    "roof_ratio", "fallback",
)  # fmt: skip
_PREDICTION_PROBLEM = "prediction_problem"
_RENAMED = {
    "memory_access": "memory_access_elements",
    "memory_access_bound": "memory_access_bound_elements",
    "arithmetic_intensity": "arithmetic_intensity_flops_per_byte",
}


@view("csv", suffix=".csv", summary="One row a kernel, for spreadsheets.")
def render(analysis: Analysis, _choice: Choice) -> str:
    """Kernels in the order they run, all of them, with the units in the head.

    Quantities are of one inference, all runs of a kernel together. With several machines
    the columns of time end in the machine's name. What is unknown is left empty. Text that
    a spreadsheet could take for a formula begins with an apostrophe.
    """
    names = [name for name, _ in figures.named(analysis)]
    suffixes = {name: f"_{name}" if len(names) > 1 else "" for name in names}
    rows = [
        {**_flat(record), **_times(timings, suffixes)}
        for _, record, timings in records.kernels(analysis)
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads = list(rows[0]) if rows else ["order", *_times({}, suffixes)]
    writer.writerow(map(_cell, heads))
    writer.writerows([_cell(row[head]) for head in heads] for row in rows)
    return stream.getvalue()


def _flat(record: Record) -> Record:
    """A kernel's record with its lists as text."""
    flat = {_RENAMED.get(key, key): value for key, value in record.items()}
    flat["op_types"] = "+".join(record["op_types"])
    flat["nodes"] = "; ".join(record["nodes"])
    return flat


def _times(timings: dict[str, Any], suffixes: dict[str, str]) -> Record:
    """Columns of time of every machine; empty for machines that run the kernel otherwise."""
    found: Record = {}
    for name, suffix in suffixes.items():
        timing = records.timing(timings[name]) if name in timings else {}
        for key in _TIMES:
            found[f"{key}{suffix}"] = timing.get(key)
        found[f"{_PREDICTION_PROBLEM}{suffix}"] = timing.get("problem")
    return found


def _cell(value: Any) -> Any:
    return cell(value) if isinstance(value, str) else value
