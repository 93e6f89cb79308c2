"""`costscope rank`: which of several networks is faster on a machine, and which cannot be told."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costscope.cli import options

if TYPE_CHECKING:
    from costscope.timing.types import Prediction


SCHEMA_VERSION = "1.0"  # of --format json


class Format(StrEnum):
    """How the command prints."""

    TABLE = "table"
    JSON = "json"


Models = Annotated[
    list[str], typer.Argument(metavar="MODEL...", help="ONNX files or zoo:NAME, two or more.")
]
Machine = Annotated[str, typer.Option("--hw", metavar="NAME", help="The machine.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]
_Found = list[tuple[str, "Prediction"]]


def rank(
    models: Models,
    hw: Machine,
    as_dtype: options.AsDtype = None,
    runtime: options.RuntimeName = None,
    threads: options.Threads = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Order networks by predicted latency; a place is shared where the order is not sure.

    As JSON: schema_version, hardware, and networks with place, model, latency_s, the ends of its
    interval (latency_low_s, latency_high_s), complete and calibrated.

    Examples:
        costscope rank zoo:mobilenet_v2 zoo:mobilenet_v3_large --hw pixel6 --as-dtype int8
    """
    from costscope.api import analyze, machine
    from costscope.cli.progress import progress
    from costscope.errors import UsageError

    if len(models) < 2:  # noqa: PLR2004
        raise UsageError("rank needs two models or more")
    hardware = machine(hw)
    found: _Found = []
    for model in models:
        with progress(f"analysing {model}"):
            analysis = analyze(model, hardware, as_dtype=as_dtype, runtime=runtime, threads=threads)
        prediction = analysis.first.prediction
        if prediction is not None:
            found.append((model, prediction))
    found.sort(key=lambda each: each[1].latency_s or float("inf"))
    if style is Format.JSON:
        typer.echo(json.dumps(_records(found, hardware.name), indent=2))
    else:
        _print(found)


def _records(found: _Found, machine: str) -> dict[str, Any]:
    from costscope.timing.ranking import ranks

    places = ranks([prediction for _, prediction in found])
    return {
        "schema_version": SCHEMA_VERSION,
        "hardware": machine,
        "networks": [
            {
                "place": place,
                "model": model,
                "latency_s": prediction.latency_s,
                "latency_low_s": prediction.latency_low_s,
                "latency_high_s": prediction.latency_high_s,
                "complete": prediction.complete,
                "calibrated": prediction.calibrated,
            }
            for place, (model, prediction) in zip(places, found, strict=True)
        ],
    }


def _print(found: _Found) -> None:
    from costscope.timing.ranking import Order, order, ranks
    from costscope.units import format_interval, format_latency
    from costscope.views.report.names import clean

    places = ranks([prediction for _, prediction in found])
    width = max(len(clean(model)) for model, _ in found)
    for index, (place, (model, prediction)) in enumerate(zip(places, found, strict=True)):
        latency, low, high = (
            prediction.latency_s,
            prediction.latency_low_s,
            prediction.latency_high_s,
        )
        shown = "no prediction" if latency is None else format_latency(latency)
        if latency is not None and not (prediction.complete and prediction.calibrated):
            shown = f">= {shown}"
        elif latency is not None and low is not None and high is not None:
            shown = format_interval(latency, low, high)
        after = ""
        if index + 1 < len(found):
            sure = order(prediction, found[index + 1][1]) is Order.FASTER
            after = "faster than the next" if sure else "cannot be told from the next"
        typer.echo(f"{place:>2}  {clean(model):<{width}}  {shown:<22}  {after}".rstrip())
    confidences = [p.interval_confidence for _, p in found if p.interval_confidence]
    if confidences:
        typer.echo(f"Orders and intervals hold with {min(confidences):.0%} confidence.")
    else:
        typer.echo("These are bounds: nothing can be said of the order.")
