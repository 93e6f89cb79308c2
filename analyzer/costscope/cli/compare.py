"""`costscope compare`: what changed between networks, and what that costs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.cli import options
from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.comparison.types import Comparison

_BY_SUFFIX = {".json": "json", ".md": "markdown"}


class Format(StrEnum):
    """How the command prints."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


Models = Annotated[
    list[Path],
    typer.Argument(
        metavar="BASE HEAD [MORE...]",
        help="ONNX files, or zoo:NAME (see 'costscope zoo list'); the first is the base.",
    ),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="By the suffix of --output, else table.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw the differences by block."),
]
Top = Annotated[int, typer.Option("--top", min=0, help="Blocks and kernels to show; 0 for all.")]


def compare(
    models: Models,
    hw: options.Machines = None,
    dim: options.Dims = None,
    input_shape: options.InputShapes = None,
    trip_count: options.TripCount = None,
    as_dtype: options.AsDtype = None,
    runtime: options.RuntimeName = None,
    time_model: options.TimeModelName = None,
    threads: options.Threads = None,
    optimization: options.Optimization = None,
    no_onnxruntime: options.NoOnnxruntime = False,
    output_format: FormatOption = None,
    output: options.Output = None,
    plot: Plot = None,
    top: Top = 10,
) -> None:
    """Tell what changed from one network to another, and what that costs, block by block.

    Kernels are matched by name, then by structure. More than two networks give a table.

    Examples:
        costscope compare base.onnx head.onnx --hw pixel6

        costscope compare zoo:mobilenet_v2 zoo:mobilenet_v2@0.5 --hw pixel6 --plot diff.png

        costscope compare base.onnx head.onnx --format markdown -o diff.md
    """
    from costscope.cli import arguments
    from costscope.cli.progress import progress

    _check(plot, output)
    with progress(f"comparing {len(models)} models"):
        from costscope.comparison.run import compare as run

        found = run(
            models,
            hw,
            dims=arguments.dims(dim or ()),
            input_shapes=arguments.shapes(input_shape or ()),
            trip_count=trip_count,
            as_dtype=as_dtype,
            runtime=runtime,
            time_model=time_model,
            threads=threads,
            optimization=optimization,
            onnxruntime=not no_onnxruntime,
        )
    if plot is not None:
        from costscope.comparison.plot import draw

        with progress(f"drawing {plot.name}"):
            draw(found, plot)
    _emit(found, output_format or _format_of(output), output, top)


def _check(plot: Path | None, output: Path | None) -> None:
    """Refuse what would only fail after the work is done."""
    if plot is None:
        return
    from costscope.views.roofline.file import check_suffix

    check_suffix(plot)
    if output is not None and plot.resolve() == output.resolve():
        raise UsageError(f"--plot {plot}: the same file as --output; name another one")


def _format_of(output: Path | None) -> Format:
    return Format(_BY_SUFFIX.get(output.suffix, "table")) if output else Format.TABLE


def _emit(found: Comparison, style: Format, output: Path | None, top: int) -> None:
    """Print the report, or write it to a file whole."""
    text = _text(found, style, top, is_terminal=output is None)
    if output is not None:
        from costscope.files import write_atomically

        write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def _text(found: Comparison, style: Format, top: int, *, is_terminal: bool) -> str:
    if style is Format.JSON:
        from costscope.comparison.json_view import render_json

        return render_json(found)
    from costscope.comparison import report

    if style is Format.MARKDOWN:
        return report.render_markdown(found, top=top)
    return report.render_text(found, top=top, is_terminal=is_terminal)
