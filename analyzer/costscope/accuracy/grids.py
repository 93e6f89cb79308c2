"""A validation as tables of text, for every format that has tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.accuracy.metrics import Figures
from costscope.accuracy.summary import Line, Summary, summarize
from costscope.accuracy.types import Accuracy, NetworkResult
from costscope.units import format_bytes, format_count, format_latency
from costscope.views.measurement import words
from costscope.views.report.names import clean

_NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of text.

    Attributes:
        title: what it shows.
        columns: their heads; the first one holds names, all others numbers, but for `note`.
        rows: cells.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_FIGURES = ("nets", "MAPE", "median", "signed", "in 5 %", "in 10 %", "in 20 %", "p90")
_RANKS = ("Spearman", "Kendall")


def whole_networks(summary: Summary) -> Grid:
    """Predictions beside the noise floor and the rules of thumb."""
    lines = [summary.predicted, summary.noise, *summary.baselines]
    if summary.incomplete:
        lines.insert(1, summary.as_they_are)
    return Grid(
        title="Whole networks",
        columns=("", *_FIGURES, *_RANKS),
        rows=tuple((line.label, *_figures(line.figures)) for line in lines),
    )


def size_bands(summary: Summary) -> Grid:
    """Predictions by measured latency; ranks within a narrow band tell little."""
    return _lines("By measured latency", summary.bands)


def kinds(summary: Summary) -> Grid:
    """Kernels by kind."""
    return Grid(
        title="Kernels by kind, weighted by time",
        columns=("kind", "kernels", "time", "error", "signed", "not sampled"),
        rows=tuple(
            (
                line.kind,
                f"{line.kernels:,}",
                percent(line.time_ratio),
                percent(line.error_ratio),
                signed(line.signed_ratio),
                percent(line.unsampled_ratio) if line.unsampled_ratio else _NONE,
            )
            for line in summary.kinds
        ),
    )


def networks(some: Sequence[NetworkResult]) -> Grid:
    """One row a network that counts, the worst first."""
    scored = sorted((each for each in some if each.scored), key=_badness, reverse=True)
    return Grid(
        title="Networks, the worst first",
        columns=(
            "network", "measured", "predicted", "interval", "error", "again", "MACs", "bytes",
            "note",
        ),
        rows=tuple(_network(each) for each in scored),
    )  # fmt: skip


def apart(some: Sequence[NetworkResult]) -> Grid:
    """One row a network that does not count, with the reason."""
    return Grid(
        title="Apart from the figures",
        columns=("network", "measured", "predicted", "not sampled", "note"),
        rows=tuple(
            (
                clean(each.name),
                seconds(each.measured_s),
                _lower_bound(each),
                percent(each.unsampled_ratio) if each.unsampled_ratio else _NONE,
                clean(each.error or "; ".join(each.problems)) or "not complete",
            )
            for each in some
            if not each.scored
        ),
    )


def grids(accuracy: Accuracy) -> tuple[Grid, ...]:
    """All tables of a validation that have rows."""
    summary = summarize(accuracy.networks)
    found = (
        whole_networks(summary),
        size_bands(summary),
        kinds(summary),
        networks(accuracy.networks),
        apart(accuracy.networks),
    )
    return tuple(grid for grid in found if grid.rows)


def percent(ratio: float | None) -> str:
    """`4.8 %`; empty for None."""
    return _NONE if ratio is None else f"{ratio * 100:.1f} %"


def signed(ratio: float | None) -> str:
    """`+4.8 %`; empty for None."""
    return _NONE if ratio is None else words.signed(ratio)


def seconds(value: float | None) -> str:
    """`12.3 ms`; empty for None."""
    return _NONE if value is None else format_latency(value)


def _lines(title: str, lines: Sequence[Line]) -> Grid:
    known = [line for line in lines if line.figures is not None]
    return Grid(
        title=title,
        columns=("", *_FIGURES),
        rows=tuple((line.label, *_figures(line.figures)[: len(_FIGURES)]) for line in known),
    )


def _figures(found: Figures | None) -> tuple[str, ...]:
    if found is None:
        return ("0", *[_NONE] * (len(_FIGURES) + len(_RANKS) - 1))
    return (
        f"{found.count}",
        percent(found.mape_ratio),
        percent(found.median_ratio),
        signed(found.signed_median_ratio),
        percent(found.within_5_ratio),
        percent(found.within_10_ratio),
        percent(found.within_20_ratio),
        percent(found.p90_ratio),
        *(_NONE if rank is None else f"{rank:.3f}" for rank in (found.spearman, found.kendall)),
    )


def _network(each: NetworkResult) -> tuple[str, ...]:
    interval = _NONE
    if each.low_s is not None and each.high_s is not None:
        interval = words.interval(each.low_s, each.high_s)
    notes = ["outside the interval"] if each.inside is False else []
    notes += ["disturbed"] if each.disturbed else []
    notes += [] if each.executed else ["graph by our own fusion"]
    return (
        clean(each.name),
        seconds(each.measured_s),
        seconds(each.predicted_s),
        interval,
        signed(each.error_ratio),
        signed(each.retest_ratio),
        format_count(each.macs),
        format_bytes(each.traffic_bytes),
        ", ".join(notes),
    )


def _badness(each: NetworkResult) -> float:
    return abs(each.error_ratio or 0.0)


def _lower_bound(each: NetworkResult) -> str:
    if each.predicted_s is None:
        return _NONE
    return f">= {seconds(each.predicted_s)}" if not each.complete else seconds(each.predicted_s)
