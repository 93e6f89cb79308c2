"""One run of the gate: layers in, a `Check` out; and the baseline that a check compares with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from costscope import __version__
from costscope.errors import ModelError, UsageError
from costscope.gate import baseline as baselines
from costscope.gate.baseline import Baseline
from costscope.gate.config import relative
from costscope.gate.decide import Evidence, is_left_out, verdicts
from costscope.gate.findings import codes, covers, fits, selected
from costscope.gate.limits import Written
from costscope.gate.machines import canonical
from costscope.gate.many import OnDone, check_many
from costscope.gate.metrics import Kind
from costscope.gate.one import Request, size_setting, sizes_asked
from costscope.gate.options import given
from costscope.gate.plan import Asked, Plan, plan
from costscope.gate.types import Check, Checked, Standing, Verdict
from costscope.views.report.names import brief, counted

_WRITE = "costscope baseline write"


def check(asked: Asked, *, on_done: OnDone | None = None) -> Check:
    """A verdict for every limit that anyone wrote.

    Args:
        asked: what the command line says.
        on_done: told of each model that is done, with the share of all.

    Raises:
        UsageError: there is no limit or no model, or something that cannot be understood.
    """
    planned = plan(asked)
    if not planned.written:
        raise UsageError(
            'nothing to check: no limit is written; give one, as in --budget "latency=12 ms", '
            "or under [budget] in costscope.toml"
        )
    called = cache(lambda text: canonical(text, planned.root))
    for each in planned.written:
        for hardware in each.budget.hardware:
            called(hardware)  # one that does not exist is refused before any work
    name, found = _baseline(planned)
    checked = _checked(planned, asked, found, on_done)
    evidence = Evidence(
        checked=checked,
        baseline=found,
        no_baseline=_no_baseline(name),
        canonical=called,
        rewrite=f"{_WRITE} -o {name}" if name else _WRITE,
        elsewhere=planned.elsewhere,
        other_machines=planned.other_machines,
    )
    left_out = tuple(each for each in planned.written if is_left_out(each, evidence))
    decided = verdicts([each for each in planned.written if each not in left_out], evidence)
    return Check(
        verdicts=decided,
        checked=checked,
        config=planned.config,
        baseline=name if found is not None else "",
        undecided_fails=planned.undecided_fails,
        left_out=tuple(each.budget for each in left_out),
        notes=tuple(_notes(planned, left_out, decided, evidence)),
    )


def new_baseline(
    asked: Asked, output: Path | None = None, *, on_done: OnDone | None = None
) -> tuple[Path, str]:
    """Where the baseline of all models goes, and its text.

    Args:
        asked: what the command line says.
        output: where to; None for the configuration's, else `costscope-baseline.json`.
        on_done: told of each model that is done, with the share of all.

    Raises:
        UsageError: no model, or something that cannot be understood.
        ModelError: a model cannot be analysed.
    """
    planned = plan(asked)
    listed = given(planned.layers, "baseline")
    path = planned.here / output if output else planned.root / baselines.DEFAULT_NAME
    if output is None and listed is not None:
        path = listed.folder / listed.value
    checked = _checked(planned, asked, None, on_done)
    broken = {each.model: each.error for each in checked if each.error}
    if broken:
        model, why = next(iter(broken.items()))
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        told = why if why.startswith(model) else f"{model}: {why}"
        raise ModelError(f"no baseline is written: {told}{more}")
    return Path(relative(path, planned.here)), baselines.text_of(checked)


def _baseline(planned: Plan) -> tuple[str, Baseline | None]:
    """Name and content of the baseline; "" where none is named, None where none is there."""
    listed = given(planned.layers, "baseline")
    if listed is None:
        return "", None
    path = listed.folder / listed.value
    name = relative(path, planned.here)
    return name, baselines.read(path, name) if path.exists() else None


def _no_baseline(name: str) -> str:
    if not name:
        return f"no baseline is named; make one with `{_WRITE}`, then give it with --baseline"
    return f"there is no baseline {brief(name)} yet; make it with `{_WRITE} -o {brief(name)}`"


def _checked(
    planned: Plan, asked: Asked, found: Baseline | None, on_done: OnDone | None
) -> tuple[Checked, ...]:
    request = replace(planned.request, several=len(planned.models) > 1)
    if request.screen is not None and found is not None:
        request = replace(request, screen=replace(request.screen, known=found.known()))
    if not asked.measured:
        checked = check_many(planned.models, request, jobs=asked.jobs, on_done=on_done)
        _refuse_unused(checked, request)
        return checked
    from costscope.gate.measured import check_request, with_measured

    check_request(request)
    checked = check_many(planned.models, request, jobs=asked.jobs)
    _refuse_unused(checked, request)
    return with_measured(planned.models, checked, request, on_done=on_done)


def _refuse_unused(checked: Sequence[Checked], request: Request) -> None:
    """Refuse a size that no model has a place for: it is misspelt, and another took its default."""
    good = [each for each in checked if not each.error]
    known = {key for each in good for key, _ in each.settings}
    for option, sizes in sizes_asked(request).items():
        for name in sizes if good else ():
            if size_setting(option, name) not in known:
                what = "dimension" if option == "dims" else "input"
                raise UsageError(
                    f"{option} {brief(name)}: no model that is checked has this {what}"
                )


def _left_out(limits: Sequence[Written]) -> Iterator[str]:
    """The limits that this run was not asked for."""
    if limits:
        more = f" and {len(limits) - 1} more" if len(limits) > 1 else ""
        yield (
            "not asked for here, by models or machines on the command line: "
            f"{brief(limits[0].budget.place, 80)}{more}"
        )


def _assumed(checked: Sequence[Checked]) -> Iterator[str]:
    """What the figures take for granted, each sentence once."""
    by_sentence: dict[str, dict[str, None]] = {}
    for each in checked:
        for sentence in each.assumptions:
            by_sentence.setdefault(sentence, {})[each.model] = None
    for sentence, found in by_sentence.items():
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"taken for granted for {brief(next(iter(found)))}{others}: {sentence}"


def _notes(
    planned: Plan, left_out: Sequence[Written], decided: Sequence[Verdict], evidence: Evidence
) -> Iterator[str]:
    """Sentences that a reader must know."""
    checked = evidence.checked
    if not planned.undecided_fails:
        place = given(planned.layers, "on_undecided")
        yield f"what cannot be decided only warns, as {place.place if place else '?'} asks"
    named = given(planned.layers, "baseline")
    told = {each.reason for each in decided}
    if evidence.baseline is None and named is not None and evidence.no_baseline not in told:
        yield evidence.no_baseline
    if evidence.baseline is not None and evidence.baseline.version != __version__:
        yield (
            f"the baseline was written by costscope {brief(evidence.baseline.version)}, this is "
            f"{__version__}: differences may come from that"
        )
    judged = {(each.model, each.hardware) for each in decided}
    spared = {
        each.model
        for each in checked
        if not judged & {(each.model, each.hardware), (each.model, "")}
    }
    if spared:
        some = brief(min(spared))
        yield f"{counted(len(spared), 'model')} without any limit on some machine, such as {some}"
    yield from _unused(planned, checked)
    yield from _left_out(left_out)
    yield from _unsure(checked, decided)
    yield from _assumed(checked)
    yield from dict.fromkeys(
        f"{each.model}: latency is {figure.source}"
        for each in checked
        for figure in each.figures
        if figure.source
    )


def _unsure(checked: Sequence[Checked], decided: Sequence[Verdict]) -> Iterator[str]:
    """Machines whose latency passed without an interval: it is far from what was measured."""
    passed = {
        (each.model, each.hardware)
        for each in decided
        if each.standing is Standing.PASS and each.unit == Kind.TIME and each.high is None
    }
    for name in dict.fromkeys(each.hardware for each in checked):
        models = [model for model, hardware in passed if hardware == name]
        if models:
            yield (
                f"{name}: no interval stands behind the latency of {counted(len(models), 'model')}"
                f" such as {brief(min(models))}: too much of it lies outside what was measured"
            )


def _unused(planned: Plan, checked: Sequence[Checked]) -> Iterator[str]:
    """Suppressions that suppress nothing: what they were for is gone, or misspelt."""
    screen = planned.request.screen
    if screen is None:
        return
    for each in planned.suppressions:
        used = not any(selected(code, screen) for code in codes() if fits(each.rule, code)) or any(
            covers(each, seen.finding, model.key) for model in checked for seen in model.findings
        )
        if not used:
            yield f"{each.place}: it suppresses nothing ({each.rule}, {brief(each.nodes)}); drop it"
