"""The command line: one command a file, listed here in the order that help shows."""

from __future__ import annotations

from typing import Annotated

import typer

from costscope import __version__
from costscope.cli.analyze import analyze
from costscope.cli.baseline import app as baseline_app
from costscope.cli.calibrate import calibrate
from costscope.cli.check import check
from costscope.cli.compare import compare
from costscope.cli.experiment import experiment
from costscope.cli.explain import explain
from costscope.cli.fit import app as fit_app
from costscope.cli.hw import app as hw_app
from costscope.cli.import_times import import_times
from costscope.cli.measure import measure
from costscope.cli.rank import rank
from costscope.cli.schema import schema
from costscope.cli.sweep_ridge import sweep_ridge
from costscope.cli.validate import validate
from costscope.cli.zoo import app as zoo_app

app = typer.Typer(
    name="costscope",
    help="What a neural network costs on real hardware, from its ONNX file alone.",
    epilog="Example: costscope analyze zoo:mobilenet_v2 --hw pixel6 --as-dtype int8",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("analyze")(analyze)
app.command("explain")(explain)
app.command("check")(check)
app.command("compare")(compare)
app.add_typer(baseline_app, name="baseline")
app.command("measure")(measure)
app.command("calibrate")(calibrate)
app.command("validate")(validate)
app.command("experiment")(experiment)
app.add_typer(fit_app, name="fit")
app.command("import")(import_times)
app.add_typer(hw_app, name="hw")
app.command("rank")(rank)
app.command("sweep-ridge")(sweep_ridge)
app.add_typer(zoo_app, name="zoo")
app.command("schema")(schema)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"costscope {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What a neural network costs on real hardware, from its ONNX file alone."""
