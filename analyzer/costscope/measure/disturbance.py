"""Whether the machine was quiet while something was timed: looked for, told, never corrected.

Dividing a network's time by a reference kernel timed around it makes it worse on a quiet
machine, for the reference carries noise of its own. So every sign is only reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log

from costscope.measure.statistics import quantile
from costscope.measure.types import Disturbance
from costscope.measure.watch import Facts, Watch

__all__ = ["Facts", "Watch", "signs", "two_levels"]

# Each threshold lies above what a quiet machine shows, where a latency is visibly off.
STEAL_SHARE = 0.01  # of the time: a hundredth taken away moves a mean by as much
OTHERS_SHARE = 0.1  # of all processors: shared caches, memory and clocks are felt from here
SWITCHES_PER_S = 70.0  # a rival causes 150; a quiet machine 7, with all processors in use 45
LEAST_SWITCHES = 10  # fewer say nothing of a rate
LEAST_TICKS = 3  # one or two ticks are the rounding of the kernel's counters
EXPLAINED = 0.85  # a normal distribution cut in two explains 0.64, an even one 0.75
LEVEL_SHARE = 0.15  # of the runs on either level: below that it is a few outliers
LEVEL_GAP = 0.08  # between the levels: less is how memory happened to be laid out
LEVEL_RUNS = 10  # fewer can be cut in two well whatever they are
DRIFT = 0.05  # of the reference kernel, which repeats within 3 %
NOISE = 0.15  # from p10 to p90 as a share of the median: quiet machines show 2 to 6 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Runs cut in two where that explains them best.

    Attributes:
        explained: share of the variance of the logarithms that lies between the two.
        slow: share of the runs on the slow level.
        gap: geometric mean of the slow over that of the fast level, less one.
    """

    explained: float
    slow: float
    gap: float


def signs(
    samples_s: Sequence[float],
    facts: Facts,
    *,
    reference_before_s: float | None = None,
    reference_after_s: float | None = None,
) -> tuple[Disturbance, ...]:
    """Everything that says the machine was not quiet; empty for a quiet one.

    Args:
        samples_s: the timed runs, without warm-up.
        facts: what the system did meanwhile.
        reference_before_s: time of the reference kernel before; None if not taken.
        reference_after_s: and after.
    """
    return (
        *_of_system(facts),
        *_of_runs(samples_s),
        *_of_reference(reference_before_s, reference_after_s),
    )


def two_levels(samples_s: Sequence[float]) -> Levels:
    """The best cut of the runs in two, by least squares on the logarithms of their times.

    Fewer than two runs, and runs that are all alike, explain nothing.
    """
    ordered = sorted(each for each in samples_s if each > 0)
    logs = [log(each / ordered[0]) for each in ordered]  # exactly 0 where all are alike
    count, total = len(logs), sum(logs)
    mean = total / count if count else 0.0
    variance = sum((each - mean) ** 2 for each in logs)
    best, best_cut, best_gap, below = 0.0, 0, 0.0, 0.0
    for cut in range(1, count):
        below += logs[cut - 1]
        gap = (total - below) / (count - cut) - below / cut
        between = gap * gap * cut * (count - cut) / count
        if between > best:
            best, best_cut, best_gap = between, cut, gap
    if variance <= 0 or not best_cut:
        return Levels(explained=0.0, slow=0.0, gap=0.0)
    return Levels(
        explained=min(1.0, best / variance),
        slow=(count - best_cut) / count,
        gap=exp(best_gap) - 1,
    )


def _of_system(facts: Facts) -> Iterator[Disturbance]:
    wall_s = facts.wall_s
    if wall_s <= 0:
        return
    surely_s = LEAST_TICKS * facts.tick_s
    if facts.steal_s is not None and facts.steal_s >= surely_s:
        share = facts.steal_s / wall_s
        if share > STEAL_SHARE:
            yield _sign("steal", share, f"the hypervisor took {share:.1%} of the time away")
    if facts.others_s is not None and facts.others_s >= surely_s:
        share = facts.others_s / (wall_s * facts.cores)
        if share > OTHERS_SHARE:
            processors = f"{facts.cores} processor" + "s" * (facts.cores > 1)
            message = f"other processes kept {share:.0%} of {processors} busy"
            yield _sign("others", share, message)
    if facts.switches is not None and facts.switches >= LEAST_SWITCHES:
        rate = facts.switches / wall_s
        if rate > SWITCHES_PER_S:
            message = f"other processes interrupted the runs {rate:.0f} times a second"
            yield _sign("switches", rate, message)


def _of_runs(samples_s: Sequence[float]) -> Iterator[Disturbance]:
    if len(samples_s) < LEVEL_RUNS:
        return
    levels = two_levels(samples_s)
    two = levels.explained > EXPLAINED and levels.gap > LEVEL_GAP
    if two and LEVEL_SHARE <= levels.slow <= 1 - LEVEL_SHARE:
        message = f"{levels.slow:.0%} of the runs form a second level, {levels.gap:.0%} slower"
        yield _sign("bimodal", levels.gap, message)
    ordered = sorted(samples_s)
    median_s = quantile(ordered, 0.5)
    noise = (quantile(ordered, 0.9) - quantile(ordered, 0.1)) / median_s if median_s > 0 else 0.0
    if noise > NOISE:
        message = f"p10 to p90 of the runs span {noise:.0%} of their median"
        yield _sign("noise", noise, message)


def _of_reference(before_s: float | None, after_s: float | None) -> Iterator[Disturbance]:
    if not before_s or not after_s:
        return
    drift = after_s / before_s - 1
    # Both ways alike: 5 % slower and, seen from the end, 5 % faster.
    if max(before_s, after_s) / min(before_s, after_s) - 1 > DRIFT:
        word = "slower" if drift > 0 else "faster"
        message = f"the reference kernel ran {abs(drift):.1%} {word} after than before"
        yield _sign("drift", drift, message)


def _sign(kind: str, amount: float, message: str) -> Disturbance:
    return Disturbance(kind=kind, amount=amount, message=message)
