"""`costscope hw`: the machines there are, what is known of each, and from where."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costscope.errors import ProfileError

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware, Memory

app = typer.Typer(help="Hardware profiles: list, show, validate.", no_args_is_help=True)


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]


@app.command("list", epilog="Example: costscope hw list --format json")
def list_profiles(style: FormatOption = Format.TABLE) -> None:
    """List the machines, yours last: peaks, bandwidth, ridge point, and whether calibrated."""
    from costscope.hardware.catalog import load, names

    mine, host = _mine()
    rows = [_summary(load(name)) for name in names()] + [_summary(each) for each in mine]
    if style is Format.JSON:
        typer.echo(json.dumps(rows, indent=2))
    else:
        from costscope.cli import hw_tables

        hw_tables.print_list(rows, host)


@app.command("show", epilog="Example: costscope hw show pixel6")
def show(
    name: Annotated[str, typer.Argument(help="Name, alias, host, or path of a YAML file.")],
    style: FormatOption = Format.TABLE,
) -> None:
    """Show one machine: every number with its unit and its source; assumed ones are marked."""
    from costscope.api import machine

    hardware = machine(name)
    if style is Format.JSON:
        typer.echo(json.dumps(_details(hardware), indent=2))
    else:
        from costscope.cli import hw_tables

        hw_tables.print_details(hardware)


@app.command("validate", epilog="Example: costscope hw validate my_board.yaml")
def validate(
    files: Annotated[list[Path], typer.Argument(help="Profiles to check.", metavar="FILE...")],
) -> None:
    """Check profiles of your own: every mistake on a line of its own; exit code 2 if any."""
    from costscope.hardware.catalog import read

    failed = False
    for file in files:
        try:
            hardware = read(file)
            problems = _unknown_runtimes(hardware)
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


def _unknown_runtimes(hardware: Hardware) -> tuple[str, ...]:
    """Runtimes that the profile names and nobody has described; profiles may not know them."""
    from costscope.kernels.runtimes import RUNTIMES

    named = {"runtime": hardware.runtime}
    named |= {f"runtimes.{name}": name for name in hardware.calibrations}
    named |= {f"fitted.{each.runtime}": each.runtime for each in hardware.fitted}
    known = ", ".join(RUNTIMES)
    return tuple(
        f"{path}: unknown runtime {name!r}; one of {known}"
        for path, name in named.items()
        if name not in RUNTIMES
    )


def _main_memory(hardware: Hardware) -> Memory:
    """The farthest memory of activations: the one that large tensors stream from."""
    return [memory for memory in hardware.memories if "activations" in memory.holds][-1]


def _summary(hardware: Hardware) -> dict[str, Any]:
    from costscope.timing.predict import ridge_point

    int8, float32 = hardware.compute.get("int8"), hardware.compute.get("float32")
    memory = _main_memory(hardware)
    ridge = ridge_point(hardware, "int8", memory)
    return {
        "name": hardware.name,
        "aliases": list(hardware.aliases),
        "summary": hardware.summary,
        "device_class": hardware.device_class,
        "runtime": hardware.runtime,
        "int8_ops_per_s": int8.peak_flops_per_s if int8 else None,
        "int8_runs_as": int8.runs_as if int8 else None,
        "float32_flops_per_s": float32.peak_flops_per_s if float32 else None,
        "bandwidth_bytes_per_s": memory.bandwidth_bytes_per_s,
        "int8_ridge_point_macs_per_byte": None if ridge is None else ridge / 2,
        "calibrated_runtimes": list(hardware.calibrated_runtimes),
    }


def _details(hardware: Hardware) -> dict[str, Any]:
    details = asdict(hardware)
    details["kinds"] = None if hardware.kinds is None else sorted(hardware.kinds)
    details["assumed"] = list(hardware.assumed())
    return details
