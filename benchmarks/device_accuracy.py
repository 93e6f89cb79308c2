"""How good the shipped device profiles are on what they have not seen: reports/device_accuracy.*.

    python benchmarks/device_accuracy.py            fits, then writes report, JSON and pictures
    python benchmarks/device_accuracy.py --check    1 if the files are not what a run gives
    python benchmarks/device_accuracy.py --text     report and pictures from the JSON as it is

From hardware_profiles/ alone; some three minutes of one core.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from costscope.errors import CostscopeError
from costscope.files import write_atomically
from costscope.fit.networks import Networks
from costscope.fit.profile_file import head
from costscope.hardware.catalog import names
from costscope.hardware.parse import parse
from costscope.hardware.types import Hardware
from device_accuracy_held import held_out
from device_accuracy_memory import Memory, memories
from device_accuracy_memory import to_record as memory_record
from device_accuracy_plot import draw
from device_accuracy_rows import SCHEMA_VERSION, dumped, from_record, parsed, to_record
from device_accuracy_runtimes import other_runtimes
from device_accuracy_summary import summary
from device_accuracy_text import Report, markdown
from device_profiles import ROOT as PROFILES
from device_profiles import rows as measured_rows

REPORTS = Path(__file__).resolve().parents[1] / "reports"
_TABLES = PROFILES / "measurements"
_TOLERANCE = 0.01
_LEAST = 1e-6


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--text", action="store_true", help="fit nothing, read the JSON")
    parser.add_argument("--report", type=Path, default=REPORTS / "device_accuracy.md")
    asked = parser.parse_args()
    path: Path = asked.report
    data = path.with_suffix(".json")
    try:
        if asked.check:
            return check(path, data, record(run()))
        report = read(data) if asked.text else run()
        write(report, path, data)
    except CostscopeError as error:
        print(f"device_accuracy: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def run() -> Report:
    """Everything fitted and predicted anew."""
    rows, machines, networks = measured_rows(), all_machines(), Networks()
    batches, families = held_out(rows, machines, networks, told=_tell)
    _tell("runtimes left out")
    runtimes = other_runtimes(rows, machines, batches, networks)
    _tell("peak RAM")
    return Report(
        families=families,
        runtimes=runtimes,
        memories=memories(_TABLES / "mcu.csv"),
        uses=uses(_TABLES),
    )


def all_machines() -> dict[str, Hardware]:
    """Every shipped profile as people wrote it, without fitted rates."""
    found = {}
    for name in names():
        text = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
        found[name] = parse(head(text), name=name)
    return found


def uses(folder: Path) -> dict[str, dict[str, int]]:
    """By table, how many rows are used, and how many are not for which reason."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = dict(Counter(row["use"] for row in csv.DictReader(file)))
    return found


def record(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "summary": summary(report.families, report.runtimes, report.memories),
        "families": [to_record(held) for held in report.families],
        "runtimes": [to_record(held) for held in report.runtimes],
        "memories": [memory_record(each) for each in report.memories],
        "uses": report.uses,
    }


def read(path: Path) -> Report:
    """The report of a JSON file.

    Raises:
        CostscopeError: there is none, or it is not one of this command.
    """
    try:
        content = parsed(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise CostscopeError(f"{path}: cannot be read: {error.strerror or error}") from None
    return Report(
        families=tuple(map(from_record, content["families"])),
        runtimes=tuple(map(from_record, content["runtimes"])),
        memories=tuple(Memory(**each) for each in content["memories"]),
        uses=content["uses"],
    )


def write(report: Report, path: Path, data: Path) -> None:
    """JSON, then report and pictures of what the JSON says."""
    text = dumped(record(report))
    write_atomically(data, lambda place: place.write_text(text, encoding="utf-8"))
    told = read(data)
    words = markdown(told)
    write_atomically(path, lambda place: place.write_text(words, encoding="utf-8"))
    draw(told.families, path)
    print(f"{path}, its JSON and pictures written", file=sys.stderr)


def check(path: Path, data: Path, fresh: dict[str, Any]) -> int:
    """1 unless the JSON is what a run gives, and the report what the JSON says."""
    stored = parsed(data.read_text(encoding="utf-8"), str(data)) if data.is_file() else {}
    wrong = difference(stored, fresh)
    if wrong:
        print(f"{data}: {wrong}; run `make report-devices`", file=sys.stderr)
        return 1
    words = path.read_text(encoding="utf-8") if path.is_file() else ""
    if words != markdown(read(data)):
        print(f"{path}: not what its JSON says; run `make report-devices`", file=sys.stderr)
        return 1
    return 0


def difference(old: Any, new: Any, where: str = "") -> str:
    """Where two contents differ by more than 1 %; "" if nowhere."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys():
            return f"{where or 'the file'}: other keys than a run gives"
        parts = [difference(old[key], new[key], f"{where}.{key}".lstrip(".")) for key in old]
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        if len(old) != len(new):
            return f"{where}: {len(old)} where a run gives {len(new)}"
        pairs = zip(old, new, strict=True)
        parts = [difference(a, b, f"{where}[{at}]") for at, (a, b) in enumerate(pairs)]
    else:
        return "" if _alike(old, new) else f"{where}: {old!r} where a run gives {new!r}"
    return next(filter(None, parts), "")


def _alike(old: Any, new: Any) -> bool:
    numbers = (int, float)
    if type(old) in numbers and type(new) in numbers:
        return math.isclose(old, new, rel_tol=_TOLERANCE, abs_tol=_LEAST)
    return bool(old == new)


def _tell(what: str) -> None:
    print(f"{time.process_time():6.1f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
