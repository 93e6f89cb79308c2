"""Shares and the kinds of kernel that have them."""

from __future__ import annotations

from collections import Counter

from costscope.analysis.totals import by_kind
from costscope.analysis.types import Deployment, KindShare
from costscope.units import format_bytes, format_count, format_latency, format_percent
from costscope.views.report import figures
from costscope.views.report.types import Cells, Column, Grid, Section
from costscope.work import KernelKind

AT_LEAST = ">= "
NONE = "-"
_SMALLEST = 0.001


def share(ratio: float) -> str:
    """A share such as `12.3 %`; `< 0.1 %` for what is smaller, but not zero."""
    if 0 < ratio < _SMALLEST:
        return "< 0.1 %"
    return format_percent(ratio)


def kinds(deployment: Deployment) -> Section:
    """Kernels by kind, with their share of the time, or of the MACs without any."""
    total_s = figures.latency_s(deployment.prediction)
    unknown = figures.unpredicted(deployment) if total_s else Counter[KernelKind]()
    rows, bars = [], []
    for each in by_kind(deployment):
        row, part = _row(each, deployment, total_s, unknown[each.kind])
        rows.append(row)
        bars.append(part)
    heads = ["kernels", "MACs", "bytes", *(["time"] if total_s else []), "share"]
    columns = (Column("kind", Cells.WORD), *(Column(head) for head in heads))
    what = "Time" if total_s else "MACs"
    return Section(f"{what} by kind of kernel", grid=Grid(columns, tuple(rows), tuple(bars)))


def _row(
    each: KindShare, deployment: Deployment, total_s: float | None, unknown: int
) -> tuple[tuple[str, ...], float]:
    """Cells of a kind and its share; a dash where nothing is known of it."""
    whole = total_s or deployment.totals.work.macs
    part = ((each.latency_s or 0.0) if total_s else each.work.macs) / whole if whole else 0.0
    if each.kind is KernelKind.UNCOSTED:
        costs = [NONE, NONE]
    else:
        moved = each.weight_bytes + each.activation_bytes
        costs = [format_count(each.work.macs), format_bytes(moved)]
    times = [format_latency(each.latency_s or 0.0)] if total_s else []
    times.append(share(part))
    if unknown or each.kind is KernelKind.UNCOSTED:
        least = f"{AT_LEAST}%s" if unknown < each.kernels and part else NONE
        times = [least.replace("%s", time) for time in times]
    return (str(each.kind), str(each.kernels), *costs, *times), part
