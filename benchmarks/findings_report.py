"""reports/findings.md: what the rules find in the zoo, and whether what they promise is true.

`python benchmarks/findings_report.py` writes it, `--check` compares instead: 1 if it is stale.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import costscope
from costscope.analysis.types import Analysis, Finding, Severity
from costscope.pipeline import analyze, load
from costscope.rules import RULES, inspect
from costscope.units import format_latency, format_percent
from costscope.zoo import catalog
from tracked import settle_one

if TYPE_CHECKING:
    from truth_rows import Checked

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "reports" / "findings.md"
MACHINES = (
    ("pixel6", "int8"),
    ("raspberry_pi_4b", None),
    ("coral_edgetpu", "int8"),
    ("adreno_640", None),
)
ROUNDING = 1e-6
LEAST_RATIO = 0.001  # of the latency: savings below are not worth a word


def main() -> int:
    """Write or check the report."""
    return settle_one(REPORT, report, __doc__)


def report() -> str:
    """The whole report."""
    found = {
        name: [inspected(name, machine, dtype) for machine, dtype in MACHINES]
        for name in catalog.names()
    }
    rows = followed()
    parts = (_head(found, rows), _truth(rows), _rules(found), _networks(found))
    return "\n".join(line for part in parts for line in part) + "\n"


def followed() -> list[Checked]:
    """The rows of `tests/rules/test_savings_are_true.py`, each with what is true of it."""
    sys.path.insert(0, str(ROOT / "tests" / "rules"))
    from truth_rows import ROWS, checked

    return [checked(row) for row in ROWS]


def inspected(name: str, machine: str, dtype: str | None) -> Analysis:
    """A network of the zoo on a machine, with what is found there."""
    return inspect(analyze(load(f"zoo:{name}"), machine, as_dtype=dtype))


Found = dict[str, list[Analysis]]


def _head(found: Found, rows: Sequence[Checked]) -> Iterator[str]:
    networks = {checked.row.network.split("@")[0] for checked in rows}
    worst = max(rows, key=lambda each: each.error_ratio)
    exact = sum(each.error_ratio < ROUNDING for each in rows)
    most, row = format_percent(worst.error_ratio), worst.row
    told = f"""\
# What the rules find, and whether it is true

Made by `make reports` with costscope {costscope.__version__} and the {len(RULES.keys())} rules
that it ships.

- The advice of {len(rows)} rows for {len(networks)} networks of the zoo was followed in the file,
  or by taking another variant, and the network was analysed again. The stated saving is the
  difference of the two latencies to rounding in {exact} of them, and within {most} in all
  ({row.rule}, {row.network}, {row.hardware}).
- {len(found)} networks of the zoo, each in its first variant, on {len(MACHINES)} machines: which
  rules speak there, and the largest saving. Savings are predictions, as good as the profile of
  the machine (reports/device_accuracy.md); they are of one change at a time and do not add up.
"""
    yield from told.split("\n")


def _truth(rows: Sequence[Checked]) -> Iterator[str]:
    yield from (
        "## Stated and true savings",
        "",
        "Applied without the part of costscope that priced the finding: *settings* and *zoo* are",
        "other variants of the zoo's network, *file* is an edit of the ONNX file with onnx alone,",
        "*layers alone* are networks of one layer with its own and with the advised widths,",
        "*machine* is the profile with more memory. Sums where a rule found several.",
        "",
        "| network | machine | rule | found | applied | stated | true | error | of the latency |",
        "|---|---|---|--:|---|--:|--:|--:|--:|",
    )
    for each in rows:
        row = each.row
        precision = " int8" if row.options.get("as_dtype") else ""
        yield (
            f"| {row.network} | {row.hardware}{precision} | {row.rule} | {each.findings} "
            f"| {row.change} | {format_latency(each.stated_s)} | {format_latency(each.true_s)} "
            f"| {_error(each)} | {format_percent(each.stated_s / each.latency_s)} |"
        )
    yield ""


def _error(each: Checked) -> str:
    return "0" if each.error_ratio < ROUNDING else format_percent(each.error_ratio)


def _rules(found: Found) -> Iterator[str]:
    """How many networks each rule speaks of, by machine."""
    counts = [Counter[str]() for _ in MACHINES]
    for analyses in found.values():
        for count, analysis in zip(counts, analyses, strict=True):
            count.update({finding.rule for finding in analysis.findings or ()})
    yield from (
        "## Rules",
        "",
        f"On how many of {len(found)} networks each speaks.",
        "",
        f"| rule | allows | {' | '.join(map(_machine, MACHINES))} |",
        f"|---|---|{'--:|' * len(MACHINES)}",
    )
    for code, rule in sorted(RULES.items()):
        yield f"| {code} | {rule.name} | {' | '.join(str(count[code]) for count in counts)} |"
    yield ""


def _networks(found: Found) -> Iterator[str]:
    yield from (
        "## Networks",
        "",
        "How often each rule speaks, and the largest saving with its rule and its share of the",
        "latency; **bold** what does not run there.",
        "",
        f"| network | {' | '.join(map(_machine, MACHINES))} |",
        f"|---|{'---|' * len(MACHINES)}",
    )
    for name, analyses in found.items():
        yield f"| {name} | {' | '.join(_cell(each.findings or ()) for each in analyses)} |"


def _machine(machine: tuple[str, str | None]) -> str:
    return " ".join(filter(None, machine))


def _cell(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.rule for finding in findings)
    errors = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    told = [
        f"**{code}** {many}" if code in errors else f"{code} {many}"
        for code, many in sorted(counted.items())
    ]
    best = max(findings, key=lambda finding: finding.saving_ratio or 0.0, default=None)
    if best is None or (best.saving_ratio or 0.0) < LEAST_RATIO:
        return ", ".join(told) or "-"
    saved = f"{format_latency(best.saving_s or 0.0)}, {format_percent(best.saving_ratio or 0.0)}"
    return f"{', '.join(told)}; {best.rule} {saved}"


if __name__ == "__main__":
    sys.exit(main())
