"""`costscope baseline`: what is accepted today, for `costscope check` to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costscope.cli import check_options as flag
from costscope.cli import options

app = typer.Typer(help="What is accepted today, for 'costscope check' to compare with.")

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE.json",
        help="The configuration's baseline, else costscope-baseline.json, if not given.",
    ),
]


@app.callback()
def root() -> None:
    """What is accepted today, for 'costscope check' to compare with."""


@app.command("write")
def write(
    models: flag.Models = None,
    hw: options.Machines = None,
    config: flag.Config = None,
    output: Output = None,
    select: flag.Select = None,
    ignore: flag.Ignore = None,
    as_dtype: options.AsDtype = None,
    dim: options.Dims = None,
    input_shape: options.InputShapes = None,
    trip_count: options.TripCount = None,
    runtime: options.RuntimeName = None,
    time_model: options.TimeModelName = None,
    threads: options.Threads = None,
    measured: flag.Measured = False,
    no_findings: flag.NoFindings = False,
    jobs: flag.Jobs = None,
) -> None:
    """Write metrics and findings of networks as they are: small, sorted, to be reviewed.

    Examples:
        costscope baseline write                      # models and machines of costscope.toml

        costscope baseline write "nets/*.onnx" --hw pixel6 -o costscope-baseline.json
    """
    from costscope.cli.check import bar, flags, sizes
    from costscope.files import write_atomically
    from costscope.gate.plan import Asked
    from costscope.gate.run import new_baseline

    given = {
        "hardware": hw,
        "select": select,
        "ignore": ignore,
        "as_dtype": as_dtype,
        "trip_count": trip_count,
        "runtime": runtime,
        "time_model": time_model,
        "threads": threads,
    }
    asked = Asked(
        models=tuple(models or ()),
        flags=flags(given, sizes(dim, input_shape)),
        config=config,
        findings=not no_findings,
        measured=measured,
        jobs=jobs,
    )
    with bar() as tell:
        path, text = new_baseline(asked, output, on_done=tell)
    write_atomically(path, lambda file: file.write_bytes(text.encode("utf-8")))
    typer.echo(f"wrote {path.as_posix()}; commit it, and name it with --baseline")
