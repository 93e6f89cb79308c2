"""How long the gate takes on 100 real models and 3 machines, and which rules take it.

`python benchmarks/gate_speed.py` runs `costscope check` as a user would, in a process of its own
and with its own processes, and fails if it takes longer than the figure promised: 20 s on 2
cores. `--rules` times each rule in this process instead, slowest first, to find what to mend.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "onnx_corpus"
MACHINES = ("pixel6", "raspberry_pi_4b", "coral_edgetpu")
BUDGETS = ("latency=1 s", "uncosted=0", "warnings=1000")
MODELS = 100
MOST_S = 20.0
LISTED = 12


def main() -> int:
    """Time the gate, or its rules; 1 if it is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", action="store_true", help="time each rule instead")
    parser.add_argument("--models", type=int, default=MODELS)
    given = parser.parse_args()
    if not CORPUS.is_dir():
        print("the corpus of real graphs does not stand beside the checkout", file=sys.stderr)
        return 0
    # Every model of one that has no open sizes: a verdict that needs --dim says nothing of speed.
    models = [path for path in sorted(CORPUS.glob("*.onnx")) if "dynbatchhw" not in path.stem]
    chosen = models[: given.models]
    if given.rules:
        return by_rule(chosen)
    return of_gate(chosen)


def of_gate(models: list[Path]) -> int:
    """Run the command once to warm the files, then once with the clock."""
    command(models[:2])
    start = time.perf_counter()
    verdicts = command(models)
    taken_s = time.perf_counter() - start
    counted = ", ".join(f"{many} {status}" for status, many in sorted(verdicts.items()))
    print(
        f"{len(models)} models, {len(MACHINES)} machines, {len(BUDGETS)} limits each: "
        f"{taken_s:.1f} s ({counted}); at most {MOST_S:.0f} s on 2 cores promised"
    )
    return int(taken_s > MOST_S)


def command(models: list[Path]) -> Counter[str]:
    """How often each verdict was given."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "check.json"
        budgets = [part for budget in BUDGETS for part in ("--budget", budget)]
        arguments = [*map(str, models), "--hw", ",".join(MACHINES), *budgets]
        run = subprocess.run(
            [sys.executable, "-m", "costscope", "check", *arguments, "-o", str(out)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        if not out.exists():
            raise SystemExit(f"exit {run.returncode}: {run.stderr[-2000:]}")
        found = json.loads(out.read_text(encoding="utf-8"))
    return Counter(verdict["standing"] for verdict in found["verdicts"])


def by_rule(models: list[Path]) -> int:
    """Processor time of analysis and of each rule, one after the other in this process."""
    from costscope.pipeline import analyze
    from costscope.rules import RULES
    from costscope.whatif.case import Case

    taken: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    slow: list[tuple[float, str]] = []
    for path in models:
        start = time.process_time()
        analysis = analyze(path, MACHINES)
        taken["analysis"] += time.process_time() - start
        for deployment in analysis.deployments:
            case = Case(analysis, deployment)
            for code, rule in RULES.items():
                start = time.process_time()
                findings[code] += len(list(rule.look(case)))
                spent_s = time.process_time() - start
                taken[code] += spent_s
                slow.append((spent_s, f"{code} {path.stem} {deployment.name}"))
    total_s = sum(taken.values())
    for name, spent_s in taken.most_common():
        print(f"{name:10} {spent_s:7.2f} s {spent_s / total_s:6.1%} {findings[name]:7} findings")
    print(f"{'all':10} {total_s:7.2f} s")
    for spent_s, where in sorted(slow, reverse=True)[:LISTED]:
        print(f"  {spent_s * 1e3:7.0f} ms {where}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
