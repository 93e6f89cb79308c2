"""The sweep as a report: crossings, then every network at every ridge point."""

from __future__ import annotations

from costscope.ridge.types import OpClass, Row, Sweep
from costscope.views.report.marked import marked
from costscope.views.report.names import counted
from costscope.views.report.terminal import text_of
from costscope.views.report.types import Cells, Column, Grid, Report, Section
from costscope.views.ridge.words import (
    CLASS_NAMES,
    RidgeUnit,
    classes_of,
    left_out,
    macs_text,
    names_of,
    percent_text,
)

_NAME = 19  # columns that a name may be cut to
_TIME = (
    "in MAC equivalents, the sum over operations of max(MACs, bytes x ridge point), Eq. 1 of "
    "MobileNetV4; divided by the peak in MAC/s it is seconds"
)
_LEGEND = (
    ("time", _TIME),
    ("to best", "time over that of the fastest network at this ridge point"),
    ("memory-bound", "operations whose bytes take longer than their arithmetic"),
    ("fastest of all", "whether the fastest of all networks changes here"),
)


def render_text(sweep: Sweep, unit: RidgeUnit, *, terminal: bool) -> str:
    """The report as text; with the terminal's width and colours if it is printed."""
    return text_of([report_of(sweep, unit)], terminal=terminal)


def render_markdown(sweep: Sweep, unit: RidgeUnit) -> str:
    """The report as GitHub's markdown."""
    return marked([report_of(sweep, unit)])


def report_of(sweep: Sweep, unit: RidgeUnit) -> Report:
    """The sweep as facts, grids and sentences."""
    names = names_of(sweep)
    low, high = unit.number(sweep.low_macs_per_byte), unit.text(sweep.high_macs_per_byte)
    sections = [_crossings(sweep, unit)] if len(names) > 1 else []
    sections.append(_points(sweep, unit))
    notes = [left_out(*pair) for pair in zip(sweep.networks, names, strict=True)]
    if told := tuple(filter(None, notes)):
        sections.append(Section("In no sum", lines=told))
    return Report(
        title=f"Ridge point from {low} to {high}, {sweep.dtype}: {', '.join(names)}",
        subtitle=", ".join(
            f"{name} {macs_text(each.macs)} MACs in {counted(len(each.operations), 'operation')}"
            for name, each in zip(names, sweep.networks, strict=True)
        ),
        sections=tuple(sections),
        legend=_LEGEND,
    )


def _crossings(sweep: Sweep, unit: RidgeUnit) -> Section:
    """Where networks change places."""
    names = names_of(sweep)
    if not sweep.crossings:
        return Section("Crossings", lines=("none: the order of the networks never changes",))
    columns = (
        Column(f"at {unit.name}"),
        Column("faster below", Cells.WORD),
        Column("faster above", Cells.WORD),
        Column("fastest of all", Cells.WORD),
    )
    rows = tuple(
        (
            unit.number(each.ridge_macs_per_byte),
            names[each.faster_below],
            names[each.faster_above],
            "yes" if each.leads else "",
        )
        for each in sweep.crossings
    )
    return Section("Crossings", grid=Grid(columns, rows))


def _points(sweep: Sweep, unit: RidgeUnit) -> Section:
    """Every network at every ridge point, the fastest first."""
    classes = classes_of(sweep)
    columns = (
        Column(unit.name),
        Column("network", Cells.WORD, least=_NAME),
        Column("time"),
        Column("to best"),
        Column("memory-bound", rank=3),
        *(Column(CLASS_NAMES[each], rank=2 if each is OpClass.MATMUL else 1) for each in classes),
    )
    names = names_of(sweep)
    rows = []
    for before, row in zip((None, *sweep.rows), sweep.rows, strict=False):
        first = before is None or before.ridge_macs_per_byte != row.ridge_macs_per_byte
        ridge = unit.number(row.ridge_macs_per_byte) if first else ""
        shares = (percent_text(row.share_ratios.get(each, 0)) for each in classes)
        rows.append((ridge, names[row.network], *_figures(sweep, row), *shares))
    return Section("Time and its parts by ridge point", grid=Grid(columns, tuple(rows)))


def _figures(sweep: Sweep, row: Row) -> tuple[str, str, str]:
    operations = len(sweep.networks[row.network].operations)
    return (
        macs_text(row.time_macs),
        f"{float(row.to_best_ratio):.3f}",
        f"{row.memory_bound} of {operations}",
    )
