"""Rules as SARIF describes them: those that find, and one for each metric with a budget."""

from __future__ import annotations

from costscope.analysis.types import Severity
from costscope.gate.reports.foreign import said
from costscope.gate.reports.records import Record
from costscope.rules import RULES, Rule
from costscope.views.report.marked import escape

BUDGET = "budget/"
ANALYSIS = "analysis"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def level_of(severity: str) -> str:
    """The word of SARIF for a severity."""
    return next((word for each, word in _LEVELS.items() if each == severity), "warning")


def descriptor(code: str) -> Record:
    """What SARIF says of a rule."""
    if code == ANALYSIS:
        text = "A model that could not be analysed: its budgets cannot be decided."
        return _described(code, "NotAnalysed", text)
    if code.startswith(BUDGET):
        return _of_budget(code)
    rule = RULES.get(code)
    return _described(code, code, f"The rule {code}.") if rule is None else _of_rule(rule)


def _of_rule(rule: Rule) -> Record:
    """A rule's documentation: the first sentence in short, all of it as help."""
    told = _described(rule.code, _name(rule.name), rule.summary)
    told["shortDescription"] = {"text": rule.name[:1].upper() + rule.name[1:]}
    told["help"] = {"text": rule.text, "markdown": _markdown(rule.text)}
    told["defaultConfiguration"] = {"level": level_of(rule.severity)}
    return told


def _markdown(text: str) -> str:
    """A docstring with its headings in bold; its indented lines are paragraphs, not code."""
    lines = []
    for line in text.split("\n"):
        heading = line.endswith(":") and not line.startswith(" ")
        lines += ["", f"**{line[:-1]}**", ""] if heading else [escape(line.strip())]
    return "\n".join(lines)


def _of_budget(code: str) -> Record:
    metric = code.removeprefix(BUDGET)
    text = f"The {metric} of a model is beyond its budget, or cannot be decided."
    return _described(code, f"{_name(metric)}Budget", text)


def _described(code: str, name: str, text: str) -> Record:
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": said(text)},
        "fullDescription": {"text": said(text)},
        "help": {"text": said(text)},
        "defaultConfiguration": {"level": "error"},
    }


def _name(text: str) -> str:
    """The name as SARIF likes it: `UnequalChannelWidth`."""
    split = "".join(sign if sign.isalnum() else " " for sign in text).split()
    return "".join(part[:1].upper() + part[1:] for part in split)
