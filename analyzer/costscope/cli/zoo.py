"""`costscope zoo`: known architectures, built to ONNX and held against what was published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costscope.errors import ArchitectureError, UsageError

if TYPE_CHECKING:
    from costscope.verify.verdict import Verdict

app = typer.Typer(
    help="Architectures: list, show, build to ONNX, verify against print.", no_args_is_help=True
)

SCHEMA_VERSION = "1.0"  # of what --format json prints: README.md names the keys


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


Name = Annotated[
    str, typer.Argument(metavar="NAME[@VARIANT]", help="See 'costscope zoo list'; or a YAML file.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="Only those with this tag.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The ONNX file to write.")]
Width = Annotated[float | None, typer.Option("--width", help="Width multiplier.")]
Resolution = Annotated[int | None, typer.Option("--resolution", help="Height and width of images.")]
Classes = Annotated[int | None, typer.Option("--classes", help="Outputs of the classifier.")]
Groups = Annotated[int | None, typer.Option("--groups", help="Groups of group convolutions.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SETTING=VALUE", help="Any other setting of the architecture."),
]
Batch = Annotated[int, typer.Option("--batch", min=1, help="Size of the batch.")]
Precision = Annotated[
    str, typer.Option("--dtype", metavar="fp32|fp16|int8", help="int8: with QDQ pairs.")
]
Deploy = Annotated[
    bool,
    typer.Option(
        "--deploy/--train-form",
        help="Batch norms folded and branches merged, as on a device; or both kept.",
    ),
]
NoWeights = Annotated[
    bool, typer.Option("--no-weights", help="Only the weights' shapes: a few kB. The default.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Random weights from this seed.")]


@app.command("list", epilog="Example: costscope zoo list --tag mobile")
def list_architectures(tag: Tag = None, style: FormatOption = Format.TABLE) -> None:
    """List the architectures, their variants, settings and papers."""
    from costscope.zoo import catalog

    wanted = set(tag or ())
    every = [catalog.load(name) for name in catalog.names()]
    found = [each for each in every if wanted <= set(each.tags)]
    if wanted and not found:
        known = ", ".join(sorted({name for each in every for name in each.tags}))
        raise UsageError(f"--tag {' '.join(sorted(wanted))}: nothing has it; tags are {known}")
    if style is Format.TABLE:
        from costscope.cli import zoo_tables

        zoo_tables.print_list(found)
        return
    rows = [
        {
            "name": each.name,
            "title": each.title,
            "summary": each.summary,
            "paper": each.paper,
            "tags": list(each.tags),
            "variants": list(each.variants),
            "settings": dict(each.settings),
        }
        for each in found
    ]
    _echo(architectures=rows)


@app.command("show", epilog="Example: costscope zoo show mobilenet_v2@0.5")
def show(name: Name, deploy: Deploy = True, style: FormatOption = Format.TABLE) -> None:
    """Show a variant stage by stage: shapes, MACs and parameters; and what was published."""
    from dataclasses import asdict

    from costscope.cli import zoo_tables
    from costscope.pipeline import analyze
    from costscope.verify.stages import stages_of
    from costscope.zoo import catalog
    from costscope.zoo.build import build

    architecture, variant = catalog.find(name)
    analysis = analyze(build(name, deploy=deploy))
    stages = stages_of(analysis, architecture.stages)
    if style is Format.TABLE:
        zoo_tables.print_details(architecture, variant, stages, deploy=deploy)
        return
    _echo(
        name=architecture.name,
        variant=variant.name,
        form="deploy" if deploy else "train",
        paper=architecture.paper,
        assumed=list(architecture.assumed),
        settings=catalog.settings_of(architecture, variant, {}),
        variants=list(architecture.variants),
        stages=[asdict(stage) for stage in stages],
        published=[asdict(figure) for figure in variant.figures],
    )


@app.command("build", epilog="Example: costscope zoo build mobilenet_v2 -o net.onnx --width 0.75")
def build_file(
    name: Name,
    output: Output,
    width: Width = None,
    resolution: Resolution = None,
    classes: Classes = None,
    groups: Groups = None,
    settings: Set = None,
    batch: Batch = 1,
    dtype: Precision = "fp32",
    deploy: Deploy = True,
    no_weights: NoWeights = False,
    seed: Seed = None,
) -> None:
    """Write a network as ONNX; equal arguments give equal bytes."""
    from costscope.cli.progress import progress
    from costscope.files import write_atomically
    from costscope.units import format_bytes
    from costscope.zoo.build import build

    if no_weights and seed is not None:
        raise UsageError("--no-weights and --seed contradict each other; leave one out")
    named = {"width": width, "resolution": resolution, "classes": classes, "groups": groups}
    given = {key: value for key, value in named.items() if value is not None}
    with progress(f"building {name}"):
        chosen = {**given, **dict(_setting(text) for text in settings or ())}
        model = build(name, chosen, batch=batch, deploy=deploy, seed=seed, dtype=dtype)
        content = model.SerializeToString(deterministic=True)
        write_atomically(output, lambda path: path.write_bytes(content))
    kind = "no weights" if seed is None else f"random weights of seed {seed}"
    typer.echo(f"{output}: {name}, {len(model.graph.node)} nodes, {kind}", nl=False)
    typer.echo(f", {format_bytes(len(content))}")


@app.command("verify", epilog="Example: costscope zoo verify mobilenet_v2")
def verify_figures(
    name: Annotated[str | None, typer.Argument(metavar="[NAME[@VARIANT]]")] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Hold built networks against published figures; exit code 1 if one is missed."""
    from costscope.cli import zoo_tables
    from costscope.verify.verdict import Standing

    verdicts = list(_verdicts(name))
    if style is Format.JSON:
        _echo(figures=[_record(each) for each in verdicts])
    else:
        zoo_tables.print_verdicts(verdicts)
    if any(each.standing is Standing.MISSED for each in verdicts):
        raise typer.Exit(1)


def _echo(**content: Any) -> None:
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **content}, indent=2))


def _verdicts(name: str | None) -> Iterator[Verdict]:
    from costscope.cli.progress import progress
    from costscope.verify.verdict import verify
    from costscope.zoo import catalog

    for each in [name] if name else catalog.names():
        with progress(f"verifying {each}"):
            yield from verify(each)


def _record(verdict: Verdict) -> dict[str, Any]:
    figure = verdict.figure
    return {
        "architecture": verdict.architecture,
        "variant": verdict.variant,
        "form": figure.form,
        "metric": figure.metric,
        "published": figure.printed,
        "counted": verdict.counted,
        "standing": verdict.standing.value,
        "source": figure.source,
        "why": figure.why or None,
        "unexplained": figure.unexplained or None,
    }


def _setting(text: str) -> tuple[str, Any]:
    """`depth=1.2` as a setting: a number, true or false, or text."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ArchitectureError(f"--set {text}: expected SETTING=VALUE, as in --set width=0.75")
    if value in ("true", "false"):
        return key, value == "true"
    for kind in (int, float):
        try:
            return key, kind(value)
        except ValueError:
            continue
    return key, value
