"""Whether a guideline holds, from the speeds of networks of one width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costscope.experiment.published import platforms
from costscope.experiment.types import Guideline, Outcome, Verdict

NOISE_RATIO = 0.03  # one network's medians differ by so much from one session to the next
HOLDS_FROM = 0.9  # share of all comparisons that come out as the guideline says
LITTLE_FROM = 0.6  # share of all that are within the noise
HOLDS_IN_PART_FROM = 0.6  # share of the decided ones


def verdict(guideline: Guideline, outcomes: Sequence[Outcome], *, where: str = "") -> Verdict:
    """Every comparison within a width that the guideline speaks about, counted.

    What is compared is time per MAC: whole channels leave the MACs of a table's networks up
    to 6 % apart. A comparison is decided if one takes over 3 % longer than the other and,
    where both were measured, the confidence intervals of their medians are apart.

    Args:
        guideline: what is claimed.
        outcomes: its networks; the measured latency counts where there is one, else the
            predicted one.
        where: the machine, as the sentence is to call it.
    """
    signs = [_sign(faster, slower) for faster, slower in _comparisons(guideline, outcomes)]
    told = f"{guideline.name.upper()} ({guideline.claim})"
    if not signs:
        sentence = f"{told} is not tested{where}: no two of its networks have a latency."
        return Verdict(
            standing="not tested", sentence=sentence, confirmed=0, against=0, undecided=0
        )
    confirmed, against, undecided = (signs.count(each) for each in (1, -1, 0))
    standing = _standing(confirmed, against, undecided)
    counts = (
        f"per MAC, {confirmed} of {len(signs)} comparisons within one width come out as it says, "
        f"{against} the other way and {undecided} within the noise"
    )
    return Verdict(
        standing=standing,
        sentence=f"{told}{_grounds(outcomes)} {standing}{where}: {counts}; "
        f"{_extremes(guideline, outcomes)}.",
        confirmed=confirmed,
        against=against,
        undecided=undecided,
    )


def papers_own(guideline: Guideline, platform: str) -> tuple[int, int]:
    """How many comparisons of the paper's printed speeds come out as claimed, and of how many.

    By the same 3 %; its speeds have no interval, and whole channels are not made up for.
    """
    speeds = {(r.scale, r.setting): r.paper[platform] for r in guideline.rows[platform]}
    pairs = [
        (speeds[scale, better], speed)
        for (scale, setting), speed in speeds.items()
        for better in guideline.slower_than[setting]
    ]
    return sum(fast > slow * (1 + NOISE_RATIO) for fast, slow in pairs), len(pairs)


def _grounds(outcomes: Sequence[Outcome]) -> str:
    if any(each.measured for each in outcomes):
        return ""
    bounds = any(each.lower_bound for each in outcomes)
    return ", by the roofline's lower bounds alone," if bounds else ", by prediction alone,"


def _comparisons(
    guideline: Guideline, outcomes: Sequence[Outcome]
) -> Iterator[tuple[Outcome, Outcome]]:
    """The network that should be faster and the one that should be slower."""
    known = {(e.row.scale, e.row.setting): e for e in outcomes if e.latency_s is not None}
    for (scale, setting), slower in known.items():
        for better in guideline.slower_than[setting]:
            if (scale, better) in known:
                yield known[scale, better], slower


def _sign(faster: Outcome, slower: Outcome) -> int:
    """1 as claimed, -1 the other way, 0 undecided."""
    first, second = _per_mac(faster), _per_mac(slower)
    if first.low_s <= second.high_s and second.low_s <= first.high_s:
        return 0
    times = first.latency_s, second.latency_s
    if max(times) <= min(times) * (1 + NOISE_RATIO):
        return 0
    return 1 if times[1] > times[0] else -1


class _Time(NamedTuple):
    """Seconds per MAC, with the ends of the median's interval."""

    latency_s: float
    low_s: float
    high_s: float


def _per_mac(outcome: Outcome) -> _Time:
    """A prediction's own interval says nothing of two networks of one machine: left out."""
    spread, latency_s = outcome.measured, outcome.latency_s or 0.0
    ends = (spread.low_s, spread.high_s) if spread else (latency_s, latency_s)
    return _Time(*(each / outcome.macs for each in (latency_s, *ends)))


def _standing(confirmed: int, against: int, undecided: int) -> str:
    decided = confirmed + against
    if confirmed >= HOLDS_FROM * (decided + undecided):
        return "holds"
    if undecided >= LITTLE_FROM * (decided + undecided):
        return "makes little difference"
    return "holds in part" if confirmed >= HOLDS_IN_PART_FROM * decided else "does not hold"


def _extremes(guideline: Guideline, outcomes: Sequence[Outcome]) -> str:
    """How much slower the worst setting is than the best, here and in the paper."""
    here = "measured" if any(each.measured for each in outcomes) else "predicted"
    best, worst = (
        {each.row.scale: each for each in outcomes if each.row.setting == setting}
        for setting in (guideline.best, guideline.worst)
    )
    columns = {here: "", **{key: f"paper's {each.short} " for key, each in platforms().items()}}
    ranges = []
    for who, label in columns.items():
        speeds = [(best[scale].speed(who), worst[scale].speed(who)) for scale in worst]
        ratios = [slow / fast for fast, slow in speeds if fast is not None and slow is not None]
        shown = f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "an unknown share"
        ranges.append(f"{label}{shown}")
    own, *paper = ranges
    subject = f"'{guideline.worst}' runs at {own} of the speed of '{guideline.best}'"
    return f"{subject} ({', '.join(paper)})"
