"""`costscope schema`: the JSON Schemas of `--format json`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Document(StrEnum):
    """What a schema is of."""

    ANALYSIS = "analysis"
    MEASUREMENT = "measurement"


Name = Annotated[
    Document, typer.Argument(help="Of `analyze --format json`, or of `measure --format json`.")
]


def schema(name: Name = Document.ANALYSIS) -> None:
    """Print the JSON Schema of `analyze --format json`, or of `measure --format json`.

    Examples:
        costscope schema > analysis.schema.json

        costscope schema measurement > measurement.schema.json
    """
    if name is Document.MEASUREMENT:
        from costscope.views.measurement.json_view import schema_text
    else:
        from costscope.views.json_view import schema_text

    typer.echo(schema_text(), nl=False)
