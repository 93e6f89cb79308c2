"""What is in no sum, and what was taken for granted."""

from __future__ import annotations

from costscope.analysis.types import Analysis, Deployment
from costscope.views.report import figures
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import share
from costscope.views.report.types import Cells, Column, Grid, Section, Tone

_GROUPS = 12
_LINES = 12


def uncosted(analysis: Analysis) -> list[Section]:
    """Operators without a cost, by type and reason; none where all have one."""
    if not analysis.uncosted:
        return []
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in analysis.uncosted:
        groups.setdefault((entry.op_type, entry.reason), []).append(entry.name)
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    rows = tuple(
        (brief(op_type), str(len(names)), clean(reason), brief(names[0]))
        for (op_type, reason), names in ranked[:_GROUPS]
    )
    columns = (
        Column("operator", Cells.WORD),
        Column("count"),
        Column("why it has no cost", Cells.PROSE),
        Column("for example", Cells.PATH, rank=1),
    )
    number, everything = len(analysis.uncosted), len(figures.nodes(analysis.graph))
    title = (
        f"Not costed: {number} of {everything} operators "
        f"({share(number / everything if everything else 0.0)}), in no sum above"
    )
    lines = _rest(len(ranked) - len(rows), "operator types")
    return [Section(title, grid=Grid(columns, rows), lines=lines, tone=Tone.WARNING)]


def unpredicted(deployment: Deployment) -> list[Section]:
    """Kernels that have a cost but no time on the machine, by reason; none where all have."""
    if deployment.prediction is None:
        return []
    found = figures.problems(deployment.prediction, costed=True).most_common()
    if not found:
        return []
    rows = tuple((str(number), clean(reason)) for reason, number in found[:_GROUPS])
    grid = Grid((Column("kernels"), Column("why there is no prediction", Cells.PROSE)), rows)
    total = len(deployment.kernels)
    title = f"Not predicted: {sum(number for _, number in found)} of {counted(total, 'kernel')}"
    return [
        Section(title, grid=grid, lines=_rest(len(found) - len(rows), "reasons"), tone=Tone.WARNING)
    ]


def warnings(deployment: Deployment) -> list[Section]:
    """Why a calibrated prediction may be off; none where nothing speaks against it."""
    if deployment.prediction is None or not deployment.prediction.warnings:
        return []
    lines = _first(deployment.prediction.warnings, "warnings")
    return [Section("Mind", lines=lines, tone=Tone.WARNING)]


def assumptions(analysis: Analysis, deployment: Deployment) -> list[Section]:
    """What the numbers rest on: the model's, and the machine's own remarks."""
    lines = _first(analysis.assumptions, "assumptions")
    if deployment.hardware is not None:
        name, assumed = clean(deployment.hardware.name), deployment.hardware.assumed()
        if assumed:
            lines += (f"{name}: nobody has published {', '.join(assumed)}; they are assumed.",)
        notes = len(deployment.hardware.notes)
        if notes:
            remarks = f"{counted(notes, 'remark')} on what its numbers mean"
            lines += (f"{name}: its profile has {remarks} (costscope hw show {name})",)
    return [Section("Taken for granted", lines=lines)] if lines else []


def _first(lines: tuple[str, ...], what: str) -> tuple[str, ...]:
    kept = tuple(clean(line) for line in lines[:_LINES])
    return kept + _rest(len(lines) - len(kept), what)


def _rest(number: int, what: str) -> tuple[str, ...]:
    return (f"and {number} more {what}; --format json has all.",) if number > 0 else ()
