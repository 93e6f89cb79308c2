"""All kernels as a table for spreadsheets and scripts: one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from costscope.measure.types import Measurement
from costscope.views.measurement import Wanted, figures, measurement_view, records
from costscope.views.report.names import cell
from costscope.views.report.records import Record

_KEYS = (
    "model", "order", "name", "op_type", "kind", "layout", "measured_s", "predicted_s",
    "predicted_low_s", "predicted_high_s", "error_ratio", "roof_s", "roof_ratio", "bound",
    "reason", "repeats", "dtype", "macs", "flops", "weight_bytes", "read_bytes", "write_bytes",
    "arithmetic_intensity", "attained_flops_per_s", "problem", "origin",
)  # fmt: skip
_RENAMED = {"arithmetic_intensity": "arithmetic_intensity_flops_per_byte"}


@measurement_view("csv", suffix=".csv", summary="One row a kernel, for spreadsheets.")
def render(measured: Sequence[Measurement], _wanted: Wanted) -> str:
    """Kernels of every model in the order they ran, with the units in the head.

    What is unknown is left empty. Text that a spreadsheet could take for a formula begins
    with an apostrophe.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_RENAMED.get(key, key) for key in _KEYS)
    for each in measured:
        for row in figures.rows_of(each):
            record = {"model": each.model} | records.kernel(row)
            writer.writerow(_cells(record))
    return stream.getvalue()


def _cells(record: Record) -> list[Any]:
    record["origin"] = "; ".join(record["origin"])
    return [_cell(record[key]) for key in _KEYS]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cell(value) if isinstance(value, str) else value
