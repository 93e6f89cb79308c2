"""`costscope analyze`: what a model costs, and how long it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import ModelError, UsageError

if TYPE_CHECKING:
    from costscope.analysis.types import Analysis

_SORTS = ("latency", "macs", "bytes", "memory_access", "order")
_PLOTS = (".png", ".svg", ".pdf")


def analyze(
    model: Annotated[Path, typer.Argument(help="An ONNX file. Its weights may be missing.")],
    hw: Annotated[
        str | None,
        typer.Option(
            "--hw",
            metavar="NAME[,NAME...]",
            help="Machines: names (see 'costscope hw list') or paths of YAML files.",
        ),
    ] = None,
    dim: Annotated[
        list[str] | None,
        typer.Option("--dim", metavar="SYMBOL=SIZE", help="Bind an open dimension."),
    ] = None,
    input_shape: Annotated[
        list[str] | None,
        typer.Option("--input-shape", metavar="INPUT=1x3x224x224", help="Bind an input's shape."),
    ] = None,
    trip_count: Annotated[
        int | None,
        typer.Option("--trip-count", help="Iterations of loops whose count the file leaves open."),
    ] = None,
    as_dtype: Annotated[
        str | None,
        typer.Option(
            "--as-dtype",
            metavar="int8|fp16|...",
            help="Cost a float model as if deployed in this precision.",
        ),
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(
            "--runtime",
            metavar="onnxruntime|tflite|ncnn|none|...",
            help="Whose fusion to follow; each machine's own if not given.",
        ),
    ] = None,
    time_model: Annotated[
        str | None,
        typer.Option(
            "--time-model",
            metavar="additive|roofline|calibrated",
            help="Calibrated where the machine is, else roofline, if not given.",
        ),
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="table|json|csv|markdown",
            help="By the suffix of --output, else table.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw the roofline."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="Kernels to show in the table; 0 for all.")
    ] = 10,
    sort: Annotated[
        str, typer.Option("--sort", metavar="|".join(_SORTS), help="Order of the kernels.")
    ] = "latency",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 if any operator is uncosted.")
    ] = False,
) -> None:
    """Tell what a network costs, operator by operator, and how long it takes.

    Examples:
        costscope analyze model.onnx --hw pixel6

        costscope analyze model.onnx --hw pixel6,coral_edgetpu --as-dtype int8

        costscope analyze model.onnx --dim batch=4 --format json -o cost.json
    """
    from costscope.cli import arguments
    from costscope.cli import output as out
    from costscope.cli.progress import progress

    _check(sort, plot, hw)
    view = out.view_for(output_format, output)
    with progress(f"analysing {model.name}"):
        from costscope.pipeline import analyze as run

        analysis = run(
            model,
            hw,
            dims=arguments.dims(dim or ()),
            input_shapes=arguments.shapes(input_shape or ()),
            trip_count=trip_count,
            as_dtype=as_dtype,
            runtime=runtime,
            time_model=time_model,
        )
    if strict:
        _refuse_uncosted(analysis)
    out.emit(view, analysis, output, top=top, sort=sort)
    if plot is not None:
        from costscope.views.roofline.plot import draw

        with progress(f"drawing {plot.name}"):
            draw(analysis, plot)


def _check(sort: str, plot: Path | None, hw: str | None) -> None:
    """Refuse what would only fail after the work is done."""
    if sort not in _SORTS:
        raise UsageError(f"--sort {sort}: choose one of {', '.join(_SORTS)}")
    if plot is not None and plot.suffix not in _PLOTS:
        raise UsageError(f"--plot {plot}: the suffix must be one of {', '.join(_PLOTS)}")
    if plot is not None and not hw:
        raise UsageError("--plot draws the roofline of a machine; name one with --hw")


def _refuse_uncosted(analysis: Analysis) -> None:
    if not analysis.uncosted:
        return
    kinds = ", ".join(sorted({entry.op_type for entry in analysis.uncosted})[:5])
    raise ModelError(
        f"{len(analysis.uncosted)} operators are uncosted ({kinds}); "
        "drop --strict to see the reasons"
    )
