"""`costscope measure`: how long a model takes here, kernel by kernel, beside the prediction."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.cli import options
from costscope.errors import ModelError, UsageError

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware
    from costscope.measure.settings import Settings
    from costscope.measure.types import Measurement
    from costscope.views.measurement import MeasurementView

_PLOTS = (".png", ".svg", ".pdf")

Models = Annotated[
    list[str] | None,
    typer.Argument(metavar="MODEL", help="ONNX files, or zoo:NAME; run in turns if several."),
]
Machine = Annotated[
    str | None,
    typer.Option(
        "--hw",
        metavar="NAME",
        help="Set this machine's prediction beside: host ('costscope calibrate'), a name, a file.",
    ),
]
Threads = Annotated[int, typer.Option("--threads", help="Threads of one operator.")]
Optimization = Annotated[
    str,
    typer.Option("--optimization", metavar="all|extended|basic|none", help="onnxruntime's level."),
]
Provider = Annotated[
    str, typer.Option("--provider", metavar="NAME", help="Any execution provider installed.")
]
Runs = Annotated[
    int | None, typer.Option("--runs", help="Runs that count; as many as needed if not given.")
]
TimeLimit = Annotated[
    str, typer.Option("--time-limit", metavar="TIME", help="For each model, as in '10 s'.")
]
RandomWeights = Annotated[
    bool,
    typer.Option("--random-weights", help="Distinct random weights, whatever the file holds."),
]
Seed = Annotated[int, typer.Option("--seed", help="Of random inputs and weights.")]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME=FILE.npy", help="Give an input; others are random."),
]
Profile = Annotated[
    Path | None,
    typer.Option("--profile", metavar="TRACE.json", help="Run nothing: read this profile."),
]
Graph = Annotated[
    Path | None,
    typer.Option("--graph", metavar="OPTIMISED.onnx", help="The graph that the profile is of."),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE.png|.svg|.pdf",
        help="Draw predicted against measured, and the roofline.",
    ),
]
Top = Annotated[
    int | None,
    typer.Option("--top", min=0, help="Kernels to show; 0 for all. 10, or none of several models."),
]
Keep = Annotated[
    Path | None,
    typer.Option("--keep", metavar="FOLDER", help="Keep the profile and the optimised graph."),
]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A profile from elsewhere, the graph it is of, and the model that graph was made from."""

    profile: Path
    graph: Path
    model: str | None


def measure(
    models: Models = None,
    hw: Machine = None,
    threads: Threads = 1,
    optimization: Optimization = "all",
    provider: Provider = "CPUExecutionProvider",
    runs: Runs = None,
    time_limit: TimeLimit = "10 s",
    random_weights: RandomWeights = False,
    seed: Seed = 0,
    given: Inputs = None,
    dim: options.Dims = None,
    input_shape: options.InputShapes = None,
    profile: Profile = None,
    graph: Graph = None,
    output_format: options.Format = None,
    output: options.Output = None,
    plot: Plot = None,
    top: Top = None,
    keep: Keep = None,
) -> None:
    """Run models in onnxruntime: latency with its noise, and time kernel by kernel.

    Examples:
        costscope measure model.onnx --hw host

        costscope measure zoo:mobilenet_v2 zoo:resnet --threads 2 --format json

        costscope measure --profile trace.json --graph optimised.onnx --hw pixel6
    """
    from costscope.cli import arguments
    from costscope.measure.settings import Settings, input_files

    recorded = _recorded(profile, graph, models or [])
    if recorded is None and not models:
        raise UsageError("name a model, or give --profile and --graph")
    view = _view(output_format, output)
    _check_plot(plot, hw)
    for path in (output, plot):
        _check_folder(path)
    settings = Settings(
        threads=threads,
        optimization=optimization,
        provider=provider,
        runs=runs,
        time_limit_s=arguments.time_limit_s(time_limit),
        random_weights=random_weights,
        seed=seed,
        inputs=input_files(given or ()),
        dims=arguments.dims(dim or ()),
        input_shapes=arguments.shapes(input_shape or ()),
        hardware=_machine(hw),
        keep=keep,
    )
    measured = _run(models or [], recorded, settings)
    _emit(view, measured, output, top)
    if plot is not None:
        _draw(measured, plot, settings.hardware)
    _refuse_failed(measured)


def _refuse_failed(measured: Sequence[Measurement]) -> None:
    """End with an error, after the report, if some model could not be measured."""
    failed = sum(bool(each.error) for each in measured)
    if failed:
        raise ModelError(
            f"{failed} of {len(measured)} models could not be measured; the report says why"
        )


def _recorded(profile: Path | None, graph: Path | None, models: Sequence[str]) -> _Recorded | None:
    """What was recorded elsewhere; None to run models here."""
    if profile is None and graph is None:
        return None
    if profile is None or graph is None:
        raise UsageError(
            "--profile and --graph belong together: a profile says little without the graph "
            "that the same session optimised"
        )
    if len(models) > 1:
        raise UsageError("a profile is of one model: name that one at most")
    return _Recorded(profile, graph, models[0] if models else None)


def _view(output_format: str | None, output: Path | None) -> MeasurementView:
    """The view of a format name, else of the output's suffix, else the table."""
    from costscope.views.measurement import MEASUREMENT_VIEWS

    name = output_format
    if name is None and output is not None:
        found = [key for key, view in MEASUREMENT_VIEWS.items() if view.suffix == output.suffix]
        name = found[0] if found else None
    view = MEASUREMENT_VIEWS.get(name or "table")
    if view is None:
        known = ", ".join(sorted(MEASUREMENT_VIEWS.keys()))
        raise UsageError(f"--format {name}: choose one of {known}")
    return view


def _check_plot(plot: Path | None, hw: str | None) -> None:
    """Refuse what would only fail after the work is done."""
    if plot is None:
        return
    if plot.suffix.lower() not in _PLOTS:
        raise UsageError(f"--plot {plot}: the suffix must be one of {', '.join(_PLOTS)}")
    if not hw:
        raise UsageError("--plot draws a machine's prediction and roofline; name one with --hw")


def _check_folder(path: Path | None) -> None:
    if path is not None and not path.parent.is_dir():
        raise UsageError(f"{path}: cannot be written: there is no folder {path.parent}")


def _machine(name: str | None) -> Hardware | None:
    if name is None:
        return None
    from costscope.api import machine

    return machine(name)


def _run(
    models: Sequence[str], recorded: _Recorded | None, settings: Settings
) -> Sequence[Measurement]:
    from costscope.cli.bar import bar
    from costscope.measure import run

    measured: list[Measurement]
    if recorded is not None:
        profile, graph = recorded.profile, recorded.graph
        return [run.join_recorded(profile, graph, settings, original=recorded.model)]
    with bar() as tell:
        measured = run.measure(models, settings, on_progress=tell)
    return measured


def _emit(
    view: MeasurementView, measured: Sequence[Measurement], output: Path | None, top: int | None
) -> None:
    """Print a report, or write it to a file; a sign the terminal cannot show becomes a `?`."""
    from costscope.files import write_atomically

    text = view.render(measured, top=top, terminal=output is None)
    if output is not None:
        write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def _draw(measured: Sequence[Measurement], plot: Path, hardware: Hardware | None) -> None:
    from costscope.cli.progress import progress
    from costscope.views.measurement.plot import draw

    with progress(f"drawing {plot.name}"):
        draw(measured, plot, hardware=hardware)
