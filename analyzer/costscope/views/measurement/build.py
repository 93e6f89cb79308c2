"""Measurements as reports for readers: one in detail, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.measure.types import Measurement
from costscope.units import format_latency
from costscope.views.measurement import DEFAULT_TOP, Wanted, facts, figures, grids, words
from costscope.views.measurement.figures import Total
from costscope.views.report.names import clean, counted, labelled
from costscope.views.report.shares import AT_LEAST, NONE, share
from costscope.views.report.types import Cells, Column, Grid, Report, Section, Tone

_SUMMARY = (
    ("range", "confidence interval of the measured median"),
    ("predicted", "by the machine's profile; '>=' where kernels have no prediction"),
    ("interval", "of the prediction; '!' where it misses the measured latency"),
    ("error", "predicted over measured, less one"),
    ("of roof", "share of the roofline bound that is attained"),
)


def reports_of(measured: Sequence[Measurement], wanted: Wanted) -> tuple[Report, ...]:
    """One report of one model; a summary of several, and their details if `top` is given."""
    if len(measured) == 1:
        top = DEFAULT_TOP if wanted.top is None else wanted.top
        return (report_of(measured[0], top=top),)
    details: list[Report] = []
    if wanted.top is not None:
        details = [report_of(each, top=wanted.top) for each in measured if not each.error]
    return (summary_of(measured), *details)


def report_of(measurement: Measurement, *, top: int) -> Report:
    """Latency, prediction, kinds, what is missed by most, and the kernels that cost most."""
    rows = figures.rows_of(measurement)
    estimated = figures.estimate(measurement) is not None
    roofed = measurement.prediction is not None
    sections = [Section("", facts=facts.facts(measurement, rows))]
    sections += facts.warnings(measurement)
    if rows:
        sections.append(grids.kinds(rows, estimated=estimated, roofed=roofed))
        sections += grids.worst(rows, top)
        sections.append(grids.kernels(rows, top, estimated=estimated, roofed=roofed))
    sections += facts.notes(measurement, rows)
    return Report(
        title=facts.title(measurement),
        subtitle=facts.setting(measurement),
        sections=tuple(sections),
        legend=grids.LEGEND,
    )


def summary_of(measured: Sequence[Measurement]) -> Report:
    """Several models, a line each, in the order they were given."""
    names = labelled(clean(each.model) for each in measured)
    totals = [figures.total_of(each) for each in measured]
    estimated = any(figures.estimate(each) is not None for each in measured)
    roofed = any(each.prediction is not None for each in measured)
    grid = _grid(names, measured, totals, estimated=estimated, roofed=roofed)
    sections = [Section("", grid=grid), *_failures(names, measured), *_warnings(names, measured)]
    first = measured[0]
    where = f" on {clean(first.computer.cpu)}" if first.computer else ""
    return Report(
        title=f"{counted(len(measured), 'model')} measured{where}",
        subtitle=facts.setting(first),
        sections=tuple(sections),
        legend=_SUMMARY,
    )


def _failures(names: Sequence[str], measured: Sequence[Measurement]) -> list[Section]:
    pairs = zip(names, measured, strict=True)
    lines = tuple(f"{name}: {clean(each.error)}" for name, each in pairs if each.error)
    return [Section("Could not be measured", lines=lines, tone=Tone.BAD)] if lines else []


def _warnings(names: Sequence[str], measured: Sequence[Measurement]) -> list[Section]:
    lines = tuple(
        f"{name}: {clean(sign.message)}"
        for name, each in zip(names, measured, strict=True)
        for sign in each.disturbances
    )
    head = "The machine was not quiet: measure again before relying on these"
    return [Section(head, lines=lines, tone=Tone.WARNING)] if lines else []


def _grid(
    names: Sequence[str],
    measured: Sequence[Measurement],
    totals: Sequence[Total],
    *,
    estimated: bool,
    roofed: bool,
) -> Grid:
    columns = [Column("model", Cells.PATH), Column("measured"), Column("range", rank=3)]
    if estimated:
        columns += [Column("predicted"), Column("interval", rank=2), Column("error")]
    elif roofed:
        columns += [Column("roofline"), Column("of roof")]
    rows = []
    for name, each, total in zip(names, measured, totals, strict=True):
        cells = [name, *_measured(each, total)]
        if estimated:
            cells += [facts.prediction_text(total), _interval(total), _error(total)]
        elif roofed:
            cells += _roof(total)
        rows.append(tuple(cells))
    return Grid(tuple(columns), tuple(rows))


def _measured(measurement: Measurement, total: Total) -> tuple[str, str]:
    spread = measurement.latency
    if measurement.error:
        return "failed", NONE
    if spread is None:
        return format_latency(total.measured_s), NONE
    return words.median(spread), words.confidence(spread)


def _interval(total: Total) -> str:
    if total.low_s is None or total.high_s is None:
        return NONE
    return words.interval(total.low_s, total.high_s) + ("" if total.inside else " !")


def _error(total: Total) -> str:
    return NONE if total.error_ratio is None else words.signed(total.error_ratio)


def _roof(total: Total) -> tuple[str, str]:
    if total.roof_s is None:
        return NONE, NONE
    return AT_LEAST + format_latency(total.roof_s), share(total.roof_ratio or 0.0)
