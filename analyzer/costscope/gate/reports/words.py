"""How a check is put in words: where, why, what it saves, and all of it in a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

from costscope.gate.reports.figures import comparison, percent, quantity
from costscope.gate.reports.foreign import named, said, sentence
from costscope.gate.reports.order import Found
from costscope.gate.types import Check, Checked, Seen, Standing, Verdict
from costscope.views.report.names import counted

_FEW = 3  # names of a list that are shown
_BUDGETS = 8  # budgets with the same reason that are shown
_SPOKEN = ("--budget ", "MODEL ")  # places that say no more than the budget itself


def place(model: str, hardware: str) -> str:
    """Where a verdict or finding is about: `a.onnx on pixel6`."""
    where = named(model) if model else ""
    machine = f"on {named(hardware)}" if hardware else ""
    return " ".join(part for part in (where, machine) if part) or "no model"


def told(verdict: Verdict) -> str:
    """All of a verdict: where, the figures or what was asked, why, and what weighs most."""
    if verdict.standing is Standing.UNDECIDED:
        return because(asked(verdict), verdict)
    where = place(verdict.model, verdict.hardware)
    return because(f"{where}: {comparison(verdict)}", verdict, mark=";")


def because(head: str, verdict: Verdict, *, mark: str = ":") -> str:
    """What is told of a verdict, why it is so, and what weighs most in a value beyond its limit."""
    reason = _reason(verdict)
    start = f"{head}{mark} {reason}" if reason else sentence(head)
    causes = verdict.causes if verdict.standing is Standing.FAIL else ()
    return f"{start} Most of it: {_few(causes)}." if causes else start


def _reason(verdict: Verdict) -> str:
    """Why, without the name of the model, which the reader was just told."""
    model = f"{verdict.model}: "
    bare = verdict.reason.removeprefix(model) if verdict.model else verdict.reason
    return sentence(said(bare))


def _few(names: Iterable[str], *, most: int = _FEW) -> str:
    """The first names of a list, and how many more there are."""
    every = list(names)
    shown = ", ".join(named(each) for each in every[:most])
    more = len(every) - most
    return f"{shown} and {more} more" if more > 0 else shown


def failure_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """Why what fails does, and what weighs most in it; the same is said once."""
    told_of = (each for each in verdicts if each.reason or each.causes)
    return list(dict.fromkeys(because(about(each), each) for each in told_of))


def open_lines(check: Check) -> list[str]:
    """What cannot be decided, a line for each reason: what was asked of which models."""
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for each in check.of(Standing.UNDECIDED):
        own = each.reason.startswith(each.model) or not each.model
        key = (each.model, each.hardware) if own else ("", "")
        groups.setdefault((_reason(each), *key), []).append(each)
    return [line for each in groups.values() for line in _group(each)]


def _group(verdicts: Sequence[Verdict]) -> list[str]:
    """One line for verdicts with the same reason, or one for each if they don't go together."""
    budgets = list(dict.fromkeys(_ask(each) for each in verdicts))
    places = dict.fromkeys(place(each.model, each.hardware) for each in verdicts if each.model)
    if len(verdicts) != len(budgets) * max(len(places), 1):  # not each of each: tell them apart
        return [told(each) for each in verdicts]
    for_ = f" for {_few(places)}" if places else ""
    return [because(f"{_few(budgets, most=_BUDGETS)}{for_}", verdicts[0])]


def about(verdict: Verdict) -> str:
    """The metric of what: `latency of a.onnx on pixel6`."""
    metric = said(verdict.budget.metric, 60)
    return f"{metric} of {place(verdict.model, verdict.hardware)}"


def asked(verdict: Verdict) -> str:
    """What was asked of what: `latency 12 ms (costscope.toml: budget[1].latency) for a.onnx`."""
    of = verdict.model or verdict.hardware
    return f"{_ask(verdict)} for {place(verdict.model, verdict.hardware)}" if of else _ask(verdict)


def _ask(verdict: Verdict) -> str:
    """The budget, and where it is written if that is in a file."""
    budget = verdict.budget
    where = "" if budget.place.startswith(_SPOKEN) else f" ({said(budget.place, 120)})"
    return f"{said(budget.metric, 60)} {said(budget.text, 40)}".strip() + where


def spot(check: Check, checked: Checked, seen: Seen) -> str:
    """Where a finding is, as far as it must be told: `stage2.block1 of a.onnx on pixel6`."""
    models = len({each.model for each in check.checked}) > 1
    machines = len({each.hardware for each in check.checked}) > 1
    subject = named(seen.finding.subject, 80)
    of = f" of {named(checked.model)}" if models else ""
    on = f" on {named(checked.hardware)}" if machines and checked.hardware else ""
    return f"{subject}{of}{on}"


def advice(seen: Seen) -> str:
    """What was found, and what to do about it."""
    found = seen.finding
    parts = (said(found.message).rstrip(". "), said(found.change))
    return sentence("; ".join(part for part in parts if part))


def greatest(found: Found) -> str:
    """The same of the greatest of a rule, and how many more it has."""
    rule = said(found.seen.finding.rule, 12)
    more = f" ({found.more} more of {rule} save less.)" if found.more else ""
    return f"{advice(found.seen)}{more}"


def saving(seen: Seen) -> str:
    """What a change would save: `1.23 ms (8.10 %)`, `2.00 MiB`; "-" where that is unknown."""
    found = seen.finding
    if found.saving_s is not None and isfinite(found.saving_s):
        ratio = found.saving_ratio
        share = f" ({percent(ratio)})" if ratio is not None and isfinite(ratio) else ""
        return f"{quantity(found.saving_s, 's')}{share}"
    return quantity(found.saving_bytes, "B") if found.saving_bytes is not None else "-"


def summary(check: Check) -> str:
    """The check in a line: `3 of 5 budgets pass, 1 fails, 1 cannot be decided`."""
    number = len(check.verdicts)
    if not number:
        return "no budget was checked"
    passes, fails, open_ = (len(check.of(each)) for each in Standing)
    verb = "passes" if 1 in (passes, number) else "pass"
    parts = [f"{passes} of {counted(number, 'budget')} {verb}"]
    if fails:
        parts.append(f"{fails} {'fails' if fails == 1 else 'fail'}")
    if open_:
        only = "" if check.undecided_fails else " (a warning, as asked)"
        parts.append(f"{open_} cannot be decided{only}")
    return ", ".join(parts)


def outcome(check: Check) -> str:
    """`pass`, `fail` or `undecided`: what the exit code says."""
    return {0: "pass", 1: "fail"}.get(check.exit_code, "undecided")


def subjects(check: Check) -> str:
    """What was checked: `4 models on 2 machines`."""
    models = len({each.model for each in check.checked})
    machines = len({each.hardware for each in check.checked} - {""})
    on = f" on {counted(machines, 'machine')}" if machines else ""
    return f"{counted(models, 'model')}{on}"


def left_out(number: int, noun: str) -> str:
    """A line for what a cap left out; "" where it left out nothing."""
    return (
        f"and {number} more {noun}{'' if number == 1 else 's'}: --format json has them all"
        if number > 0
        else ""
    )
