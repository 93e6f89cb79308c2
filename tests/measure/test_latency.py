"""The loop around the runs, on a clock of our own: when it stops, retries and takes turns."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import cycle, groupby, repeat

import pytest

from costscope.errors import ModelError
from costscope.measure import latency as module
from costscope.measure.latency import MOST_RETRIES, latencies
from costscope.measure.settings import Settings
from costscope.measure.watch import Facts


class Clock:
    """A clock that only runs of models move on, and who ran when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ran: list[str] = []

    def __call__(self) -> float:
        return self.now


class Model:
    """Stands in for an open model; its runs take what it is told."""

    def __init__(self, clock: Clock, name: str, times: Iterator[float]) -> None:
        self.clock, self.name, self.times = clock, name, times

    def run_s(self) -> float:
        seconds = next(self.times)
        self.clock.now += seconds
        self.clock.ran.append(self.name)
        return seconds


class QuietWatch:
    """Nobody else is there."""

    facts = Facts(wall_s=1.0, cores=2, steal_s=0.0, others_s=0.0, switches=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Stolen(QuietWatch):
    """A fifth of the time is taken away."""

    facts = Facts(wall_s=0.25, cores=1, steal_s=0.05, others_s=0.0, switches=0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "perf_counter", found)
    monkeypatch.setattr(module, "reference_s", lambda: 1e-3)
    monkeypatch.setattr(module, "Watch", QuietWatch)
    return found


@pytest.fixture
def model(clock: Clock) -> Callable[..., Model]:
    return lambda times, name="net": Model(clock, name, iter(times))


def measured(*models, limit_s=10.0, **options):
    return latencies([(each, limit_s) for each in models], Settings(**options))


def test_a_quiet_model_is_run_until_its_median_is_known(model, clock):
    (found,) = measured(model(repeat(0.01)))

    assert set(found.samples_s) == {0.01}
    assert 0.5 <= sum(found.samples_s) < 1.1  # half a second is enough for a quiet machine
    assert found.disturbances == ()
    assert found.retries == 0
    assert len(found.samples_s) + found.warm_up_runs == len(clock.ran)


def test_a_spread_out_model_is_run_longer(model):
    (quiet,) = measured(model(repeat(0.01)))
    (noisy,) = measured(model(cycle([0.0100, 0.0101, 0.0103, 0.0106, 0.0104])))

    assert len(noisy.samples_s) > len(quiet.samples_s)


def test_so_many_runs_count_as_are_asked_for(model):
    (found,) = measured(model(repeat(0.01)), runs=7)

    assert len(found.samples_s) == 7
    assert found.warm_up_runs >= 2


def test_a_slow_model_has_three_runs_whatever_the_limit(model):
    (found,) = measured(model(repeat(4.0)), limit_s=1.0)

    assert len(found.samples_s) == 3


def test_the_limit_ends_what_would_never_be_known(model, clock):
    (found,) = measured(model(cycle([0.1, 0.104, 0.096])), limit_s=3.0)

    assert clock.now <= 3.0 + 0.5
    assert len(found.samples_s) > 20


def levels():
    """Half of the runs 30 % slower: a machine of two minds."""
    return cycle([0.01] * 5 + [0.013] * 5)


def test_a_disturbed_attempt_is_retried_and_the_quiet_one_kept(model):
    def first_disturbed():
        disturbed = levels()
        for _ in range(400):
            yield next(disturbed)
        yield from repeat(0.01)

    (found,) = measured(model(first_disturbed()), limit_s=20.0)

    assert found.retries == 1
    assert found.disturbances == ()
    assert set(found.samples_s) == {0.01}


def test_a_machine_that_stays_disturbed_is_reported(model):
    (found,) = measured(model(levels()), limit_s=20.0)

    assert found.retries == MOST_RETRIES
    assert {each.kind for each in found.disturbances} >= {"bimodal"}


def test_without_time_nothing_is_retried(model, monkeypatch):
    monkeypatch.setattr(module, "Watch", Stolen)

    (found,) = measured(model(repeat(1.0)), limit_s=5.0)

    assert found.retries == 0
    assert [each.kind for each in found.disturbances] == ["steal"]


def test_drift_of_the_reference_is_a_disturbance(model, monkeypatch):
    times = iter([1e-3, 1.2e-3, 1.2e-3, 1.2e-3])
    monkeypatch.setattr(module, "reference_s", lambda: next(times))

    (found,) = measured(model(repeat(0.01)), limit_s=20.0)

    assert found.retries == 1
    assert found.disturbances == ()


def test_what_the_system_says_is_added_up_over_the_blocks(model, monkeypatch):
    monkeypatch.setattr(module, "Watch", Stolen)

    (found,) = measured(model(repeat(0.01)), limit_s=1.0)

    (sign,) = found.disturbances
    assert sign.kind == "steal"
    assert sign.amount == pytest.approx(0.2)


def test_models_take_turns(model, clock):
    measured(model(repeat(0.01), "a"), model(repeat(0.02), "b"))

    turns = [name for name, _ in groupby(clock.ran)]
    assert turns[:4] == ["a", "b", "a", "b"]
    # After another model has emptied the caches, some runs do not count.
    assert all(len(list(run)) >= 3 for _, run in groupby(clock.ran))


def test_a_model_that_fails_leaves_the_others_alone(model):
    class Failing(Model):
        def run_s(self) -> float:
            raise ModelError("it fails")

    broken = Failing(Clock(), "broken", repeat(0.0))

    failed, fine = measured(broken, model(repeat(0.01)))

    assert isinstance(failed, ModelError)
    assert len(fine.samples_s) > 3


def test_garbage_is_collected_again_afterwards(model):
    seen = []

    class Looking(Model):
        def run_s(self) -> float:
            seen.append(gc.isenabled())
            return super().run_s()

    clock = model(repeat(0.01)).clock
    measured(Looking(clock, "net", repeat(0.01)))

    assert seen
    assert not any(seen)
    assert gc.isenabled()


def test_blocks_are_told_with_the_time_that_is_left(model):
    told = []

    latencies([(model(repeat(0.01)), 5.0)], Settings(), lambda _, left_s: told.append(left_s))

    assert told == sorted(told, reverse=True)
    assert 0 < told[-1] < told[0] < 5.0
