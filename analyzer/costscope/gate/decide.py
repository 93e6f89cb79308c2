"""A verdict for every limit: pass, fail, or why it cannot be told.

A pass is said in one place only, where a finite value stands beside a finite limit and is not
beyond it. Whatever else happens is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from costscope.gate.baseline import Baseline, Entry
from costscope.gate.globs import matches
from costscope.gate.limits import Limit, Written
from costscope.gate.metrics import Kind
from costscope.gate.types import Budget, Checked, Figure, Standing, Verdict
from costscope.views.report.names import brief

UPPER = "upper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What limits are decided on.

    Attributes:
        checked: every model on every machine.
        baseline: to compare with; None where there is none.
        no_baseline: why there is none, and what to do; "" where there is one.
        canonical: the name that verdicts have for a machine.
        rewrite: the command that writes the baseline anew.
        elsewhere: keys of the project's models that somebody chose not to check in this run.
        other_machines: names of the project's machines, likewise.
    """

    checked: tuple[Checked, ...]
    baseline: Baseline | None = None
    no_baseline: str = ""
    canonical: Callable[[str], str] = str
    rewrite: str = "costscope baseline write"
    elsewhere: tuple[str, ...] = ()
    other_machines: tuple[str, ...] = ()


def verdicts(written: Sequence[Written], evidence: Evidence) -> tuple[Verdict, ...]:
    """At least one verdict for every limit, and for every model that could not be read.

    Failures come first, then what is undecided; else in the order of limits, models, machines.

    Raises:
        ProfileError: a limit is for a machine that does not exist.
    """
    found = [verdict for each in written for verdict in _of(each, evidence)]
    judged = {(each.model, each.hardware) for each in found}
    found += [
        _unread(each)
        for each in evidence.checked
        if each.error and not judged & {(each.model, each.hardware), (each.model, "")}
    ]
    ranks = {Standing.FAIL: 0, Standing.UNDECIDED: 1, Standing.PASS: 2}
    return tuple(sorted(found, key=lambda each: ranks[each.standing]))


def is_left_out(written: Written, evidence: Evidence) -> bool:
    """Whether a limit is only for models or machines that somebody chose not to check now.

    What it names must be the project's: a glob that matches nothing there is undecided.
    """
    if written.limit is None or not evidence.checked:
        return False
    stale = next(_unmatched(written.budget, evidence), None)
    return stale is None and not _concerned(written.budget, evidence)


def _of(written: Written, evidence: Evidence) -> list[Verdict]:
    """The verdicts of one limit; never none."""
    found = list(_decided(written, evidence))
    return found or [_open(written.budget, "nothing was found to decide it on")]


def _decided(written: Written, evidence: Evidence) -> Iterator[Verdict]:
    budget, limit = written.budget, written.limit
    if limit is None:
        yield _open(budget, written.problem or "it cannot be understood")
        return
    yield from _unmatched(budget, evidence)
    everywhere = dict(_by_model(evidence.checked))
    for key, machines in _by_model(_concerned(budget, evidence)):
        all_ = len(machines) == len(everywhere[key])
        same = all_ and not limit.relative and _alike(machines, limit.metric.name)
        for each in machines[:1] if same else machines:
            verdict = _verdict(budget, limit, each, evidence)
            yield replace(verdict, hardware="") if same else verdict


def _unmatched(budget: Budget, evidence: Evidence) -> Iterator[Verdict]:
    """What a limit names that is not checked."""
    if not evidence.checked:
        yield _open(budget, "no model was checked")
        return
    known = [*(each.key for each in evidence.checked), *evidence.elsewhere]
    for glob in budget.models:
        if not any(matches(glob, key) for key in known):
            yield _open(budget, f"no model that is checked matches {brief(glob)!r}")
    there = {*(each.hardware for each in evidence.checked), *evidence.other_machines}
    for name in budget.hardware:
        wanted = evidence.canonical(name)
        if wanted not in there:
            why = f"{wanted} is not checked; add it with --hw or to hardware = [...]"
            yield _open(budget, why, hardware=wanted)


def _concerned(budget: Budget, evidence: Evidence) -> list[Checked]:
    names = {evidence.canonical(name) for name in budget.hardware}
    return [
        each
        for each in evidence.checked
        if (not budget.models or any(matches(glob, each.key) for glob in budget.models))
        and (not names or each.hardware in names)
    ]


def _by_model(checked: Sequence[Checked]) -> list[tuple[str, list[Checked]]]:
    groups: dict[str, list[Checked]] = {}
    for each in checked:
        groups.setdefault(each.key, []).append(each)
    return list(groups.items())


def _alike(machines: Sequence[Checked], metric: str) -> bool:
    """Whether several machines say the same of a metric: then one verdict is enough."""
    said = {(each.error, _figure(each, metric)) for each in machines}
    return len(machines) > 1 and len(said) == 1


def _figure(checked: Checked, metric: str) -> Figure | None:
    return next((each for each in checked.figures if each.metric == metric), None)


def _verdict(budget: Budget, limit: Limit, checked: Checked, evidence: Evidence) -> Verdict:
    """One limit on one model on one machine."""
    blank = _open(budget, "", model=checked.model, hardware=checked.hardware)
    if checked.error:
        return replace(blank, reason=checked.error)
    figure = _figure(checked, limit.metric.name)
    if figure is None:
        return replace(blank, reason=f"{limit.metric.name} was not computed")
    known = replace(
        blank,
        unit=figure.unit,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        causes=figure.causes,
        at_least=figure.at_least,
    )
    if not limit.relative:
        return _compared(replace(known, limit=limit.most), figure)
    return _increased(known, figure, limit, checked, evidence)


def _increased(
    known: Verdict, figure: Figure, limit: Limit, checked: Checked, evidence: Evidence
) -> Verdict:
    """A limit on the increase over the baseline."""
    entry = _entry(checked, evidence)
    if isinstance(entry, str):
        return replace(known, reason=entry)
    name = limit.metric.name
    bases = entry.highs if known.budget.confidence == UPPER and _interval(figure) else entry.values
    base = bases.get(name)
    if base is None:
        why = f"the baseline has no {name} of it; write it anew with `{evidence.rewrite}`"
        return replace(known, reason=why)
    old = sum(
        seen.known and not seen.suppressed and seen.finding.severity in limit.metric.severities
        for seen in checked.findings
    )
    if figure.value is not None and old:  # findings: the baseline's count has the known ones
        figure = replace(figure, value=figure.value + old)
    known = replace(known, value=figure.value, base=base, limit=limit.against(base))
    return _compared(known, figure)


def _interval(figure: Figure) -> bool:
    """Whether it is a prediction, which may be off."""
    return figure.unit == Kind.TIME


def _entry(checked: Checked, evidence: Evidence) -> Entry | str:
    """What the baseline has of a model on a machine; why it cannot be compared."""
    if evidence.baseline is None:
        return evidence.no_baseline or "there is no baseline"
    entry = evidence.baseline.entries.get((checked.key, checked.hardware))
    anew = f"write it anew with `{evidence.rewrite}`"
    if entry is None:
        on = f" on {checked.hardware}" if checked.hardware else ""
        return f"the baseline does not have it{on}; {anew}"
    if entry.hardware_sha256 != checked.hardware_sha256:
        return f"the profile of {checked.hardware} changed since the baseline; {anew}"
    if dict(entry.settings) != dict(checked.settings):
        then, now = _told(entry.settings), _told(checked.settings)
        return f"the baseline was made with {then}, not with {now}; {anew}"
    return entry


def _told(settings: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings) or "no settings"


def _compared(known: Verdict, figure: Figure) -> Verdict:
    """The verdict of a value beside its limit."""
    value, limit = figure.value, known.limit
    if value is None:
        return replace(known, reason=figure.why or "it is not known")
    if limit is None or not math.isfinite(value) or not math.isfinite(limit):
        return replace(known, reason="the value or the limit is not finite")
    if value > limit:
        return replace(known, standing=Standing.FAIL, reason=figure.why)
    if figure.at_least:
        return replace(known, reason=f"it is only a lower bound: {figure.why}")
    if known.budget.confidence == UPPER and _interval(figure):
        return _upper(known, figure, limit)
    if value <= limit:
        return replace(known, standing=Standing.PASS)
    return replace(known, reason="the value cannot be compared")


def _upper(known: Verdict, figure: Figure, limit: float) -> Verdict:
    """The verdict where the upper end of the interval must fit as well."""
    high = figure.high
    if high is None:
        why = "its upper end is not known: no held-out networks say how far off it may be"
        return replace(known, reason=f'{why}; confidence = "median" compares the prediction')
    if not math.isfinite(high):
        return replace(known, reason="the upper end of its interval is not finite")
    if high > limit:
        return replace(
            known, standing=Standing.FAIL, reason="the upper end of its interval is beyond"
        )
    if high <= limit:
        return replace(known, standing=Standing.PASS)
    return replace(known, reason="the upper end of its interval cannot be compared")


def _open(budget: Budget, reason: str, *, model: str = "", hardware: str = "") -> Verdict:
    return Verdict(
        budget=budget,
        standing=Standing.UNDECIDED,
        model=model,
        hardware=hardware,
        reason=reason,
    )


def _unread(checked: Checked) -> Verdict:
    """A model that no limit is for and that could not be read: that is no pass either."""
    budget = Budget(place=f"MODEL {brief(checked.model)}", metric="model", text="can be read")
    return _open(budget, checked.error, model=checked.model, hardware=checked.hardware)
