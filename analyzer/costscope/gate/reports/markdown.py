"""The check as GitHub's markdown, for a pull-request comment or the summary of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from costscope.gate.reports import figures, order, report, words
from costscope.gate.reports.foreign import named, said, sentence
from costscope.gate.types import Check, Checked, Standing, Verdict
from costscope.views.report.marked import code, escape

_T = TypeVar("_T")
MARK = "<!-- costscope check -->"  # by which a bot finds its own comment again
_SIGNS = {
    Standing.PASS: "\N{WHITE HEAVY CHECK MARK}",
    Standing.FAIL: "\N{CROSS MARK}",
    Standing.UNDECIDED: "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}",
}
# GitHub takes comments of 65,536 characters; the rooms of the parts come to less than that.
_ROOMS = {
    "table": 22_000,
    "why": 11_000,
    "broken": 2_000,
    "passes": 7_000,
    "findings": 8_000,
    "notes": 3_000,
}


def _fitting(
    things: Sequence[_T], line: Callable[[_T], str], *, room: int
) -> tuple[list[str], int]:
    """Lines for the first things that fit into so many characters, and how many are left out."""
    kept: list[str] = []
    for each in things:
        text = line(each)
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    return kept, len(things) - len(kept)


@report("markdown", suffix=".md", summary="For pull-request comments and step summaries.")
def render(check: Check, _terminal: bool = False) -> str:
    """The check as markdown of less than 60,000 characters; foreign text is never markup."""
    blocks = [_head(check), _table(check), _why(check), _broken(check), _passes(check)]
    blocks += [_findings(check), _notes(check)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(check: Check) -> list[str]:
    standing = Standing(words.outcome(check))
    lines = [MARK, f"### {_SIGNS[standing]} costscope: {escape(words.summary(check))}", ""]
    files = [f"budgets of {code(named(check.config))}"] if check.config else []
    files += [f"baseline {code(named(check.baseline))}"] if check.baseline else []
    about = f"{words.subjects(check)}; {'; '.join(files)}" if files else words.subjects(check)
    return [*lines, f"{about}."]


def _bad(check: Check) -> tuple[Verdict, ...]:
    return (*order.failures(check), *check.of(Standing.UNDECIDED))


def _table(check: Check) -> list[str]:
    """What fails and what cannot be decided."""
    return _rows(_bad(check), _ROOMS["table"], "over")


def _rows(verdicts: Sequence[Verdict], room: int, head: str) -> list[str]:
    rows, hidden = _fitting(verdicts, _row, room=room)
    if not rows and not hidden:
        return []
    more = words.left_out(hidden, "budget")
    return [
        f"| | model | machine | budget | value | limit | {head} |",
        "| :-: | :-- | :-- | :-- | --: | --: | --: |",
        *rows,
        *(["", escape(more)] if more else []),
    ]


def _row(verdict: Verdict) -> str:
    ends, base = figures.interval(verdict), figures.base_of(verdict)
    shown = figures.value_of(verdict)
    bold = f"**{_unbroken(shown)}**" if verdict.standing is Standing.FAIL else _unbroken(shown)
    cells = (
        f"{_SIGNS[verdict.standing]}",
        code(named(verdict.model)) if verdict.model else "",
        escape(named(verdict.hardware, 60)),
        escape(said(verdict.budget.metric, 60)),
        f"{bold} ({escape(ends)})" if ends else bold,
        f"{_unbroken(figures.limit_of(verdict))}{f'<br><sub>{escape(base)}</sub>' if base else ''}",
        _unbroken(figures.margin(verdict).lstrip("+-")),
    )
    return f"| {' | '.join(cells)} |"


def _unbroken(text: str) -> str:
    """Figures that no line break parts from their units."""
    return escape(text).replace(" ", "&nbsp;").replace("&nbsp;(", " (")


def _why(check: Check) -> list[str]:
    """The reasons, below the table that has no room for them."""
    lines = [*words.failure_lines(order.failures(check)), *words.open_lines(check)]
    return _lines(lines, str, "why", "reason")


def _lines(things: Sequence[_T], text: Callable[[_T], str], part: str, noun: str) -> list[str]:
    """A list of sentences, as far as there is room in this part."""
    shown, hidden = _fitting(things, lambda each: f"- {escape(text(each))}", room=_ROOMS[part])
    more = words.left_out(hidden, noun)
    return [*shown, *([f"- {escape(more)}"] if more else [])]


def _broken(check: Check) -> list[str]:
    lines = _lines(order.broken(check), _error, "broken", "model")
    return ["Not analysed:", "", *lines] if lines else []


def _error(each: Checked) -> str:
    return f"{words.place(each.model, each.hardware)}: {said(each.error)}"


def _passes(check: Check) -> list[str]:
    passes = check.of(Standing.PASS)
    body = _rows(passes, _ROOMS["passes"], "left")
    noun = "budget passes" if len(passes) == 1 else "budgets pass"
    return _folded(f"{len(passes)} {noun}", body)


def _findings(check: Check) -> list[str]:
    found = order.findings(check)
    heads = found.heads
    rows, left = _fitting(heads, _finding, room=_ROOMS["findings"])
    hidden = sum(1 + each.more for each in heads[len(heads) - left :])
    beside = [f"- {escape(line)}" for line in found.beside(hidden)]
    table = [
        "| rule | in | where | what | saves |",
        "| :-- | :-- | :-- | :-- | --: |",
        *rows,
    ]
    body = [*(table if rows else []), *(["", *beside] if beside else [])]
    noun = "new finding" if len(found.new) == 1 else "new findings"
    return _folded(f"{len(found.new)} {noun}", body)


def _finding(each: order.Found) -> str:
    finding = each.seen.finding
    cells = (
        escape(said(finding.rule, 12)),
        escape(words.place(each.checked.model, each.checked.hardware)),
        code(named(finding.subject)),
        escape(said(words.greatest(each), 600)),
        _unbroken(words.saving(each.seen)),
    )
    return f"| {' | '.join(cells)} |"


def _notes(check: Check) -> list[str]:
    return _lines(check.notes, lambda each: sentence(said(each)), "notes", "note")


def _folded(title: str, body: list[str]) -> list[str]:
    """A part that opens when its title is clicked; the blank line lets markdown begin."""
    if not body:
        return []
    return ["<details>", f"<summary>{title}</summary>", "", *body, "", "</details>"]
