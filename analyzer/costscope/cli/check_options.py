"""The flags of `costscope check` and `costscope baseline write`, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Models = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        help="ONNX files, quoted globs, folders, zoo:NAME; the configuration's if none is given.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The nearest costscope.toml if not given."),
]
Budgets = Annotated[
    list[str] | None,
    typer.Option(
        "--budget",
        "-b",
        metavar="METRIC=LIMIT",
        help="As in 'latency=12 ms'; again for more (see --list-metrics).",
    ),
]
BaselineFile = Annotated[
    str | None,
    typer.Option("--baseline", metavar="FILE", help="Compare with what was accepted before."),
]
Confidence = Annotated[
    str | None,
    typer.Option(
        "--confidence",
        metavar="median|upper",
        help="What must fit: the prediction, or the upper end of its interval.",
    ),
]
OnUndecided = Annotated[
    str | None,
    typer.Option(
        "--on-undecided", metavar="fail|warn", help="What cannot be decided exits 3 unless 'warn'."
    ),
]
Select = Annotated[
    str | None,
    typer.Option("--select", metavar="RULE[,RULE...]", help="Only findings of these: G1, or G."),
]
Ignore = Annotated[
    str | None, typer.Option("--ignore", metavar="RULE[,RULE...]", help="No findings of these.")
]
NoFindings = Annotated[
    bool, typer.Option("--no-findings", help="Do not look for them: limits on them are undecided.")
]
Measured = Annotated[
    bool,
    typer.Option("--measured", help="Latency as measured here by onnxruntime; may differ by run."),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Processes; one a core if not given.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="table|json|markdown|junit|sarif|github",
        help="Of what is printed, and of files whose suffix does not tell; table if not given.",
    ),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option("--output", "-o", help="Write here too, by suffix; again for more."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing: the exit code tells.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say on standard error what was used.")
]


def _metrics_text() -> str:
    """Every metric with its description, and how its increase is limited."""
    from costscope.gate.metrics import METRICS

    rows = [(name, metric.description) for name, metric in METRICS.items()]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {description}" for name, description in rows]
    return "\n".join(
        [*lines, "", "METRIC_increase limits the growth over a baseline: '+5 %' or '+1 ms'."]
    )


def _list_metrics(value: bool) -> None:
    if value:
        typer.echo(_metrics_text())
        raise typer.Exit


ListMetrics = Annotated[
    bool,
    typer.Option(
        "--list-metrics",
        callback=_list_metrics,
        is_eager=True,
        help="Print what can be limited, and leave.",
    ),
]
