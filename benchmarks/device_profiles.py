"""Write the fitted part of every shipped profile, and the priors of their families.

    python benchmarks/device_profiles.py [--check]

From hardware_profiles/measurements/*.csv; some three minutes. With --check nothing is written:
exit code 1 where a shipped file is not what the fit gives (numbers may differ by 0.2 %, for
other processors round otherwise).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from functools import partial
from pathlib import Path
from typing import Any

from costscope.document import read as read_document
from costscope.errors import ProfileError
from costscope.files import write_atomically
from costscope.fit.prior import to_json
from costscope.fit.profile_file import head, with_rates
from costscope.fit.rows import Row, read_rows
from costscope.fit.shipped import by_profile, fit_all
from costscope.hardware.catalog import names
from costscope.hardware.parse import parse

ROOT = Path(__file__).resolve().parents[1] / "hardware_profiles"
_TOLERANCE = 2e-3


def rows() -> list[Row]:
    """All rows of all tables."""
    return [
        row for path in sorted((ROOT / "measurements").glob("*.csv")) for row in read_rows(path)
    ]


def files() -> dict[Path, str]:
    """What every fitted file should hold."""
    paths = [ROOT / f"{name}.yaml" for name in names()]
    machines = {path.stem: parse(head(_text(path)), name=path.stem) for path in paths}
    fits = fit_all(rows(), machines, told=lambda name: print(f"fitting {name}", file=sys.stderr))
    rates = by_profile(fits, machines)
    found = {path: with_rates(_text(path), rates.get(path.stem, ())) for path in paths}
    for fit in fits:
        found[ROOT / "priors" / f"{fit.family.name}.json"] = to_json(fit.prior)
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def same(old: str, new: str, suffix: str) -> bool:
    """Whether two files say the same, up to rounding."""
    return old == new or _alike(_read(old, suffix), _read(new, suffix))


def _read(text: str, suffix: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    return read_document(text, "profile", ProfileError)[0]


def _alike(old: Any, new: Any) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_alike(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    if isinstance(old, str) and isinstance(new, str):
        parts = [text.rsplit(" ", 1) for text in (old, new)]
        try:
            return parts[0][1:] == parts[1][1:] and _alike(*(float(p[0]) for p in parts))
        except ValueError:
            return old == new
    if isinstance(old, float | int) and isinstance(new, float | int):
        return math.isclose(old, new, rel_tol=_TOLERANCE, abs_tol=1e-6)
    return bool(old == new)


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def main() -> int:
    """Write or check; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    stale = []
    for path, text in files().items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old and same(old, text, path.suffix):
            continue
        stale.append(path.name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, partial(_write, text))
    if stale:
        verb = "not what the fit gives" if check else "written"
        print(f"{len(stale)} files {verb}: {', '.join(stale[:10])}", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
