"""More than two networks: a table, a row each, all beside the first."""

from __future__ import annotations

from costscope.comparison import gaps, words
from costscope.comparison.types import Comparison, OnMachine, Row
from costscope.views.report.headline import interval
from costscope.views.report.names import brief, clean
from costscope.views.report.shares import NONE
from costscope.views.report.types import Cells, Column, Grid, Report, Section

_NAME = 60
_QUANTITIES = ("macs", "params", "weight_bytes", "traffic_bytes", "peak_activation_bytes")


def report_of(found: Comparison) -> Report:
    """The report: latencies on each machine, then what the networks have on any."""
    first = found.first
    count = len(found.subjects)
    sections = [_latencies(machine) for machine in found.machines if machine.name]
    sections += [_sizes(first), *gaps.sections(found)]
    where = f" on {clean(first.name)}" if first.name and len(found.machines) == 1 else ""
    return Report(
        title=f"{count} networks{where}, as {clean(first.runs_as)} runs them",
        subtitle=f"base: {brief(found.base.label, _NAME)}; percentages are differences from it",
        sections=tuple(sections),
    )


def _latencies(machine: OnMachine) -> Section:
    rows = []
    for row in machine.rows:
        change = row.change("latency_s")
        prediction = row.deployment.prediction
        is_base = row.verdict is None
        rows.append(
            (
                clean(row.label),
                words.amount("latency_s", change.head),
                (interval(prediction) if prediction else "") or NONE,
                NONE if is_base else words.difference(change),
                NONE if is_base else words.percent(change),
                "base" if row.verdict is None else words.VERDICTS[row.verdict],
            )
        )
    columns = (
        Column("model", Cells.PATH),
        Column("latency"),
        Column("range", Cells.WORD, rank=3),
        Column("difference"),
        Column("of base"),
        Column("it is", Cells.WORD),
    )
    return Section(f"Latency on {clean(machine.name)}", grid=Grid(columns, tuple(rows)))


def _sizes(machine: OnMachine) -> Section:
    ranks = dict(zip(_QUANTITIES, (0, 1, 3, 4, 2), strict=True))
    columns = (
        Column("model", Cells.PATH),
        *(Column(words.LABELS[each], rank=ranks[each]) for each in _QUANTITIES),
    )
    rows = tuple(_size(row, is_base=row is machine.rows[0]) for row in machine.rows)
    return Section("What they need", grid=Grid(columns, rows))


def _size(row: Row, *, is_base: bool) -> tuple[str, ...]:
    cells = [clean(row.label)]
    for quantity in _QUANTITIES:
        change = row.change(quantity)
        share = "" if is_base else f" ({words.percent(change)})"
        cells.append(words.amount(quantity, change.head) + share)
    return tuple(cells)
