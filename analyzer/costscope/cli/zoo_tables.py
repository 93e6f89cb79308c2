"""Architectures as text for the terminal; rich is imported when something is printed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from costscope.units import format_count

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from costscope.verify.stages import StageCost
    from costscope.verify.verdict import Verdict
    from costscope.zoo.types import Architecture, Variant

_PIPE_WIDTH = 140
_WORDS = {
    "macs": "MACs",
    "macs_without_fc": "MACs without FC",
    "params": "params",
    "weights": "weights alone",
    "params_with_statistics": "params + statistics",
    "memory_access": "memory access",
}


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def print_list(architectures: Sequence[Architecture]) -> None:
    """Print one line an architecture."""
    console = _console()
    table = _table("name", "variants", "paper", "tags")
    for each in architectures:
        table.add_row(each.name, ", ".join(each.variants), each.paper, ", ".join(each.tags))
    console.print(table)
    variants = sum(len(each.variants) for each in architectures)
    console.print(
        f"{len(architectures)} architectures, {variants} variants. The first variant is meant "
        "where none is named; costscope analyze zoo:NAME@VARIANT needs no file."
    )


def print_details(
    architecture: Architecture, variant: Variant, stages: Sequence[StageCost], *, deploy: bool
) -> None:
    """Print a variant stage by stage, and what was published of it."""
    console = _console()
    form = "as deployed" if deploy else "in its training form"
    console.print(f"{architecture.title}, variant {variant.name}, {form}: {architecture.summary}")
    console.print(f"paper: {architecture.paper}")
    table = _table(
        "stage", "block", "blocks", "output", "MACs", "params", right=("blocks", "MACs", "params")
    )
    for stage in stages:
        table.add_row(
            stage.name,
            stage.block,
            str(stage.blocks),
            "x".join(map(str, stage.output_shape)),
            format_count(stage.macs),
            format_count(stage.params),
        )
    macs, params = sum(s.macs for s in stages), sum(s.params for s in stages)
    table.add_row("all", "", "", "", format_count(macs), format_count(params))
    console.print(table)
    settings = {**architecture.settings, **variant.settings}
    console.print("settings: " + ", ".join(f"{key}={value}" for key, value in settings.items()))
    console.print("variants: " + ", ".join(architecture.variants))
    for figure in variant.figures:
        reason = figure.why or f"not reproduced, {figure.unexplained}"
        why = f" (counted {figure.computed:,}: {reason})" if figure.computed else ""
        console.print(
            f"published: {_number(figure.printed)} {_WORDS[figure.metric]}, {figure.form} form, "
            f"{figure.source}{why}"
        )
    for line in architecture.assumed:
        console.print(f"assumed: {line}")


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Print every published figure beside the counted one."""
    console = _console()
    right = ("published", "counted")
    table = _table("network", "form", "figure", "published", "counted", "", "source", right=right)
    for each in verdicts:
        figure = each.figure
        reason = figure.why or figure.unexplained
        source = f"{figure.source}; {reason}" if reason else figure.source
        table.add_row(
            f"{each.architecture}@{each.variant}",
            figure.form,
            _WORDS[figure.metric],
            _number(figure.printed),
            _number(each.counted),
            each.standing.value,
            source,
        )
    console.print(table)
    sums = Counter(each.standing.value for each in verdicts)
    told = ", ".join(f"{count} {standing}" for standing, count in sorted(sums.items()))
    networks = len({(each.architecture, each.variant) for each in verdicts})
    console.print(f"{len(verdicts)} published figures of {networks} networks: {told or 'none'}.")


def _number(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"
