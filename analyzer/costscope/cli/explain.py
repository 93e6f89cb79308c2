"""`costscope explain`: what a rule finds, why that costs time, and what to do about it."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from costscope.rules import Rule

SCHEMA_VERSION = "1.0"  # of --format json


class Format(StrEnum):
    """How the command prints."""

    TEXT = "text"
    JSON = "json"


Code = Annotated[
    str | None, typer.Argument(metavar="[RULE]", help="Its code, as G1; all rules if left out.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]


def explain(code: Code = None, style: FormatOption = Format.TEXT) -> None:
    """Explain a rule: what it finds, why it costs, how to fix it, thresholds and source.

    As JSON: schema_version, and rules with code, name, severity, summary and text.

    Examples:
        costscope explain

        costscope explain G1
    """
    from costscope.rules import RULES

    rules = [_named(code)] if code else [rule for _, rule in RULES.items()]
    if style is Format.JSON:
        typer.echo(json.dumps(_records(rules), indent=2))
    elif code:
        (rule,) = rules
        typer.echo(f"{rule.code}: {rule.name} ({rule.severity})\n\n{rule.text}")
    else:
        _print(rules)


def _named(code: str) -> Rule:
    """The rule of a code, or of its name.

    Raises:
        UsageError: there is none.
    """
    from costscope.errors import UsageError
    from costscope.rules import RULES

    wanted = code.strip().lower().replace("-", " ").replace("_", " ")
    for key, rule in RULES.items():
        if wanted in (key.lower(), rule.name):
            return rule
    raise UsageError(f"no rule {code!r}; choose one of {', '.join(RULES.keys())}")


def _records(rules: list[Rule]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "rules": [
            {
                "code": rule.code,
                "name": rule.name,
                "severity": str(rule.severity),
                "summary": rule.summary,
                "text": rule.text,
            }
            for rule in rules
        ],
    }


def _print(rules: list[Rule]) -> None:
    """A line each."""
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        typer.echo(f"{rule.code:<3} {rule.name:<{width}}  {rule.summary}")
    typer.echo("\ncostscope explain RULE says more.")
