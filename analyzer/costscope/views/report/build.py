"""An analysis as a report for readers."""

from __future__ import annotations

from costscope.analysis.types import Analysis, Deployment
from costscope.graph.types import Graph, Tensor
from costscope.timing.types import Prediction, TimeModel
from costscope.units import format_latency
from costscope.views.report import figures, gaps
from costscope.views.report.advice import advice
from costscope.views.report.facts import facts, verdict
from costscope.views.report.headline import interval, latency
from costscope.views.report.kernels import kernels
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import kinds
from costscope.views.report.types import Cells, Choice, Column, Grid, Report, Section

_INPUTS = 3  # named in the subtitle

_LEGEND = (
    ("#", "place in the order of execution"),
    ("runs", "runs in one inference; all quantities are of all runs together"),
    ("MACs", "multiply-accumulates, 2 FLOP each"),
    ("bytes", "activations and weights that enter or leave the kernel"),
    ("access", "ShuffleNet-v2's memory access cost, in elements"),
    ("FLOP/B", "arithmetic intensity: FLOP for each byte moved"),
    ("time", "as predicted"),
    ("share", "of the total"),
    ("interval", "of the time, in its unit"),
    ("of roof", "share of the roofline bound that is attained"),
    ("bound", "what the time mostly goes to"),
    ("saves", "predicted, of one inference"),
    ("more", "findings of the same rule, that save less"),
    ("on", "the fallback, for what the machine itself does not run; its time includes the copies"),
)


def report_of(analysis: Analysis, choice: Choice) -> Report:
    """The report: machines side by side if there are several, then the first in detail."""
    first = analysis.first
    sections = [*_comparison(analysis), _summary(analysis, first), *gaps.warnings(first)]
    sections += gaps.uncosted(analysis)
    sections += gaps.unpredicted(first)
    sections += advice(analysis)
    if first.kernels:
        sections += [kinds(first), kernels(first, choice)]
    sections += gaps.assumptions(analysis, first)
    where = f" on {clean(first.name)}" if first.hardware else ""
    return Report(
        title=f"{clean(analysis.model)}{where}, as {clean(first.runs_as)} runs it",
        subtitle=_subtitle(analysis.graph, first),
        sections=tuple(sections),
        legend=_LEGEND,
    )


def _summary(analysis: Analysis, first: Deployment) -> Section:
    several = len(analysis.deployments) > 1
    title = f"In detail: {clean(first.name)} (for another machine, name it alone)"
    return Section(title if several else "", facts=facts(first, partial=bool(analysis.uncosted)))


def _comparison(analysis: Analysis) -> list[Section]:
    """Machines side by side; nothing for one or none."""
    placed = figures.named(analysis)
    if len(placed) < 2:  # noqa: PLR2004
        return []
    rows = []
    for name, deployment in placed:
        prediction = deployment.prediction
        if prediction is None:
            continue
        known = figures.latency_s(prediction) is not None
        rows.append(
            (
                clean(name),
                clean(deployment.runs_as),
                latency(prediction),
                _range(prediction) if known else "-",
                format_latency(prediction.roofline_s) if known and prediction.roofline_s else "-",
                str(figures.main_bound(prediction)) if known else "-",
                verdict(prediction),
            )
        )
    columns = (
        Column("machine", Cells.PATH),
        Column("runtime", Cells.WORD, rank=3),
        Column("latency"),
        Column("range", Cells.WORD, rank=2),
        Column("roofline", rank=4),
        Column("bound", Cells.WORD),
        Column("fits", Cells.WORD),
    )
    return [Section("Machines", grid=Grid(columns, tuple(rows)))]


def _range(prediction: Prediction) -> str:
    if prediction.time_model is TimeModel.ROOFLINE:
        return "roofline bound"
    return interval(prediction) or str(prediction.time_model)


def _subtitle(graph: Graph, first: Deployment) -> str:
    inputs = [_signature(tensor) for tensor in graph.inputs[:_INPUTS]]
    more = len(graph.inputs) - _INPUTS
    named = ", ".join(inputs) + (f" and {more} more inputs" if more > 0 else "")
    operators = len(figures.nodes(graph))
    folded = sum(graph.folded.values())
    away = f" ({folded} more folded away)" if folded else ""
    opset = f", opset {graph.opsets['']}" if "" in graph.opsets else ""
    kernels = f"in {counted(len(first.kernels), 'kernel')}"
    return f"input {named or 'none'}; {counted(operators, 'operator')}{away} {kernels}{opset}"


def _signature(tensor: Tensor) -> str:
    shape = "x".join(map(str, tensor.shape)) if tensor.shape else "scalar"
    return f"{brief(tensor.name)} {'?' if tensor.shape is None else shape} {tensor.dtype.name}"
