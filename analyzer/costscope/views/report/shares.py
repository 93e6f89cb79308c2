"""Shares and the kinds of kernel that have them."""

from __future__ import annotations

from costscope.analysis.types import Deployment
from costscope.units import format_bytes, format_count, format_latency, format_percent
from costscope.views.report import figures
from costscope.views.report.types import Cells, Column, Grid, Section

_SMALLEST = 0.001


def share(ratio: float) -> str:
    """A share such as `12.3 %`; `< 0.1 %` for what is smaller, but not zero."""
    if 0 < ratio < _SMALLEST:
        return "< 0.1 %"
    return format_percent(ratio)


def kinds(deployment: Deployment) -> Section:
    """Kernels by kind, with their share of the time, or of the MACs without any."""
    total_s = figures.latency_s(deployment.prediction)
    shares = deployment.by_kind()
    whole = total_s or deployment.totals.work.macs
    rows, bars = [], []
    for each in shares:
        part = (each.latency_s or 0.0) if total_s else each.work.macs
        cells = [
            str(each.kind),
            str(each.kernels),
            format_count(each.work.macs),
            format_bytes(each.weight_bytes + each.activation_bytes),
        ]
        if total_s:
            cells.append(format_latency(each.latency_s or 0.0))
        rows.append((*cells, share(part / whole if whole else 0.0)))
        bars.append(part / whole if whole else 0.0)
    heads = ["kernels", "MACs", "bytes", *(["time"] if total_s else []), "share"]
    columns = (Column("kind", Cells.WORD), *(Column(head) for head in heads))
    what = "Time" if total_s else "MACs"
    return Section(f"{what} by kind of kernel", grid=Grid(columns, tuple(rows), tuple(bars)))
