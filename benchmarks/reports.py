"""The tracked evidence in reports/, each file made from what it names; `make reports`.

`--check` compares instead of writing: 1 if a file is stale.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import costscope
from tracked import asked_to_check, settle
from zoo_report import zoo_report

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "onnx_corpus"
REPORTS = ROOT / "reports"
SIZES = {"tv_mobilenet_v2__dynbatchhw": {"height": 224, "width": 224}}


def main() -> int:
    """Write or check every report; 1 if one is stale."""
    check = asked_to_check(__doc__)
    stale = settle(REPORTS / "zoo.md", zoo_report(), check=check)
    if not CORPUS.is_dir():
        print("reports/corpus.md: left alone, the corpus is absent", file=sys.stderr)
        return int(stale)
    return int(settle(REPORTS / "corpus.md", corpus_report(), check=check) or stale)


def corpus_report() -> str:
    """Our counts beside the independent ones, one line a graph."""
    with (CORPUS / "truth.csv").open(newline="") as stream:
        rows = [_row(row) for row in csv.DictReader(stream)]
    equal = sum(row[3] == "equal" for row in rows)
    exact = sum(row[6] == 0 for row in rows)
    head = [
        "# Counts of 147 real graphs",
        "",
        f"Made by `make reports` with costscope {costscope.__version__} from the corpus of real",
        "exports (torchvision, timm, derived and hand-made graphs) and its table of counts by",
        "torch's FlopCounterMode, fvcore and, for recurrent and control-flow graphs, analysis.",
        "",
        f"- MACs equal the independent count on {equal} of {len(rows)} graphs. The other one has",
        "  an If, without a single count: the dearer branch is counted, as the corpus notes it.",
        f"- Parameters equal the elements of the file's initializers on {exact} graphs. Elsewhere",
        "  the difference is what is no parameter (shapes, bounds, masks, scalars, scales and zero",
        "  points) and tables that a file keeps in Constant nodes, which only we count.",
        "- Every operator of every graph is costed and every shape is known.",
        "- Kernels are those of onnxruntime's extended optimisation level.",
        "",
        "| graph | MACs | independent | | params | in initializers | difference | kernels |",
        "|---|--:|--:|---|--:|--:|--:|--:|",
    ]
    body = [
        f"| {name} | {macs:,} | {truth} | {verdict} | {params:,} | {elements:,} | {diff:+,} "
        f"| {count} |"
        for name, macs, truth, verdict, params, elements, diff, count in rows
    ]
    return "\n".join([*head, *body, ""])


def _row(row: dict[str, str]) -> tuple[str, int, str, str, int, int, int, int]:
    name = row["name"]
    analysis = costscope.analyze(CORPUS / f"{name}.onnx", dims=SIZES.get(name))
    if analysis.uncosted:
        raise SystemExit(f"{name}: {analysis.uncosted[0]}")
    macs, params = analysis.totals.work.macs, analysis.totals.params
    verdict = "equal" if row["macs"] == str(macs) else "**differs**"
    truth = f"{int(row['macs']):,}" if row["macs"] else ""
    if not row["macs"]:
        verdict = "dearer branch" if f": {macs}," in row["note"] else verdict
    elements = int(row["file_elements"])
    return (
        name,
        macs,
        truth,
        verdict,
        params,
        elements,
        params - elements,
        len(analysis.first.kernels),
    )


if __name__ == "__main__":
    sys.exit(main())
