"""Accuracy of predictions on this machine: measures, writes reports/host_accuracy.*.

    python benchmarks/host_accuracy.py                      every regime, from the start
    python benchmarks/host_accuracy.py --regime int8        one regime, the others as they were
    python benchmarks/host_accuracy.py --from FILE.json     report and picture from stored results
    python benchmarks/host_accuracy.py --check              1 if the report is not what they say

`costscope calibrate` must have been run for the threads asked for. Needs a quiet machine and
about a quarter of a minute for each network and regime.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import Any

from costscope.accuracy.families import Split, read_split
from costscope.accuracy.plot import draw, panel_of
from costscope.accuracy.record import from_record, to_record
from costscope.accuracy.run import validate
from costscope.accuracy.subjects import Subject
from costscope.accuracy.types import Accuracy
from costscope.api import analyze, machine
from costscope.errors import CostscopeError
from costscope.files import write_atomically
from costscope.measure.types import Progress
from costscope.zoo import catalog
from costscope.zoo.build import build
from host_accuracy_text import report
from host_targets import REGIMES, Regime
from reports import CORPUS, ROOT

FAMILIES = Path(__file__).parent / "host_families.yaml"
DATA = ROOT / "reports" / "host_accuracy.json"
SCHEMA_VERSION = "1.0"
_NOT_NETWORKS = {"block"}  # tags of the zoo


def main() -> int:
    """Measure, or read what was measured, and write the report; 1 if a check fails."""
    asked = _arguments()
    stored = asked.stored or asked.report.with_suffix(".json")
    try:
        split = read_split(FAMILIES) if FAMILIES.is_file() else None
        if asked.check:
            return _check(asked.report, report(_read(stored), split))
        kept = bool(asked.stored) or (asked.regime and stored.is_file())
        results = _read(stored) if kept else {}
        if not asked.stored:
            results = _measured(asked, results)
        _write(results, split, asked.report)
    except CostscopeError as error:
        print(f"host_accuracy: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    keys = [regime.key for regime in REGIMES]
    parser.add_argument("--regime", action="append", choices=keys, help="only these")
    parser.add_argument("--hw", default="host", help="the calibrated profile")
    parser.add_argument("--time-limit", type=float, default=6.0, help="seconds a measurement")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of exported networks")
    parser.add_argument("--only", default="*", help="pattern of network names, for a trial")
    parser.add_argument("--from", dest="stored", type=Path, help="stored results; measure nothing")
    parser.add_argument("--check", action="store_true", help="compare the report, write nothing")
    parser.add_argument("--report", type=Path, default=DATA.with_suffix(".md"), help="to write")
    return parser.parse_args()


def float_networks(corpus: Path) -> list[Subject]:
    """Every different torchvision and timm network, and the zoo's architectures."""
    files = [*sorted(corpus.glob("tv_*.onnx")), *sorted(corpus.glob("timm_*.onnx"))]
    exported = [Subject(path.stem, str(path)) for path in files if "__" not in path.stem]
    return [*exported, *(Subject(f"zoo:{name}", f"zoo:{name}") for name in _architectures())]


def int8_networks(corpus: Path) -> list[Subject]:
    """Quantized exports (QDQ, QOperator, dynamic), and the zoo's small networks with QDQ pairs."""
    found = [Subject(path.stem, str(path)) for path in sorted(corpus.glob("*__int8_*.onnx"))]
    small = [name for name in _architectures() if {"mobile", "mcu"} & set(catalog.load(name).tags)]
    return [*found, *(Subject(f"zoo:{name}@int8", build(name, dtype="int8")) for name in small)]


def _architectures() -> list[str]:
    return [name for name in catalog.names() if not _NOT_NETWORKS & set(catalog.load(name).tags)]


def _measured(asked: argparse.Namespace, before: dict[str, Accuracy]) -> dict[str, Accuracy]:
    """The results with those of the regimes asked for, each stored as soon as it is there."""
    if not asked.corpus.is_dir():
        print("the corpus of exported networks is absent: the zoo alone", file=sys.stderr)
    hardware, results = machine(asked.hw), dict(before)
    for regime in REGIMES:
        if asked.regime and regime.key not in asked.regime:
            continue
        every = int8_networks(asked.corpus) if regime.int8 else float_networks(asked.corpus)
        results[regime.key] = validate(
            [each for each in every if _is_wanted(each, regime, asked.only)],
            hardware,
            threads=regime.threads,
            optimization=regime.optimization,
            time_limit_s=asked.time_limit,
            on_progress=_teller(regime),
        )
        _store(results, asked.report.with_suffix(".json"))
    return _read(asked.report.with_suffix(".json"))


def _is_wanted(subject: Subject, regime: Regime, pattern: str) -> bool:
    if not fnmatchcase(subject.name, pattern):
        return False
    return regime.most_macs == inf or _macs(subject) <= regime.most_macs


def _macs(subject: Subject) -> int:
    """Multiply-accumulates; 0 for a network that cannot be counted, which validation will tell."""
    try:
        return analyze(subject.model).totals.work.macs
    except CostscopeError:
        return 0


def _teller(regime: Regime) -> Any:
    def tell(now: Progress) -> None:
        left = "" if now.left_s is None else f", {now.left_s / 60:.0f} min left"
        print(f"{regime.key} {now.done * 100:.0f} %{left}: {now.what}", file=sys.stderr, flush=True)

    return tell


def _store(results: dict[str, Accuracy], path: Path) -> None:
    records = {key: to_record(accuracy) for key, accuracy in results.items()}
    text = json.dumps({"schema_version": SCHEMA_VERSION, "regimes": records}, allow_nan=False)
    lines = text.replace('{"name": ', '\n{"name": ')  # a line a network: differences are readable
    write_atomically(path, lambda place: place.write_text(f"{lines}\n", encoding="utf-8"))


def _read(path: Path) -> dict[str, Accuracy]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CostscopeError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise CostscopeError(f"{path}: not JSON: {error}") from None
    regimes = content.get("regimes") if isinstance(content, dict) else None
    if not isinstance(regimes, dict) or content.get("schema_version") != SCHEMA_VERSION:
        raise CostscopeError(f"{path}: not the results of this command")
    return {key: from_record(record) for key, record in regimes.items()}


def _write(results: dict[str, Accuracy], split: Split | None, path: Path) -> None:
    text = report(results, split)
    write_atomically(path, lambda place: place.write_text(text, encoding="utf-8"))
    shown: Sequence[Regime] = [regime for regime in REGIMES if regime.key in results]
    panels = [panel_of(results[each.key], each.title) for each in shown]
    draw(panels, path.with_suffix(".png"))
    print(f"{path} and its picture written", file=sys.stderr)


def _check(path: Path, text: str) -> int:
    same = path.is_file() and path.read_text(encoding="utf-8") == text
    if not same:
        print(f"{path}: not what its data says; run `make report-host`", file=sys.stderr)
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
