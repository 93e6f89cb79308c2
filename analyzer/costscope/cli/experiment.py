"""`costscope experiment`: ShuffleNet-v2's guidelines put to the test on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from costscope.experiment.types import Experiment

ALL = "all"
_BY_SUFFIX = {".json": "json", ".md": "markdown"}


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Sizes(StrEnum):
    """Whose channels the networks have."""

    CPU = "cpu"
    GPU = "gpu"


Guideline = Annotated[
    str,
    typer.Argument(
        metavar="g1|g2|g3|g4|all",
        help="Channel width, groups, fragments, element-wise operators, or all four in turn.",
    ),
]
Machine = Annotated[
    str | None,
    typer.Option(
        "--hw",
        metavar="NAME",
        help="Predict for this machine: a name or a YAML file. Its own calibration if not given.",
    ),
]
PredictOnly = Annotated[bool, typer.Option("--predict-only", help="Predict, run nothing.")]
SizesOption = Annotated[
    Sizes, typer.Option("--sizes", help="Whose channels: the paper's ARM (cpu) or its GPU.")
]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads of one operator.")]
Optimization = Annotated[
    str,
    typer.Option(
        "--optimization",
        metavar="all|extended|basic|none",
        help="onnxruntime's level.",
    ),
]
TimeLimit = Annotated[
    str, typer.Option("--time-limit", metavar="TIME", help="For each network, as in '2 s'.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of weights and inputs.")]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="By the suffix of --output, else table."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
]


def experiment(
    guideline: Guideline,
    hw: Machine = None,
    predict_only: PredictOnly = False,
    sizes: SizesOption = Sizes.CPU,
    threads: Threads = 1,
    optimization: Optimization = "all",
    time_limit: TimeLimit = "3 s",
    seed: Seed = 0,
    output_format: FormatOption = None,
    output: Output = None,
) -> None:
    """Rebuild a table of the ShuffleNet-v2 paper: its speeds, measured and predicted ones.

    Examples:
        costscope experiment g1

        costscope experiment all --hw host --format markdown -o guidelines.md

        costscope experiment g2 --predict-only --hw pixel6
    """
    from costscope.cli import arguments
    from costscope.cli.bar import bar
    from costscope.cli.progress import progress
    from costscope.experiment import live, published
    from costscope.measure.settings import Settings

    names = published.names() if guideline == ALL else (guideline,)
    style = output_format or _format_of(output)
    settings = Settings(
        threads=threads,
        optimization=optimization,
        time_limit_s=arguments.time_limit_s(time_limit),
        seed=seed,
    )
    with progress("predicting") if predict_only else bar() as watcher:
        found = live.experiments(
            names,
            settings,
            hardware=hw,
            predict_only=predict_only,
            sizes=sizes.value,
            on_progress=watcher,
        )
    _emit(found, style, output)


def _format_of(output: Path | None) -> Format:
    return Format(_BY_SUFFIX.get(output.suffix, "table")) if output else Format.TABLE


def _emit(found: Sequence[Experiment], style: Format, output: Path | None) -> None:
    from costscope.files import write_atomically

    if style is Format.TABLE and output is None and sys.stdout.isatty():
        from costscope.cli.experiment_tables import print_experiments

        print_experiments(found, sys.stdout)
        return
    text = _text(found, style)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))


def _text(found: Sequence[Experiment], style: Format) -> str:
    from io import StringIO

    from costscope.cli.experiment_tables import print_experiments
    from costscope.experiment.markdown import markdown
    from costscope.experiment.record import record

    if style is Format.JSON:
        return json.dumps(record(found), indent=2, allow_nan=False) + "\n"
    if style is Format.MARKDOWN:
        return markdown(found)
    stream = StringIO()
    print_experiments(found, stream)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
