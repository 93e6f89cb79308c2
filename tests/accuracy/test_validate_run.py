"""Every network predicted, measured, and measured again in another order; with made-up times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from accuracy_cases import COMPUTER, spread

import costscope
from costscope.accuracy.run import validate
from costscope.accuracy.subjects import Subject
from costscope.errors import ModelError, UsageError
from costscope.hardware.catalog import load
from costscope.hardware.types import ClassFit, Fitted, Identity
from costscope.measure.types import Disturbance, KernelTime, Measurement

HARDWARE = load("pixel6")
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")
SUBJECTS = tuple(Subject(name, f"{name}.onnx") for name in NAMES)


@pytest.fixture(scope="module")
def deployment():
    found = costscope.analyze("zoo:mobilenet_v2", HARDWARE).first
    prediction = replace(
        found.prediction, latency_low_s=8e-3, latency_high_s=12e-3, warnings=("another processor",)
    )
    return replace(found, prediction=prediction, executed="onnxruntime, level all")


class World:
    """Made-up times: the first measurement of a network takes 10 ms, the next one 11."""

    def __init__(self, deployment, **problems):
        self.deployment = deployment
        self.problems = problems
        self.calls = []
        self.settings = []

    def measure(self, models, settings):
        (model,) = models
        name = model.removesuffix(".onnx")
        again = ("measure", name) in self.calls
        self.calls.append(("again" if again else "measure", name))
        self.settings.append(settings)
        if self.problems.get(name) == "measure":
            raise ModelError("refused\nby the runtime")
        if self.problems.get(name) == "again" and again:
            raise RuntimeError("out of memory")
        timings = self.deployment.prediction.timings
        first, second = timings[0].step.kernel, timings[1].step.kernel
        kernels = (
            KernelTime(name="a", op_type="Conv", measured_s=3e-3, kernel=first, predicted_s=4e-3),
            KernelTime(name="b", op_type="Conv", measured_s=5e-3, kernel=second, predicted_s=4e-3),
            KernelTime(name="c", op_type="Swin", measured_s=2e-3, kernel=None),
        )
        quiet = self.problems.get(name) != "disturbed"
        return [
            Measurement(
                model=name,
                computer=COMPUTER,
                runtime_version="1.31.1",
                provider="CPUExecutionProvider",
                threads=settings.threads,
                optimization=settings.optimization,
                latency=spread(11e-3 if again else 10e-3),
                profiled=None,
                kernels=kernels,
                disturbances=()
                if quiet
                else (Disturbance(kind="steal", amount=0.1, message="10 % of the time stolen"),),
            )
        ]

    def predict(self, model, settings):
        name = model.removesuffix(".onnx")
        self.calls.append(("predict", name))
        assert settings.hardware is HARDWARE or settings.hardware.fitted
        if self.problems.get(name) == "predict":
            raise ValueError
        if self.problems.get(name) == "nothing":
            prediction = replace(self.deployment.prediction, latency_s=None)
            return replace(self.deployment, prediction=prediction)
        return self.deployment

    def run(self, hardware=HARDWARE, **more):
        return validate(SUBJECTS, hardware, measure=self.measure, predict=self.predict, **more)


def test_a_row_holds_what_was_predicted_measured_and_measured_again(deployment):
    found = World(deployment).run()

    row = found.networks[0]
    prediction = deployment.prediction
    assert (row.name, row.family) == ("alpha", "alpha")
    assert row.measured_s == 10e-3
    assert row.retest_s == 11e-3
    assert row.predicted_s == prediction.latency_s
    assert (row.low_s, row.high_s, row.inside) == (8e-3, 12e-3, True)
    assert row.macs == deployment.totals.work.macs
    assert row.traffic_bytes == deployment.totals.traffic_bytes
    assert row.scored
    assert row.error_ratio == pytest.approx(prediction.latency_s / 10e-3 - 1)
    assert row.retest_ratio == pytest.approx(0.1)
    assert row.executed == "onnxruntime, level all"
    assert found.warnings == ("another processor",)
    assert found.computer == COMPUTER
    assert found.runtime_version == "1.31.1"


def test_kernels_are_summed_by_kind_and_their_errors_do_not_cancel(deployment):
    row = World(deployment).run().networks[0]

    by_kind = {each.kind: each for each in row.kinds}
    assert sum(each.measured_s for each in row.kinds) == pytest.approx(8e-3)
    assert sum(each.predicted_s for each in row.kinds) == pytest.approx(8e-3)
    assert sum(each.error_s for each in row.kinds) == pytest.approx(2e-3)
    assert by_kind["unmatched"].unsampled_s == 2e-3
    assert by_kind["unmatched"].kernels == 0
    assert row.unsampled_ratio == pytest.approx(0.2)


def test_the_second_time_comes_after_all_first_ones_in_another_order(deployment):
    world = World(deployment)

    world.run()

    first = [name for what, name in world.calls if what == "measure"]
    again = [name for what, name in world.calls if what == "again"]
    assert first == list(NAMES)
    assert sorted(again) == sorted(NAMES)
    assert again != first
    assert world.calls.index(("again", again[0])) > world.calls.index(("measure", NAMES[-1]))


def test_the_second_order_is_the_seeds(deployment):
    def order(seed):
        world = World(deployment)
        world.run(seed=seed)
        return [name for what, name in world.calls if what == "again"]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(6)}) > 1


def test_weights_are_random_and_settings_arrive(deployment):
    world = World(deployment)

    found = world.run(threads=2, optimization="extended", time_limit_s=3.0, seed=7, dims={"n": 1})

    for settings in world.settings:
        assert settings.random_weights
        assert settings.hardware is HARDWARE
        assert (settings.threads, settings.optimization) == (2, "extended")
        assert (settings.time_limit_s, settings.seed) == (3.0, 7)
        assert settings.dims == {"n": 1}
    assert (found.threads, found.optimization, found.time_limit_s) == (2, "extended", 3.0)


def test_once_has_no_noise_floor(deployment):
    world = World(deployment)

    found = world.run(retest=False)

    assert {row.retest_s for row in found.networks} == {None}
    assert len(world.calls) == 2 * len(NAMES)


def test_a_failing_network_is_a_row_with_its_reason(deployment):
    found = World(deployment, alpha="measure", beta="predict", gamma="nothing").run()

    alpha, beta, gamma, delta, _ = found.networks
    assert alpha.error == "measurement: refused by the runtime"
    assert alpha.predicted_s is not None
    assert beta.error == "prediction: ValueError"
    assert beta.measured_s == 10e-3
    assert gamma.error.startswith("no prediction")
    assert not any(row.scored for row in (alpha, beta, gamma))
    assert delta.scored
    assert alpha.retest_s is None


def test_a_second_measurement_that_fails_costs_only_itself(deployment):
    row = World(deployment, beta="again").run().networks[1]

    assert row.retest_s is None
    assert row.scored


def test_a_disturbed_network_stays_in_and_says_so(deployment):
    rows = World(deployment, delta="disturbed").run().networks

    assert [row.disturbed for row in rows] == [False, False, False, True, False]
    assert rows[3].scored


def test_an_incomplete_prediction_is_a_lower_bound(deployment):
    timings = list(deployment.prediction.timings)
    timings[0] = replace(timings[0], latency_s=None, problem="no calibration has sampled swin")
    timings[1] = replace(timings[1], latency_s=None, problem="no calibration has sampled swin")
    bound = {"complete": False, "latency_high_s": None}  # an end that is no interval's
    prediction = replace(deployment.prediction, timings=tuple(timings), **bound)

    row = World(replace(deployment, prediction=prediction)).run().networks[0]

    assert not row.scored
    assert not row.error
    assert row.problems == ("no calibration has sampled swin",)
    assert (row.low_s, row.high_s, row.inside) == (None, None, None)


def test_progress_grows_to_the_end_and_tells_the_time_left(deployment):
    told, ticks = [], iter(range(1000))

    World(deployment, alpha="measure").run(
        on_progress=told.append, clock=lambda: float(next(ticks))
    )

    shares = [each.done for each in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert told[0].left_s is None
    assert all(each.left_s is not None and each.left_s >= 0 for each in told[1:])
    assert told[-1].left_s == 0
    assert {"predicting alpha", "measuring alpha", "measuring beta again"} <= {
        each.what for each in told
    }


def test_the_facts_of_the_calibration_that_predicted(deployment):
    fit = ClassFit(
        name="c", seconds={}, samples=100, error_ratio=0.1, low_ratio=0.9, high_ratio=1.1
    )
    fitted = [
        Fitted(runtime="onnxruntime", version="1.31.1", threads=n, classes={"a": fit, "b": fit})
        for n in (1, 2)
    ]
    identity = Identity(cpu="cpu", architecture="x86_64", cores=2, date="2026-01-01")
    machine = replace(HARDWARE, fitted=tuple(fitted), identity=identity)

    facts = World(deployment).run(machine, threads=2).calibration

    assert facts is not None
    assert (facts.threads, facts.classes, facts.samples) == (2, 2, 200)
    assert (facts.cpu, facts.date) == ("cpu", "2026-01-01")
    assert World(deployment).run(HARDWARE).calibration is None
    assert World(deployment).run(machine, threads=3).calibration is None


def test_a_setting_out_of_range_is_refused_before_anything_runs(deployment):
    world = World(deployment)

    with pytest.raises(UsageError, match="--optimization"):
        world.run(optimization="most")

    assert world.calls == []
