"""Signs of a machine that was not quiet: each alone, its quiet neighbour, and the counters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.measure.disturbance import Watch, signs, two_levels
from costscope.measure.watch import Facts, Moment, Ticks, between, from_stat

_QUIET = Facts(wall_s=10.0, cores=2, steal_s=0.02, others_s=0.3, switches=70)
_STAT = """cpu  100 10 50 9000 7 1 2 30 0 0
cpu0 60 4 20 4000 5 1 1 10 0 0
cpu1 40 6 30 5000 2 0 1 20 5 0
intr 12345 0 0
ctxt 99
"""


def _normal(spread_ratio=0.02, runs=60, seed=1):
    return list(0.01 * np.random.default_rng(seed).normal(1, spread_ratio, runs))


def _kinds(samples_s=None, facts=_QUIET, **reference):
    return [sign.kind for sign in signs(samples_s or _normal(), facts, **reference)]


def test_a_quiet_machine_shows_no_sign():
    assert _kinds(reference_before_s=600e-6, reference_after_s=620e-6) == []


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"steal_s": 0.25}, "steal", "2.5% of the time"),
        ({"others_s": 3.0}, "others", "15% of 2 processors"),
        ({"switches": 1500}, "switches", "150 times a second"),
    ],
)
def test_what_the_system_tells(change, kind, said):
    (sign,) = signs(_normal(), replace(_QUIET, **change))

    assert sign.kind == kind
    assert said in sign.message


@pytest.mark.parametrize(
    "facts",
    [
        Facts(wall_s=0.1, cores=2, steal_s=0.02, others_s=0.02, switches=9),
        Facts(wall_s=10.0),
        Facts(wall_s=0.0, steal_s=1.0, others_s=1.0, switches=100),
    ],
    ids=["within the counters' rounding", "counters that do not exist", "no time passed"],
)
def test_what_cannot_be_told_is_no_sign(facts):
    assert _kinds(facts=facts) == []


@pytest.mark.parametrize(
    ("after_s", "word"), [(0.66e-3, "10.0% slower"), (0.54e-3, "10.0% faster")]
)
def test_drift_of_the_reference_both_ways(after_s, word):
    (sign,) = signs(_normal(), _QUIET, reference_before_s=0.6e-3, reference_after_s=after_s)

    assert sign.kind == "drift"
    assert word in sign.message
    assert sign.amount == pytest.approx(after_s / 0.6e-3 - 1)


@given(before_s=st.floats(1e-4, 1e-2), after_s=st.floats(1e-4, 1e-2))
def test_drift_is_drift_seen_from_either_end(before_s, after_s):
    forth = _kinds(reference_before_s=before_s, reference_after_s=after_s)
    back = _kinds(reference_before_s=after_s, reference_after_s=before_s)

    assert forth == back


def test_two_levels_by_hand():
    levels = two_levels([1.0, 2.0, 1.0, 2.0, 1.0])

    assert levels.explained == pytest.approx(1)
    assert levels.slow == pytest.approx(0.4)
    assert levels.gap == pytest.approx(1.0)


@given(
    times_s=st.lists(st.floats(1e-4, 1), min_size=2, max_size=40),
    power=st.integers(-6, 6),
)
def test_the_best_cut_is_the_best_and_has_no_unit(times_s, power):
    levels = two_levels(times_s)

    logs = np.log(np.sort(times_s))
    inside = min(
        ((logs[:cut] - logs[:cut].mean()) ** 2).sum()
        + ((logs[cut:] - logs[cut:].mean()) ** 2).sum()
        for cut in range(1, len(logs))
    )
    whole = ((logs - logs.mean()) ** 2).sum()
    if whole > 1e-9:
        assert levels.explained == pytest.approx(1 - inside / whole, abs=1e-6)
    scaled = two_levels([each * 2.0**power for each in times_s])
    assert scaled.explained == pytest.approx(levels.explained, abs=1e-5)


@pytest.mark.parametrize(
    ("slow_runs", "gap", "found"),
    [(20, 0.12, True), (20, 0.06, False), (4, 0.12, False), (56, 0.12, False)],
    ids=["two levels", "too near", "a few slow ones", "a few fast ones"],
)
def test_two_levels_are_told_from_outliers_and_small_steps(slow_runs, gap, found):
    samples_s = np.array(_normal(0.008))
    samples_s[:slow_runs] *= 1 + gap

    kinds = _kinds(list(samples_s))

    assert ("bimodal" in kinds) == found


@pytest.mark.parametrize("seed", range(20))
def test_one_wide_level_is_noise_and_not_two_levels(seed):
    draw = np.random.default_rng(seed)

    assert _kinds(list(draw.lognormal(0, 0.15, 80))) == ["noise"]
    assert _kinds(list(draw.uniform(1, 1.4, 200))) == ["noise"]


def test_few_runs_are_not_judged():
    assert _kinds([1.0, 2.0] * 4) == []


def test_counters_of_some_processors():
    everything = from_stat(_STAT)
    second = from_stat(_STAT, {1})

    # user + nice + system + irq + softirq of both rows
    assert everything == Ticks(
        busy=(60 + 4 + 20 + 1 + 1) + (40 + 6 + 30 + 0 + 1), steal=30, cores=2
    )
    assert second == Ticks(busy=77, steal=20, cores=1)


@pytest.mark.parametrize("text", ["", "cpu  1 2 3 4 5 6 7 8\n", "cpu0 1 2 3\n", "nonsense"])
def test_counters_that_are_not_there(text):
    assert from_stat(text) is None


def test_what_happened_between_two_moments():
    before = Moment(wall_s=5.0, own_s=1.0, switches=10, ticks=Ticks(busy=100, steal=3, cores=2))
    after = Moment(wall_s=7.0, own_s=2.5, switches=14, ticks=Ticks(busy=300, steal=8, cores=2))

    facts = between(before, after, tick_s=0.01)

    assert facts.wall_s == 2.0
    assert facts.switches == 4
    assert facts.steal_s == pytest.approx(0.05)
    assert facts.others_s == pytest.approx(2.0 - 1.5)


def test_own_work_is_not_that_of_others():
    before = Moment(wall_s=0.0, own_s=0.0, ticks=Ticks(busy=0, steal=0, cores=1))
    after = Moment(wall_s=1.0, own_s=1.004, ticks=Ticks(busy=100, steal=0, cores=1))

    assert between(before, after, tick_s=0.01).others_s == 0.0


def test_a_system_without_counters_gives_empty_facts(tmp_path):
    with Watch(tmp_path / "missing") as watch:
        pass

    assert watch.facts.steal_s is None
    assert watch.facts.others_s is None
    assert watch.facts.wall_s > 0


def test_a_watch_stops_at_the_end_of_its_block():
    with Watch() as watch:
        inside = watch.facts
        sum(range(10_000))

    assert watch.facts == watch.facts
    assert watch.facts.wall_s > inside.wall_s
