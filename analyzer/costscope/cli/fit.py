"""`costscope fit`: a profile of one's own machine from a few measured networks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from costscope.cli import options
from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.fit.device import DeviceFit
    from costscope.fit.networks import Networks
    from costscope.fit.predicted import Predicted
    from costscope.hardware.types import Hardware, Rates

_MEASUREMENTS = "measurements"
SCHEMA_VERSION = "1.0"  # of --format json


class _DefaultCommand(TyperGroup):
    """`costscope fit FILE` is `costscope fit measurements FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the default command before a file's name."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = [_MEASUREMENTS, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(
    cls=_DefaultCommand,
    help="Fit a profile of your own machine to a few measured networks: costscope fit FILE.",
    no_args_is_help=True,
)


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


Base = Annotated[
    str,
    typer.Option("--base", metavar="NAME", help="A profile of a machine of the same kind."),
]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="CSV of model and latency_ms, or a tool's output."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The profile to write, a .yaml file.")
]
Layers = Annotated[
    Path | None, typer.Option("--layers", help="Table of layers of the networks named.")
]
Runtime = Annotated[
    str | None, typer.Option("--runtime", help="Of rows that do not say; the base's own.")
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Of rows that do not say; 1.")
]
Dtype = Annotated[
    str | None, typer.Option("--dtype", help="Of rows that do not say; as the base's.")
]
Tool = Annotated[str | None, typer.Option("--from", metavar="TOOL", help="What wrote the files.")]
Device = Annotated[
    str, typer.Option("--device", help="Whose rows to take, of files with several devices.")
]
Predict = Annotated[
    list[str] | None,
    typer.Option("--predict", metavar="MODEL", help="Predict this network with the new profile."),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]


@app.command(
    _MEASUREMENTS,
    epilog="Example: costscope fit measurements.csv --base raspberry_pi_4b -o my_board.yaml",
)
def measurements(
    files: Files,
    base: Base,
    output: Output = None,
    layers: Layers = None,
    runtime: Runtime = None,
    threads: Threads = None,
    dtype: Dtype = None,
    form: Tool = None,
    device: Device = "",
    dim: options.Dims = None,
    input_shape: options.InputShapes = None,
    predict: Predict = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Fit a profile to latencies of 1 to 5 or more networks, measured on your own machine.

    The CSV has the columns model and latency_ms, and may have threads, dtype, runtime and
    device. A model is an ONNX file (beside the CSV, or from here), zoo:NAME, a network of ncnn's
    benchmark by its name, or of a table of layers: --layers FILE, or FILE.csv#NAME. Rows of
    another runtime, number of threads or element type make a fit of their own.

    Prints how far each network is from what the others predict of it; exit code 3 where the
    rows decide nothing. As JSON: schema_version, and fits, one object a fit, of family,
    same_runtime, runtime, scale_ratio (measured over expected of the base), rates (SI units),
    left_out with model, measured_s, predicted_s, outlier and origin of each row, and predicted
    with model, latency_s, low_s and high_s of each network of --predict.
    """
    from costscope.api import machine
    from costscope.cli import arguments
    from costscope.cli.progress import progress
    from costscope.fit.device import fit_device
    from costscope.observed.load import load

    _check_output(output)
    hardware = machine(base)
    networks = _networks(
        layers, files, arguments.dims(dim or ()), arguments.shapes(input_shape or ())
    )
    with progress(f"fitting {files[0].name}"):
        fits = fit_device(
            [row for path in files for row in load(path, form)],
            hardware,
            networks=networks,
            runtime=runtime,
            threads=threads,
            dtype=_dtype(dtype),
            device=device,
        )
    others = _predicted(predict or [], hardware, fits, networks)
    if output is not None:
        _write(output, hardware, fits, files)
    if style is Format.JSON:
        _print_json("fits", [_record(each, others) for each in fits])
    else:
        from costscope.cli import fit_tables

        fit_tables.print_fits(fits, hardware, output, others)


@app.command("suggest", epilog="Example: costscope fit suggest --k 3 --base raspberry_pi_4b")
def suggest(
    k: Annotated[int, typer.Option("--k", min=1, max=20, help="How many networks.")] = 3,
    base: Base = "raspberry_pi_4b",
    style: FormatOption = Format.TABLE,
) -> None:
    """Name the networks to measure first on a new machine, the most telling one first."""
    from costscope.api import machine
    from costscope.fit.suggestion import suggestions

    found = suggestions(machine(base), k)
    if style is Format.JSON:
        _print_json("suggestions", [{"model": each.model, "also": each.also} for each in found])
        return
    for index, each in enumerate(found, 1):
        also = f" (in ncnn's benchmark: {each.also})" if each.also else ""
        typer.echo(f"{index}. {each.model}{also}")
    if len(found) < k:
        typer.echo(f"no more than {len(found)} were tried for machines of this kind", err=True)


def _predicted(
    models: list[str], base: Hardware, fits: tuple[DeviceFit, ...], networks: Networks
) -> tuple[Predicted, ...]:
    from costscope.fit.own_profile import as_profile
    from costscope.fit.predicted import predicted

    profile = as_profile(base, fits, name="own", origin="measurements")
    return predicted(models, profile, networks)


def _print_json(key: str, records: list[dict[str, Any]]) -> None:
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, key: records}, indent=2))


def _dtype(text: str | None) -> str | None:
    if text is None:
        return None
    from costscope.observed.precision import dtype_of

    found = dtype_of(text)
    if not found:
        raise UsageError(f"--dtype {text}: expected fp32, fp16 or int8")
    return found


def _networks(
    layers: Path | None,
    files: list[Path],
    dims: Mapping[str, int],
    shapes: Mapping[str, tuple[int, ...]],
) -> Networks:
    from costscope.fit import layer_table
    from costscope.fit.networks import Networks

    return Networks(
        tables={} if layers is None else layer_table.read(layers),
        folders=tuple(dict.fromkeys(path.parent for path in files)),
        dims=dims,
        input_shapes=shapes,
    )


def _check_output(output: Path | None) -> None:
    if output is not None and output.suffix not in {".yaml", ".yml"}:
        raise UsageError(f"--output {output}: a profile's name ends in .yaml")


def _write(output: Path, base: Hardware, fits: tuple[DeviceFit, ...], files: list[Path]) -> None:
    from costscope.files import write_atomically
    from costscope.fit.own_profile import as_profile
    from costscope.hardware.emit import to_yaml
    from costscope.hardware.parse import parse

    origin = ", ".join(path.name for path in files)
    text = to_yaml(as_profile(base, fits, name=output.stem, origin=origin))
    parse(text, name=output.stem)  # what cannot be read back is not written
    write_atomically(output, lambda path: path.write_text(text, encoding="utf-8"))


def _record(fit: DeviceFit, others: tuple[Predicted, ...]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "family": fit.family.name,
        "same_runtime": fit.exact,
        "runtime": fit.runtime,
        "scale_ratio": fit.scale_ratio,
        "rates": asdict(fit.rates),
        "left_out": [
            {
                "model": each.observation.model,
                "measured_s": each.observation.latency_s,
                "predicted_s": each.predicted_s,
                "outlier": each.outlier,
                "origin": each.observation.origin,
            }
            for each in fit.left
        ],
        "predicted": [
            {
                "model": each.model,
                "latency_s": each.latency_s,
                "low_s": each.low_s,
                "high_s": each.high_s,
            }
            for each in others
            if _same(each.rates, fit.rates)
        ],
    }


def _same(first: Rates, second: Rates) -> bool:
    """Whether two rates are of one runtime, number of threads and element type."""
    return (first.runtime, first.threads, first.dtype) == (
        second.runtime,
        second.threads,
        second.dtype,
    )
