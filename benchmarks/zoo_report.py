"""The zoo's evidence: published figures beside counted ones, and what each network costs."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import costscope
from costscope.timing.types import Prediction
from costscope.units import format_count, format_latency
from costscope.verify.verdict import Standing, Verdict, counts_of, read_printed, verify
from costscope.zoo import catalog
from costscope.zoo.types import Figure

FLOAT, INT8 = ("raspberry_pi_4b",), ("pixel6", "coral_edgetpu")
_MACS = ("macs", "macs_without_fc")
_PARAMS = ("params", "weights", "params_with_statistics")
_MARKS = {
    "exact": "=",
    "as printed": "≈",
    "explained": "*",
    "not reproduced": "**",
    "missed": "MISSED",
}


def zoo_report() -> str:
    """A line for each variant, then the differences that are explained."""
    names = [f"{n}@{v}" for n in catalog.names() for v in catalog.load(n).variants]
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(_network, names, chunksize=8))
    flat = [verdict for _, verdicts in found for verdict in verdicts]
    sums = Counter(each.standing.value for each in flat)
    told = ", ".join(f"{sums[mark]} {mark}" for mark in _MARKS if sums[mark])
    return "\n".join(
        [
            *_head(f"{len(names)} variants of {len(catalog.names())}", f"{len(flat)}", told),
            *(row for row, _ in found),
            "",
            *_differences("Differences for a known reason", flat, Standing.EXPLAINED),
            *_differences("Not reproduced", flat, Standing.UNEXPLAINED),
            "",
            "## Not settled by the papers",
            "",
            *(line for name in catalog.names() for line in _assumed(name)),
            "",
        ]
    )


def _network(name: str) -> tuple[str, list[Verdict]]:
    verdicts = list(verify(name))
    return _row(name, verdicts), verdicts


def _head(variants: str, figures: str, told: str) -> list[str]:
    return f"""\
# The zoo: published and counted

Made by `make reports` with costscope {costscope.__version__}. {variants} architectures;
{figures} published figures: {told}.

- Published: as printed, marked `=` (met exactly), `≈` (met when rounded as printed), `*`
  (differs for a known reason) or `**` (not reproduced: the reason is not known). Reasons, and
  what was tried, stand below and in the networks' YAMLs. MACs are multiply-accumulates;
  `costscope zoo verify` names the convention of every figure.
- MACs and params: learned elements of the training form, or of the deployed form where only
  that is published (marked d).
- Memory access: elements read and written by convolutions and fully connected layers, weights
  included, of the same form. FLOP/B: arithmetic intensity of the deployed form in float32, as
  onnxruntime fuses it.
- Latency: predicted at rates fitted to published measurements: Raspberry Pi 4B with ncnn in
  float32 on one core, Pixel 6 (one big core) and Coral Edge TPU with TensorFlow Lite in int8,
  what that chip does not run on the CPU of its board. `costscope analyze` gives the intervals,
  and says what no measured network shows. `-`: no prediction.

| network | MACs published | MACs | params published | params | memory access | FLOP/B | Pi 4B \
| Pixel 6 | Edge TPU |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|""".split("\n")


def _row(name: str, verdicts: list[Verdict]) -> str:
    forms = {each.figure.form for each in verdicts}
    form = "deploy" if forms == {"deploy"} else "train"
    counts = counts_of(name, form)
    graph = costscope.load(f"zoo:{name}")
    single = costscope.analyze(graph, FLOAT)
    quantized = costscope.analyze(graph, INT8, as_dtype="int8")
    times = [d.prediction for d in (*single.deployments, *quantized.deployments)]
    intensity = costscope.analyze(graph).totals.arithmetic_intensity
    cells = [
        name + (" (d)" if form == "deploy" else ""),
        _published(verdicts, _MACS),
        format_count(counts.macs),
        _published(verdicts, _PARAMS),
        format_count(counts.params),
        format_count(counts.memory_access),
        "-" if intensity is None else f"{intensity:.1f}",
        *(_bound(prediction) for prediction in times),
    ]
    return f"| {' | '.join(cells)} |"


def _published(verdicts: list[Verdict], metrics: tuple[str, ...]) -> str:
    """The printed figure; a whole number where nothing is printed in short."""
    found = [each for each in verdicts if each.figure.metric in metrics]
    short = [each for each in found if isinstance(each.figure.printed, str)] or found
    if not short:
        return ""
    printed = short[0].figure.printed
    text = printed if isinstance(printed, str) else format_count(printed)
    return f"{text} {_MARKS[short[0].standing.value]}"


def _bound(prediction: Prediction | None) -> str:
    if prediction is None or prediction.latency_s is None or not prediction.complete:
        return "-"
    sign = "" if prediction.calibrated else ">= "
    return f"{sign}{format_latency(prediction.latency_s)}"


def _differences(title: str, verdicts: list[Verdict], standing: Standing) -> list[str]:
    return [
        f"## {title}",
        "",
        "| network | figure | published | counted | | reason, or what was tried | source |",
        "|---|---|--:|--:|--:|---|---|",
        *(_difference(each) for each in verdicts if each.standing is standing),
        "",
    ]


def _difference(verdict: Verdict) -> str:
    figure = verdict.figure
    cells = [
        f"{verdict.architecture}@{verdict.variant}",
        figure.metric,
        str(figure.printed),
        f"{verdict.counted:,}",
        f"{100 * (verdict.counted / _printed(figure) - 1):+.1f} %",
        figure.why or figure.unexplained,
        figure.source,
    ]
    return f"| {' | '.join(cells)} |"


def _printed(figure: Figure) -> float:
    text = figure.printed
    return float(text) if isinstance(text, int) else float(read_printed(text)[0])


def _assumed(name: str) -> list[str]:
    return [f"- {name}: {line}" for line in catalog.load(name).assumed]
