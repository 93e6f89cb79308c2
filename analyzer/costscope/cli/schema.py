"""`costscope schema`: the JSON Schema of `--format json`."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of `analyze --format json`.

    Example: costscope schema > analysis.schema.json
    """
    from costscope.views.json_view import schema_text

    typer.echo(schema_text(), nl=False)
