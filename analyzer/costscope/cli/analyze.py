"""`costscope analyze`: what a model costs, and how long it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from costscope.cli import options
from costscope.errors import ModelError, UsageError

if TYPE_CHECKING:
    from costscope.analysis.types import Analysis

_PLOTS = (".png", ".svg", ".pdf")


def analyze(
    model: options.Model,
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
    output_format: options.Format = None,
    output: options.Output = None,
    plot: options.Plot = None,
    top: options.Top = 10,
    sort: options.Sort = "latency",
    strict: options.Strict = False,
    no_findings: options.NoFindings = False,
) -> None:
    """Tell what a network costs, operator by operator, how long it takes, and what to change.

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
        from costscope.api import analyze as run

        analysis = run(
            model,
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
        analysis = analysis if no_findings else _inspected(analysis)
    if strict:
        _refuse_uncosted(analysis)
    out.emit(view, analysis, output, top=top, sort=sort)
    if plot is not None:
        _draw(analysis, plot)


def _inspected(analysis: Analysis) -> Analysis:
    """The analysis with what to change."""
    from costscope.rules import inspect

    return inspect(analysis)


def _draw(analysis: Analysis, plot: Path) -> None:
    from costscope.cli.progress import progress
    from costscope.views.roofline.plot import draw

    with progress(f"drawing {plot.name}"):
        draw(analysis, plot)


def _check(sort: str, plot: Path | None, hw: str | None) -> None:
    """Refuse what would only fail after the work is done."""
    if sort not in options.SORTS:
        raise UsageError(f"--sort {sort}: choose one of {', '.join(options.SORTS)}")
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
