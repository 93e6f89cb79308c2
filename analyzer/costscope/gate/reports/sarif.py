"""The check as SARIF 2.1.0, for code scanning: findings, and budgets that are not met.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, errata 01;
GitHub Docs, "SARIF support for code scanning", for what its viewer needs and shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from costscope import __version__
from costscope.gate.reports import report, words
from costscope.gate.reports.foreign import said, sentence
from costscope.gate.reports.records import Record
from costscope.gate.reports.sarif_results import number_of, results
from costscope.gate.reports.sarif_rules import descriptor
from costscope.gate.types import Check

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_MOST = 5_000  # results of a run that GitHub shows


@report("sarif", suffix=".sarif", summary="SARIF 2.1.0, for code scanning.")
def render(check: Check, _terminal: bool = False) -> str:
    """The check as a SARIF log of one run, the worst first; a line for each result.

    Results beyond the five thousand that viewers take are left out, and a notification says
    how many.
    """
    shown = list(islice(results(check), _MOST))
    return _text(_run(check, _numbered(shown), number_of(check) - len(shown)))


def _text(run: Record) -> str:
    """The log with a line for each result, so that two files are easily compared."""
    lines = ",\n".join(json.dumps(each, allow_nan=False) for each in run.pop("results"))
    head = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, allow_nan=False)
    opened = head.removesuffix("}]}")
    return (
        f'{opened}, "results": [\n{lines}\n]}}]}}\n' if lines else f'{opened}, "results": []}}]}}\n'
    )


def _numbered(shown: Sequence[Record]) -> list[Record]:
    """The results, each with the place of its rule among the rules."""
    places = {code: place for place, code in enumerate(_codes(shown))}
    return [
        {"ruleId": each["ruleId"], "ruleIndex": places[each["ruleId"]], **each} for each in shown
    ]


def _codes(shown: Sequence[Record]) -> list[str]:
    return sorted({each["ruleId"] for each in shown})


def _run(check: Check, shown: list[Record], hidden: int) -> Record:
    return {
        "tool": {
            "driver": {
                "name": "costscope",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [descriptor(code) for code in _codes(shown)],
            }
        },
        "automationDetails": {"id": "costscope/check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The folder that the check was run in."}}
        },
        "invocations": [_invocation(check, hidden)],
        "results": shown,
    }


def _invocation(check: Check, hidden: int) -> Record:
    """How the run went: the command itself succeeded, whatever it says of the models."""
    return {
        "executionSuccessful": True,
        "exitCode": check.exit_code,
        "exitCodeDescription": words.summary(check),
        "toolExecutionNotifications": list(chain(_broken(check), _notes(check, hidden))),
    }


def _broken(check: Check) -> Iterator[Record]:
    for each in check.checked:
        if each.error:
            where = words.place(each.model, each.hardware)
            yield _notification("error", f"{where}: {said(each.error)}")


def _notes(check: Check, hidden: int) -> Iterator[Record]:
    if hidden:
        yield _notification(
            "warning", f"{hidden} more results are not in this file: see --format json"
        )
    for note in check.notes:
        yield _notification("note", said(note))


def _notification(level: str, text: str) -> Record:
    return {"level": level, "message": {"text": sentence(text)}}
