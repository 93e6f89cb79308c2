"""`costscope validate`: how far the predictions of a profile are from this machine."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.accuracy.types import Accuracy
    from costscope.hardware.types import Hardware

_BY_SUFFIX = {".json": "json", ".md": "markdown"}
_PLOTS = (".png", ".svg", ".pdf")


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


Models = Annotated[
    list[str],
    typer.Argument(
        metavar="MODELS",
        help="ONNX files, folders, patterns such as 'nets/*.onnx', or zoo:NAME, zoo:mobile*.",
    ),
]
Machine = Annotated[
    str, typer.Option("--hw", metavar="NAME", help="The profile: this machine's own, or a file.")
]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads of one operator.")]
Optimization = Annotated[
    str,
    typer.Option("--optimization", metavar="all|extended|basic|none", help="onnxruntime's level."),
]
TimeLimit = Annotated[
    str, typer.Option("--time-limit", metavar="TIME", help="For each measurement, as in '5 s'.")
]
Once = Annotated[
    bool, typer.Option("--once", help="Measure once: half the time, and no noise floor.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of weights, inputs and the order.")]
Dims = Annotated[
    list[str] | None, typer.Option("--dim", metavar="SYMBOL=SIZE", help="Bind an open dimension.")
]
Top = Annotated[int, typer.Option("--top", min=0, help="Networks in the table; 0 for all.")]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="By the suffix of --output, else table."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw predicted against measured."),
]
MaxMape = Annotated[
    str | None,
    typer.Option("--max-mape", metavar="10%", help="Exit 1 if the mean error is larger."),
]


def validate(
    models: Models,
    hw: Machine = "host",
    threads: Threads = 1,
    optimization: Optimization = "all",
    time_limit: TimeLimit = "10 s",
    once: Once = False,
    seed: Seed = 0,
    dim: Dims = None,
    top: Top = 20,
    output_format: FormatOption = None,
    output: Output = None,
    plot: Plot = None,
    max_mape: MaxMape = None,
) -> None:
    """Measure networks and tell how far a profile's predictions are from that.

    Examples:
        costscope validate zoo:mobilenet_v2 zoo:resnet

        costscope validate nets/*.onnx --hw my_host.yaml --threads 2 --plot accuracy.png

        costscope validate 'zoo:mobile*' --max-mape 10%
    """
    from costscope.accuracy.run import validate as run
    from costscope.accuracy.subjects import subjects
    from costscope.api import machine
    from costscope.cli import arguments
    from costscope.cli.bar import bar

    bound = None if max_mape is None else share(max_mape)
    limit_s = arguments.time_limit_s(time_limit)
    _check_plot(plot)
    sizes = arguments.dims(dim or ())
    chosen = subjects(models)
    hardware = machine(hw)
    _check_calibrated(hardware, threads)
    with bar() as tell:
        accuracy = run(
            chosen,
            hardware,
            threads=threads,
            optimization=optimization,
            time_limit_s=limit_s,
            seed=seed,
            dims=sizes,
            retest=not once,
            on_progress=tell,
        )
    _emit(accuracy, output_format or _format_of(output), output, top)
    if plot is not None:
        _draw(accuracy, plot)
    _judge(accuracy, bound)


def share(text: str) -> float:
    """A share of a text such as `10%`, `10 %` or `0.1`.

    Raises:
        UsageError: another form, or not above zero.
    """
    number, sign = (text.strip().removesuffix("%"), text.strip().endswith("%"))
    try:
        value = float(number) / (100 if sign else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < (float("inf") if sign else 1):
        raise UsageError(f"--max-mape {text}: expected a share such as 10% or 0.1")
    return value


def _check_plot(plot: Path | None) -> None:
    if plot is not None and plot.suffix.lower() not in _PLOTS:
        raise UsageError(f"--plot {plot}: the suffix must be one of {', '.join(_PLOTS)}")


def _check_calibrated(hardware: Hardware, threads: int) -> None:
    """Refuse what has nothing to validate before minutes are spent on it."""
    from costscope.accuracy.run import RUNTIME
    from costscope.timing.fitted import chosen

    if chosen(hardware, RUNTIME, threads) is None:
        raise UsageError(
            f"--hw {hardware.name}: was not calibrated for {RUNTIME}; "
            "`costscope calibrate` makes a profile of this machine"
        )


def _format_of(output: Path | None) -> Format:
    return Format(_BY_SUFFIX.get(output.suffix, "table")) if output else Format.TABLE


def _emit(accuracy: Accuracy, style: Format, output: Path | None, top: int) -> None:
    from costscope.cli.validate_tables import table_text
    from costscope.files import write_atomically

    if style is Format.JSON:
        text = _json(accuracy)
    elif style is Format.MARKDOWN:
        from costscope.accuracy.markdown import markdown

        text = markdown(accuracy)
    else:
        text = table_text(accuracy, top=top, to_file=output is not None)
    if output is not None:
        write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def _json(accuracy: Accuracy) -> str:
    from costscope.accuracy.record import plain, to_record
    from costscope.accuracy.summary import summarize

    record = {**to_record(accuracy), "summary": plain(summarize(accuracy.networks))}
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


def _draw(accuracy: Accuracy, plot: Path) -> None:
    from costscope.accuracy.plot import draw, panel_of

    draw([panel_of(accuracy)], plot)


def _judge(accuracy: Accuracy, bound: float | None) -> None:
    """Leave with exit code 1 if there is no figure, or one beyond the bound."""
    from costscope.accuracy.summary import summarize

    figures = summarize(accuracy.networks).predicted.figures
    if figures is None:
        typer.echo("no network could be both measured and fully predicted", err=True)
        raise typer.Exit(1)
    if bound is not None and figures.mape_ratio > bound:
        reached, asked = figures.mape_ratio * 100, bound * 100
        typer.echo(f"the mean error is {reached:.1f} %, above {asked:g} %", err=True)
        raise typer.Exit(1)
