"""A comparison as a report for readers."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.comparison import changed, gaps, many, words
from costscope.comparison.types import Comparison, OnMachine, Part, Row, Sense, Verdict
from costscope.units import format_bytes, format_count, format_latency
from costscope.views.report import terminal
from costscope.views.report.headline import interval
from costscope.views.report.marked import marked
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import NONE
from costscope.views.report.types import Cells, Column, Fact, Grid, Report, Section, Tone

_NAME = 60
_LEGEND = (
    ("of base", "difference as a share of the base"),
    ("block", "operators whose names begin alike"),
    ("kernels", "in the base and in the head"),
    ("changed", "kernels that are not the same in both, pairs counted once"),
    ("bytes", "activations and weights moved by kernels"),
    ("holds", "most activation memory held while the block runs: it does not add up"),
    ("time", "as predicted, of all runs in one inference"),
)


def render_text(found: Comparison, *, top: int, is_terminal: bool) -> str:
    """The comparison for a terminal, as wide as it is, or for a file of text."""
    return terminal.text_of([report_of(found, top)], terminal=is_terminal)


def render_markdown(found: Comparison, *, top: int) -> str:
    """The comparison as GitHub's markdown; text from a model is never markup."""
    return marked([report_of(found, top)])


def report_of(found: Comparison, top: int) -> Report:
    """The report: two networks in detail, more as a table.

    Args:
        found: the comparison.
        top: blocks and kernels to show; 0 for all.
    """
    if found.detail is None:
        return many.report_of(found)
    base, head = (subject.label for subject in found.subjects)
    first = found.first
    where = f" on {clean(first.name)}" if first.name else ""
    sections = [_summary(found), *_machines(found), _totals(first)]
    sections += _blocks(found, top)
    sections += changed.kernels(found.detail, top, timed=bool(first.name))
    sections += [changed.peak(found), *gaps.sections(found)]
    return Report(
        title=f"{brief(head, _NAME)} beside {brief(base, _NAME)}{where}, as "
        f"{clean(first.runs_as)} runs them",
        subtitle=f"base: {brief(base, _NAME)}; head: {brief(head, _NAME)}; "
        "differences are head minus base",
        sections=tuple(sections),
        legend=_LEGEND,
    )


def _summary(found: Comparison) -> Section:
    row = found.first.rows[1]
    facts = [*latency_facts(row), changed.summary(found)]
    return Section("", facts=tuple(facts))


def latency_facts(row: Row) -> list[Fact]:
    """Whether a network is faster than the base, and by how much; nothing without a machine."""
    if row.verdict is None:
        note = "no machine was named; --hw NAME gives one ('costscope hw list' shows them)."
        return [Fact("latency", NONE, note, Tone.FAINT)]
    change = row.change("latency_s")
    tones = {Verdict.FASTER: Tone.GOOD, Verdict.SLOWER: Tone.BAD, Verdict.SAME: Tone.PLAIN}
    of_base = f" ({words.percent(change)})" if change.ratio else ""
    note = f"{_sentence(row)}; {row.reason}."
    if change.sense is Sense.OF_BOUNDS:
        note += " The difference is one of bounds."
    tone = tones.get(row.verdict, Tone.WARNING)
    return [Fact("latency", words.difference(change) + of_base, note, tone)]


def _sentence(row: Row) -> str:
    return {
        Verdict.FASTER: "the head is faster",
        Verdict.SLOWER: "the head is slower",
        Verdict.SAME: "no difference",
        Verdict.UNDECIDED: "which of the two is faster cannot be told",
        Verdict.UNKNOWN: "which of the two is faster cannot be told",
    }[row.verdict or Verdict.UNKNOWN]


def _machines(found: Comparison) -> list[Section]:
    """Machines side by side; nothing for one or none."""
    if len(found.machines) == 1:
        return []
    rows = []
    for machine in found.machines:
        head = machine.rows[1]
        change = head.change("latency_s")
        rows.append(
            (
                clean(machine.name),
                clean(machine.runs_as),
                words.amount("latency_s", change.base),
                words.amount("latency_s", change.head),
                words.difference(change),
                words.percent(change),
                words.VERDICTS[head.verdict or Verdict.UNKNOWN],
            )
        )
    columns = (
        Column("machine", Cells.PATH),
        Column("runtime", Cells.WORD, rank=3),
        Column("base"),
        Column("head"),
        Column("difference"),
        Column("of base", rank=1),
        Column("the head is", Cells.WORD),
    )
    return [Section("Latency by machine", grid=Grid(columns, tuple(rows)))]


def _totals(machine: OnMachine) -> Section:
    base, head = machine.rows
    rows: list[tuple[str, ...]] = []
    for change in head.changes:
        if change.quantity == "uncosted" and not (change.base.value or change.head.value):
            continue
        rows.append(
            (
                words.LABELS[change.quantity],
                words.amount(change.quantity, change.base),
                words.amount(change.quantity, change.head),
                words.difference(change),
                words.percent(change),
            )
        )
        if change.quantity == "latency_s":
            rows += _intervals(base, head)
    columns = (
        Column("quantity", Cells.WORD),
        Column("base"),
        Column("head"),
        Column("difference"),
        Column("of base", rank=1),
    )
    return Section("Totals", grid=Grid(columns, tuple(rows)))


def _intervals(base: Row, head: Row) -> list[tuple[str, ...]]:
    predictions = [row.deployment.prediction for row in (base, head)]
    shown = [interval(each) if each else "" for each in predictions]
    if not any(shown):
        return []
    return [("its interval", shown[0] or NONE, shown[1] or NONE, "", "")]


def _blocks(found: Comparison, top: int) -> list[Section]:
    """Differences by block, with a row for those not shown and one for all."""
    detail = found.detail
    if detail is None:
        return []
    parts = [part for part in detail.parts if part.changed_kernels or _differs(part)]
    if not parts:
        return []
    timed = any(part.latency_s is not None for part in parts)
    shown = parts[:top] if top else parts
    rest = parts[len(shown) :]
    rows = [_block(part, clean(part.block), timed=timed) for part in shown]
    bars = [_weight(part, timed=timed) for part in shown]
    if rest:
        rows.append(_block(_sum(rest), f"and {len(rest)} more", timed=timed, of_all=True))
    rows.append(_block(_sum(detail.parts), "in total", timed=timed, of_all=True))
    most = max(bars, default=0.0) or 1.0
    bars = [bar / most for bar in bars] + [0.0] * (len(rows) - len(bars))
    by = "kind of kernel (their names tell no blocks)" if detail.by_kind else "block"
    what = "latency" if timed else "MACs"
    same = len(detail.parts) - len(parts)
    title = f"Difference by {by}, largest of {what} first"
    if same:
        title += f"; {counted(same, 'kind' if detail.by_kind else 'block')} without any"
    grid = Grid(_block_columns(timed=timed, by_kind=detail.by_kind), tuple(rows), tuple(bars))
    return [Section(title, grid=grid)]


def _block_columns(*, timed: bool, by_kind: bool) -> tuple[Column, ...]:
    columns = [
        Column("kind" if by_kind else "block", Cells.PATH),
        Column("kernels", rank=3),
        Column("changed", rank=2),
        *([Column("latency")] if timed else []),
        Column("MACs"),
        Column("bytes", rank=1),
        Column("holds", rank=4),
    ]
    return tuple(columns)


def _block(part: Part, name: str, *, timed: bool, of_all: bool = False) -> tuple[str, ...]:
    kernels = (
        str(part.base_kernels)
        if part.base_kernels == part.head_kernels
        else f"{part.base_kernels} -> {part.head_kernels}"
    )
    seconds = None if part.latency_s is None else float(part.latency_s)
    held = part.head_held_bytes - part.base_held_bytes
    both = bool(part.base_kernels and part.head_kernels)
    return (
        name,
        kernels,
        str(part.changed_kernels),
        *([words.partly(seconds, format_latency, unknown=part.untimed)] if timed else []),
        words.partly(part.macs, format_count, unknown=part.uncosted),
        words.partly(part.traffic_bytes, format_bytes, unknown=part.uncosted),
        words.signed(held, format_bytes) if both and not of_all else NONE,
    )


def _differs(part: Part) -> bool:
    return bool(part.latency_s or part.macs or part.traffic_bytes)


def _weight(part: Part, *, timed: bool) -> float:
    return abs(float(part.latency_s or 0)) if timed else float(abs(part.macs))


def _sum(parts: Sequence[Part]) -> Part:
    """Several parts as one."""
    times = [part.latency_s for part in parts if part.latency_s is not None]
    return Part(
        block="",
        base_kernels=sum(part.base_kernels for part in parts),
        head_kernels=sum(part.head_kernels for part in parts),
        changed_kernels=sum(part.changed_kernels for part in parts),
        latency_s=sum(times[1:], times[0]) if times else None,
        macs=sum(part.macs for part in parts),
        traffic_bytes=sum(part.traffic_bytes for part in parts),
        uncosted=any(part.uncosted for part in parts),
        untimed=any(part.untimed for part in parts),
    )
