"""`costscope calibrate`: this computer as a hardware profile, measured in a minute or two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.calibrate.types import Calibrated

_SUFFIXES = (".yaml", ".yml")


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


Threads = Annotated[
    list[int] | None,
    typer.Option("--threads", min=1, help="Of one operator; may be given several times."),
]
Quick = Annotated[bool, typer.Option("--quick", help="30 s for a number of threads, not 90 s.")]
Thorough = Annotated[
    bool,
    typer.Option(
        "--thorough",
        help="3 minutes for each number of threads: 1, 2, 4, ... all; int8, float16, a repeat.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE.yaml", help="Write it here too.")
]
NoSave = Annotated[
    bool, typer.Option("--no-save", help="Do not keep it for --hw host on this machine.")
]
Force = Annotated[bool, typer.Option("--force", help="Keep it though the machine was not quiet.")]
Top = Annotated[int, typer.Option("--top", min=0, help="Classes in the table; 0 for all.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]


def calibrate(
    threads: Threads = None,
    quick: Quick = False,
    thorough: Thorough = False,
    output: Output = None,
    no_save: NoSave = False,
    force: Force = False,
    top: Top = 20,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Measure designed networks in onnxruntime and make this machine's profile of them.

    Examples:
        costscope calibrate

        costscope calibrate --threads 1 --threads 4 -o my_host.yaml

        costscope calibrate --thorough
    """
    from costscope.calibrate.run import calibrate as run
    from costscope.cli.bar import bar

    if quick and thorough:
        raise UsageError("--quick and --thorough: choose one")
    _check(output)
    effort = "quick" if quick else "thorough" if thorough else "default"
    with bar() as tell:
        calibrated = run(
            effort,
            threads=tuple(threads or ()),
            name="host" if output is None else output.stem,
            force=force,
            on_progress=tell,
        )
    refused = calibrated.disturbed and not force
    saved = [] if refused else _save(calibrated, output, keep=not no_save)
    _emit(calibrated, saved, output_format, top)
    if refused:
        typer.echo(f"not saved: {_why(calibrated)}; wait, or use --force", err=True)
        raise typer.Exit(1)


def _check(output: Path | None) -> None:
    """Refuse what would only fail after the work is done."""
    if output is None:
        return
    if output.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"--output {output}: a profile is a YAML file; its suffix must be .yaml")
    if not output.parent.is_dir():
        raise UsageError(f"{output}: cannot be written: there is no folder {output.parent}")


def _save(calibrated: Calibrated, output: Path | None, *, keep: bool) -> list[Path]:
    """Write the profile where it is wanted, and say where that is."""
    from costscope.files import write_atomically
    from costscope.hardware.emit import to_yaml
    from costscope.hardware.host import save_host

    saved = []
    if output is not None:
        text = to_yaml(calibrated.hardware)
        write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))
        saved.append(output)
    if keep:
        saved.append(save_host(calibrated.hardware))
    return saved


def _why(calibrated: Calibrated) -> str:
    return ", ".join(each.message for each in calibrated.disturbances)


def _emit(calibrated: Calibrated, saved: Sequence[Path], style: Format, top: int) -> None:
    from costscope.cli import calibrate_tables

    if style is Format.JSON:
        record = calibrate_tables.record(calibrated, saved)
        typer.echo(json.dumps(record, indent=2, allow_nan=False))
    else:
        calibrate_tables.print_calibrated(calibrated, saved, top=top)
