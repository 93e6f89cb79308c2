"""The tables of a measurement, as rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costscope.units import format_bytes, format_compute, format_count, format_latency
from costscope.views.measurement import figures, words
from costscope.views.measurement.figures import Group, Row
from costscope.views.report.names import clean, layer_name
from costscope.views.report.shares import AT_LEAST, NONE, share
from costscope.views.report.types import Cells, Column, Grid, Section

LEGEND = (
    ("#", "place in the order of execution"),
    ("measured", "in a profiled run, all runs of a kernel together"),
    ("share", "of the measured time of all kernels"),
    ("predicted", "by the machine's profile; '>=' where kernels have no prediction"),
    ("error", "predicted over measured less one, over kernels that have a prediction"),
    ("off", "predicted less measured"),
    ("roofline", "no run is faster on the machine"),
    ("of roof", "share of the roofline bound that is attained"),
    ("bound", "what the time mostly goes to, as modelled"),
    ("attained", "FLOP of a second as measured; a multiply-accumulate is two"),
    ("MACs", "multiply-accumulates, 2 FLOP each"),
    ("bytes", "activations and weights that enter or leave the kernel"),
)

_Cell = Callable[[Row], str]
_Columns = list[tuple[Column, _Cell]]


def kinds(rows: Sequence[Row], *, estimated: bool, roofed: bool) -> Section:
    """Measured time by kind of kernel, beside the prediction or the roof.

    Args:
        rows: all kernels.
        estimated: whether the machine is calibrated.
        roofed: whether there is a machine at all.
    """
    whole = figures.group_of(rows).measured_s
    groups = figures.by_kind(rows)
    columns: list[tuple[Column, Callable[[Group], str]]] = [
        (Column("kind", Cells.WORD), lambda group: group.kind),
        (Column("kernels", rank=3), lambda group: str(group.kernels)),
        (Column("measured"), lambda group: format_latency(group.measured_s)),
        (Column("share"), lambda group: share(group.measured_s / whole) if whole else NONE),
    ]
    if estimated:
        columns.append((Column("predicted"), _group_predicted))
        columns.append((Column("error"), lambda group: _error(group.error_ratio)))
    elif roofed:
        columns.append((Column("roofline"), lambda group: _at_least(group.roof_s)))
        columns.append((Column("of roof"), lambda group: _share(group.roof_ratio)))
    if roofed:
        columns.append((Column("bound", Cells.WORD, rank=2), lambda group: group.bound or NONE))
    grid = Grid(
        tuple(column for column, _ in columns),
        tuple(tuple(cell(group) for _, cell in columns) for group in groups),
        tuple(group.measured_s / whole if whole else 0.0 for group in groups),
    )
    return Section("Measured time by kind of kernel", grid=grid)


def worst(rows: Sequence[Row], top: int) -> list[Section]:
    """Kernels that the prediction misses by most, with the reason; nothing without any."""
    found = figures.worst(rows)
    shown = found[:top] if top else found
    if not shown:
        return []
    columns: _Columns = [
        *_names(),
        (Column("measured"), lambda row: format_latency(row.measured_s)),
        (Column("predicted", rank=1), lambda row: _latency(row.predicted_s)),
        (Column("off"), lambda row: words.signed_latency(row.off_s or 0.0)),
        (Column("error", rank=2), lambda row: _error(row.error_ratio)),
    ]
    if any(row.reason for row in shown):
        columns.append((Column("why", Cells.PROSE), lambda row: clean(row.reason)))
    number = f"The {len(shown)} kernels" if len(shown) > 1 else "The kernel"
    missed = sum(abs(row.off_s or 0.0) for row in shown)
    whole = figures.group_of(rows).missed_s
    part = f": {share(missed / whole)} of all that is missed" if len(shown) < len(found) else ""
    return [
        Section(f"{number} that the prediction misses by most{part}", grid=_grid(shown, columns))
    ]


def kernels(rows: Sequence[Row], top: int, *, estimated: bool, roofed: bool) -> Section:
    """The kernels that take most time.

    Args:
        rows: all kernels.
        top: how many; 0 for all.
        estimated: whether the machine is calibrated.
        roofed: whether there is a machine at all.
    """
    ranked = figures.dearest(rows)
    shown = ranked[:top] if top else ranked
    whole = figures.group_of(rows).measured_s
    columns: _Columns = [
        *_names(),
        (Column("MACs", rank=4), lambda row: _count(row, "macs")),
        (Column("bytes", rank=4), lambda row: _count(row, "bytes")),
        (Column("attained", rank=4), _attained),
        (Column("measured"), lambda row: format_latency(row.measured_s)),
        (Column("share", rank=1), lambda row: share(row.measured_s / whole) if whole else NONE),
    ]
    if estimated:
        columns.append((Column("predicted", rank=1), lambda row: _latency(row.predicted_s)))
        columns.append((Column("error"), lambda row: _error(row.error_ratio)))
    elif roofed:
        columns.append((Column("roofline"), lambda row: _at_least(row.roof_s)))
    if roofed:
        rank = 3 if estimated else 0
        columns.append((Column("of roof", rank=rank), lambda row: _share(row.roof_ratio)))
        columns.append((Column("bound", Cells.WORD, rank=2), lambda row: row.bound or NONE))
    return Section(_title(shown, rows, whole), grid=_grid(shown, columns))


def _title(shown: Sequence[Row], rows: Sequence[Row], whole: float) -> str:
    if len(shown) == len(rows):
        return f"All {len(rows)} kernels" if len(rows) > 1 else "The kernel"
    part = f": {share(sum(row.measured_s for row in shown) / whole)} of it" if whole else ""
    return f"The {len(shown)} of {len(rows)} kernels that take most time{part}"


def _grid(rows: Sequence[Row], columns: _Columns) -> Grid:
    return Grid(
        tuple(column for column, _ in columns),
        tuple(tuple(cell(row) for _, cell in columns) for row in rows),
    )


def _names() -> _Columns:
    return [
        (Column("#"), lambda row: str(row.order)),
        (Column("kernel", Cells.PATH), name),
        (Column("kind", Cells.WORD, rank=1, least=11), lambda row: row.kind.removesuffix("_conv")),
    ]


def name(row: Row) -> str:
    """The kernel's name; that of the event where no kernel was found."""
    kernel = row.time.kernel
    return clean(row.time.name) if kernel is None else layer_name(kernel)


def _group_predicted(group: Group) -> str:
    if group.predicted_s is None:
        return NONE
    return (AT_LEAST if group.unpredicted else "") + format_latency(group.predicted_s)


def _latency(seconds: float | None) -> str:
    return NONE if seconds is None else format_latency(seconds)


def _at_least(seconds: float | None) -> str:
    return NONE if seconds is None else AT_LEAST + format_latency(seconds)


def _error(ratio: float | None) -> str:
    return NONE if ratio is None else words.signed(ratio)


def _share(ratio: float | None) -> str:
    return NONE if ratio is None else share(ratio)


def _attained(row: Row) -> str:
    return NONE if row.flops_per_s is None else format_compute(row.flops_per_s)


def _count(row: Row, what: str) -> str:
    """MACs or bytes; a dash where nothing is known."""
    kernel = row.time.kernel
    if kernel is None or kernel.problem is not None:
        return NONE
    if what == "macs":
        return format_count(kernel.work.macs * kernel.repeats)
    return format_bytes(kernel.traffic.total_bytes * kernel.repeats)
