"""The kernels that cost most, as rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costscope.analysis.types import Deployment
from costscope.kernels.types import Kernel
from costscope.timing.types import TimeModel, Timing
from costscope.units import (
    format_bytes,
    format_count,
    format_intensity,
    format_latency,
    format_range,
)
from costscope.views.report import figures
from costscope.views.report.names import brief, layer_name
from costscope.views.report.shares import NONE, share
from costscope.views.report.types import Cells, Choice, Column, Grid, Section, Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A kernel in its turn; all its runs in one inference together."""

    order: int
    kernel: Kernel
    timing: Timing | None
    macs: int
    nbytes: int
    memory_access: int
    latency_s: float | None


_KEYS: dict[Sort, Callable[[_Row], float]] = {
    Sort.LATENCY: lambda row: -1.0 if row.latency_s is None else row.latency_s,
    Sort.MACS: lambda row: row.macs,
    Sort.BYTES: lambda row: row.nbytes,
    Sort.MEMORY_ACCESS: lambda row: row.memory_access,
    Sort.ORDER: lambda row: -row.order,
}
_WORDS = {
    Sort.LATENCY: "take most time",
    Sort.MACS: "have most MACs",
    Sort.BYTES: "move most bytes",
    Sort.MEMORY_ACCESS: "have the highest memory access cost",
    Sort.ORDER: "run first",
}


def kernels(deployment: Deployment, choice: Choice) -> Section:
    """The kernels that cost most, in the order asked for; by MACs where no time is known."""
    total_s = figures.latency_s(deployment.prediction)
    sort = Sort.MACS if choice.sort is Sort.LATENCY and total_s is None else choice.sort
    rows = _rows(deployment)
    ranked = sorted(rows, key=lambda row: (-_KEYS[sort](row), row.order))
    shown = ranked[: choice.top] if choice.top else ranked
    columns = _columns(deployment, rows, sort)
    grid = Grid(
        tuple(column for column, _ in columns),
        tuple(tuple(cell(row) for _, cell in columns) for row in shown),
    )
    return Section(_title(shown, rows, sort, total_s), grid=grid)


def _rows(deployment: Deployment) -> list[_Row]:
    pairs = zip(deployment.kernels, figures.timings(deployment), strict=True)
    return [
        _Row(
            order=order,
            kernel=kernel,
            timing=timing,
            macs=kernel.work.macs * kernel.repeats,
            nbytes=kernel.traffic.total_bytes * kernel.repeats,
            memory_access=kernel.memory_access * kernel.repeats,
            latency_s=timing.latency_s if timing else None,
        )
        for order, (kernel, timing) in enumerate(pairs, start=1)
    ]


def _title(shown: Sequence[_Row], rows: Sequence[_Row], sort: Sort, total_s: float | None) -> str:
    if len(shown) == len(rows):
        return f"All {len(rows)} kernels" if len(rows) > 1 else "The kernel"
    title = f"The {len(shown)} of {len(rows)} kernels that {_WORDS[sort]}"
    if not total_s:
        return title
    covered = sum(row.latency_s or 0.0 for row in shown) / total_s
    return f"{title}: {share(covered)} of it" if sort is Sort.LATENCY else title


_Cell = Callable[[_Row], str]


def _columns(
    deployment: Deployment, rows: Sequence[_Row], sort: Sort
) -> list[tuple[Column, _Cell]]:
    by_access = sort is Sort.MEMORY_ACCESS
    columns: list[tuple[Column, _Cell]] = [
        (Column("#"), lambda row: str(row.order)),
        (Column("kernel", Cells.PATH), lambda row: layer_name(row.kernel)),
        (Column("kind", Cells.WORD, rank=1, least=11), lambda row: _kind(row.kernel)),
    ]
    if any(row.kernel.repeats > 1 for row in rows):
        columns.append((Column("runs"), lambda row: str(row.kernel.repeats)))
    columns += [
        (Column("MACs"), lambda row: _or_none(row, format_count(row.macs))),
        (Column("bytes"), lambda row: _or_none(row, format_bytes(row.nbytes))),
        (Column("access", rank=0 if by_access else 4), _access),
        (Column("FLOP/B", rank=2), _intensity),
    ]
    total_s = figures.latency_s(deployment.prediction)
    if deployment.prediction is None or total_s is None:
        return columns
    columns += [
        (Column("time"), _time),
        (Column("share"), lambda row: share(row.latency_s / total_s) if row.latency_s else NONE),
    ]
    if any(row.timing is not None and row.timing.latency_low_s is not None for row in rows):
        columns.append((Column("interval", rank=4), _interval))
    if deployment.prediction.time_model is not TimeModel.ROOFLINE:
        columns.append((Column("of roof", rank=3), _of_roof))
    columns.append((Column("bound", Cells.WORD), _bound))
    fallback = deployment.hardware.fallback if deployment.hardware else None
    if fallback is not None and any(row.timing is not None and row.timing.fallback for row in rows):
        elsewhere = brief(fallback.profile)
        columns.append((Column("on", Cells.WORD), lambda row: _place(row, elsewhere)))
    return columns


def _kind(kernel: Kernel) -> str:
    return kernel.kind.removesuffix("_conv")


def _or_none(row: _Row, text: str) -> str:
    """A dash where nothing is known: an uncosted kernel's zero is no count."""
    return NONE if row.kernel.problem is not None else text


def _access(row: _Row) -> str:
    return _or_none(row, format_count(row.memory_access))


def _intensity(row: _Row) -> str:
    value = figures.intensity(row.kernel)
    return NONE if value is None else _or_none(row, format_intensity(value, "").strip())


def _time(row: _Row) -> str:
    return NONE if row.latency_s is None else format_latency(row.latency_s)


def _interval(row: _Row) -> str:
    """The interval of a kernel's time, in the unit of the time before it."""
    low, high = (
        (row.timing.latency_low_s, row.timing.latency_high_s) if row.timing else (None, None)
    )
    if not row.latency_s or low is None or high is None:
        return NONE
    return format_range(row.latency_s, low, high)


def _of_roof(row: _Row) -> str:
    ratio = row.timing.roof_ratio if row.timing else None
    return NONE if ratio is None else share(ratio)


def _place(row: _Row, elsewhere: str) -> str:
    """The machine that runs a kernel where it is not the one asked for."""
    return elsewhere if row.timing is not None and row.timing.fallback else NONE


def _bound(row: _Row) -> str:
    return NONE if row.timing is None else str(row.timing.bound)
