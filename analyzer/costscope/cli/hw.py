"""`costscope hw`: the machines there are, what is known of each, and from where."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import ProfileError

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware

app = typer.Typer(help="Hardware profiles: list, show, compare, validate.", no_args_is_help=True)


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]
RuntimeOption = Annotated[
    str | None, typer.Option("--runtime", metavar="NAME", help="Only what was measured with it.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Only what was measured with so many.")
]


@app.command("list", epilog="Example: costscope hw list --class mcu --sort ridge_point")
def list_profiles(
    device_class: Annotated[
        str | None,
        typer.Option("--class", metavar="mcu|arm_cpu|npu|...", help="Only machines of a class."),
    ] = None,
    runtime: RuntimeOption = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="name|class|ridge_point|peak|bandwidth|error|networks",
            help="Largest first by peak, bandwidth and networks, else smallest first; "
            "by name, yours last, if not given.",
        ),
    ] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """List the machines: peak, bandwidth, ridge point, what measured them and how far off."""
    from costscope.cli import hw_rows
    from costscope.hardware.catalog import load, names

    hw_rows.check(device_class, runtime, sort)
    mine, host = _mine()
    machines = hw_rows.selected([*map(load, names()), *mine], device_class, runtime)
    rows = hw_rows.ordered([hw_rows.summary(each, runtime) for each in machines], sort)
    if style is Format.JSON:
        typer.echo(json.dumps(rows, indent=2))
    else:
        from costscope.cli import hw_tables

        hw_tables.print_list(rows, host)


@app.command("show", epilog="Example: costscope hw show pixel6")
def show(
    name: Annotated[str, typer.Argument(help="Name, alias, host, or path of a YAML file.")],
    runtime: RuntimeOption = None,
    threads: ThreadsOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Show one machine: every number with its source, how good its times are, what is missing."""
    from costscope.api import machine
    from costscope.cli import hw_show

    hardware = hw_show.narrowed(machine(name), runtime, threads)
    if style is Format.JSON:
        typer.echo(json.dumps(hw_show.details(hardware), indent=2))
    else:
        hw_show.print_details(hardware)


@app.command("compare", epilog="Example: costscope hw compare pixel6 raspberry_pi_5 --plot out.png")
def compare(
    names: Annotated[
        list[str], typer.Argument(help="Two or more names, aliases or paths.", metavar="NAME...")
    ],
    runtime: RuntimeOption = None,
    threads: ThreadsOption = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw the rooflines."),
    ] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Compare machines: peaks, bandwidths, the rate of every class of layers, errors."""
    from costscope.api import machine
    from costscope.cli import hw_compare

    hw_compare.check(names, plot)
    chosen = hw_compare.chosen([machine(name) for name in names], runtime, threads)
    if plot is not None:
        from costscope.views.roofline.compare import draw

        draw([hw_compare.roof(each) for each in chosen], plot)
    if style is Format.JSON:
        typer.echo(json.dumps(hw_compare.document(chosen), indent=2))
    else:
        hw_compare.print_comparison(chosen)


@app.command("validate", epilog="Example: costscope hw validate my_board.yaml")
def validate(
    files: Annotated[list[Path], typer.Argument(help="Profiles to check.", metavar="FILE...")],
) -> None:
    """Check profiles of your own: every mistake on a line of its own; exit code 2 if any."""
    from costscope.cli import hw_check
    from costscope.hardware.catalog import read

    failed = False
    for file in files:
        try:
            hardware = read(file)
            problems = hw_check.problems(hardware)
        except ProfileError as error:
            problems = error.problems or (str(error),)
        for problem in problems:
            typer.echo(f"{file}: {problem.removeprefix(f'{file}: ')}", err=True)
        if not problems:
            typer.echo(f"{file}: ok, {hardware.name}")
        failed = failed or bool(problems)
    if failed:
        raise typer.Exit(ProfileError.exit_code)


def _mine() -> tuple[list[Hardware], str]:
    """The machines calibrated here that can be read, and the name of the one `host` stands for."""
    from costscope.hardware.host import host_path, saved
    from costscope.hardware.read import read

    found = []
    for path in saved().values():
        try:
            found.append(read(path))
        except ProfileError as error:
            typer.echo(f"{path}: {error.problems[0] if error.problems else error}", err=True)
    if not found:
        return [], ""
    from costscope.api import this_computer

    host = host_path(this_computer())
    return found, host.stem if host else ""
