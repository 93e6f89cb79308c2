"""Tracked reports: written, or compared with what this checkout gives."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from costscope.files import write_atomically


def asked_to_check(description: str | None) -> bool:
    """Whether `--check` was given: reports are then compared, not written."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true")
    return bool(parser.parse_args().check)


def settle(report: Path, text: str, *, check: bool) -> bool:
    """Write a report, or only tell whether it is stale."""
    if not check:
        write_atomically(report, lambda path: path.write_text(text, encoding="utf-8"))
        print(f"wrote {report}")
        return False
    stale = not report.exists() or report.read_text(encoding="utf-8") != text
    print(f"reports/{report.name}:", "STALE, run make reports" if stale else "up to date")
    return stale


def settle_one(report: Path, text_of: Callable[[], str], description: str | None) -> int:
    """A command that makes one report; 1 if it is stale."""
    check = asked_to_check(description)
    return int(settle(report, text_of(), check=check))
