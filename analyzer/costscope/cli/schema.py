"""`costscope schema`: the JSON Schemas of `--format json`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Document(StrEnum):
    """What a schema is of."""

    ANALYSIS = "analysis"
    MEASUREMENT = "measurement"
    CHECK = "check"
    COMPARISON = "comparison"


# The module that holds each, and the command that writes such documents.
_HOMES = {
    Document.ANALYSIS: "costscope.views.json_view",
    Document.MEASUREMENT: "costscope.views.measurement.json_view",
    Document.CHECK: "costscope.gate.reports.json_report",
    Document.COMPARISON: "costscope.comparison.json_view",
}

Name = Annotated[
    Document, typer.Argument(help="What analyze, measure, check or compare write as JSON.")
]


def schema(name: Name = Document.ANALYSIS) -> None:
    """Print the JSON Schema of `--format json` of analyze, measure, check or compare.

    Examples:
        costscope schema > analysis.schema.json

        costscope schema check > check.schema.json
    """
    from importlib import import_module

    typer.echo(import_module(_HOMES[name]).schema_text(), nl=False)
