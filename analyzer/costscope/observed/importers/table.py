"""A table of measurements that a person wrote, as an importer."""

from __future__ import annotations

from costscope.observed.importers import importer
from costscope.observed.table import is_table, read_table
from costscope.observed.types import Reading


@importer("table", summary="CSV, TSV or JSON list with model and latency_ms.", sniff=is_table)
def read(text: str, origin: str) -> tuple[Reading, ...]:
    """The rows of a table.

    Raises:
        ModelError: as `read_table`.
    """
    return read_table(text, origin)
