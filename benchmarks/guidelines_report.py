"""reports/guidelines.md: ShuffleNet-v2's Tables 1 to 4, measured on this machine.

    python benchmarks/guidelines_report.py [--hw host] [--threads 1] [--time-limit 3]

Times are of the machine that the report names: run it while nothing else runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import costscope
from costscope.errors import CostscopeError
from costscope.experiment import cells, live, published
from costscope.experiment.markdown import markdown
from costscope.experiment.types import Experiment
from costscope.files import write_atomically
from costscope.measure.settings import Settings

REPORT = Path(__file__).parent.parent / "reports" / "guidelines.md"


def main() -> int:
    """Measure, predict and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hw", help="profile to predict by; this machine's own if not given")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=3.0, help="seconds for each network")
    given = parser.parse_args()
    settings = Settings(threads=given.threads, time_limit_s=given.time_limit)
    try:
        found = live.experiments(published.names(), settings, hardware=given.hw)
        text = guidelines_report(found, datetime.now(UTC).date().isoformat())
        write_atomically(REPORT, lambda path: path.write_text(text, encoding="utf-8"))
    except CostscopeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"wrote {REPORT}")
    return 0


def guidelines_report(experiments: Sequence[Experiment], date: str) -> str:
    """The report of some experiments, all on one machine."""
    first = experiments[0]
    computer = first.computer
    where = [computer.cpu, f"{computer.cores} cores"] if computer else []
    where += [computer.system] if computer and computer.system else []
    rows = [f"| {_standing(each)} |" for each in experiments]
    head = f"""\
# ShuffleNet-v2's four guidelines on one machine

Made by `python benchmarks/guidelines_report.py` with costscope {costscope.__version__} on {date};
{cells.conditions(first)}.
The machine: {", ".join(where) or "not named"}. Times are of this machine and of this run.

The networks of {published.paper()}, Tables 1 to 4,
are rebuilt with random weights, measured in turns, and predicted. The paper's GPU and phone are
other machines: what can be compared is the order of the networks of one width, not their speed.

| guideline | here | as it says | other way | within noise | tau with ARM | tau with GPU \
| tau of predicted with measured |
|---|---|--:|--:|--:|--:|--:|--:|
"""
    legend = "tau: Kendall's tau-b over the pairs of networks of the same width."
    return "\n".join([head + "\n".join(rows), "", legend, "", markdown(experiments)])


def _standing(experiment: Experiment) -> str:
    found = experiment.verdict
    name = f"{experiment.guideline.name.upper()}: {experiment.guideline.claim}"
    counts = (str(each) for each in (found.confirmed, found.against, found.undecided))
    pairs = (("measured", "cpu"), ("measured", "gpu"), ("predicted", "measured"))
    agreed = (_within(experiment, *pair) for pair in pairs)
    return " | ".join([name, found.standing, *counts, *agreed])


def _within(experiment: Experiment, first: str, second: str) -> str:
    for each in experiment.agreements:
        if (each.first, each.second) == (first, second) and each.kendall_within is not None:
            return f"{each.kendall_within:.2f}"
    return "-"


if __name__ == "__main__":
    sys.exit(main())
