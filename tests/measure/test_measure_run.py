"""Models measured in onnxruntime: what is reported is consistent; never how fast it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from measured_models import (
    branches,
    filled,
    loop,
    network,
    perceptron,
    quantized,
    random,
    saved,
    two_convolutions,
)

from costscope.errors import ModelError, UsageError
from costscope.hardware.catalog import load
from costscope.hardware.types import ClassFit, Fitted
from costscope.measure import run as module
from costscope.measure.run import join_recorded, measure
from costscope.measure.session import Session
from costscope.measure.settings import Settings
from costscope.measure.source import source
from costscope.measure.weights import materialise

SHORT = Settings(time_limit_s=0.4, runs=20)


def one(model, settings=SHORT):
    (found,) = measure([model], settings)
    return found


@pytest.mark.parametrize(
    "model",
    [two_convolutions(), perceptron(), quantized(), loop(), branches()],
    ids=["conv", "mlp", "qdq", "loop", "if"],
)
def test_a_measurement_is_whole(model):
    found = one(model)

    assert found.error == ""
    assert found.unmatched == ()
    assert found.covered_ratio == pytest.approx(1.0)
    assert found.latency.low_s <= found.latency.median_s <= found.latency.high_s
    assert found.latency.min_s <= found.latency.p10_s <= found.latency.p90_s
    assert found.latency.runs == 20
    assert found.profiled.runs >= 3
    assert all(each.measured_s >= 0 for each in found.kernels)
    assert all(each.kernel is not None for each in found.kernels)
    # Kernels are parts of the profiled runs, which are measured around them.
    assert found.kernels_s <= found.profiled.p90_s + len(found.kernels) * 1e-6
    assert found.computer.cpu
    assert found.runtime_version
    assert (found.prediction, found.hardware) == (None, "")
    assert found.weights == "file"


def test_the_level_is_that_asked_for():
    fused = one(two_convolutions(), replace(SHORT, optimization="extended"))
    plain = one(two_convolutions(), replace(SHORT, optimization="none"))

    assert "FusedConv" in {each.op_type for each in fused.kernels}
    assert {each.op_type for each in plain.kernels} == {"Conv", "Relu", "Add"}
    assert (fused.optimization, plain.optimization) == ("extended", "none")


def test_a_machines_prediction_stands_beside():
    found = one(two_convolutions(), replace(SHORT, hardware=load("pixel6")))

    assert found.hardware == "pixel6"
    assert len(found.prediction.timings) == len(found.kernels)
    assert all(each.predicted_s is not None for each in found.kernels)
    assert sum(each.predicted_s for each in found.kernels) == pytest.approx(
        found.prediction.latency_s
    )


def calibrated(*classes, threads=1, **seen):
    """A machine that has sampled these classes of kernels, each call taking 1 us."""
    fits = {
        name: ClassFit(
            name=name,
            seconds={"call": 1e-6},
            samples=9,
            error_ratio=0.1,
            low_ratio=0.8,
            high_ratio=1.2,
            seen=seen,
        )
        for name in classes
    }
    fitted = Fitted(runtime="onnxruntime", version="1", threads=threads, classes=fits)
    return replace(load("pixel6"), name="mine", fitted=(fitted,))


PLAIN = replace(SHORT, optimization="none")


def reasons(machine):
    found = one(two_convolutions(), replace(PLAIN, hardware=machine))
    return {each.op_type: each.reason for each in found.kernels}


def test_reasons_say_why_a_prediction_may_be_off():
    unknown = reasons(calibrated())
    classes = [each.removeprefix("not sampled: ") for each in unknown.values()]

    known = reasons(calibrated(*classes))
    outside = reasons(calibrated(*classes, macs=(1.0, 2.0)))

    assert all(each.startswith("not sampled: ") for each in unknown.values())
    assert set(known.values()) == {"overhead-bound"}
    assert outside["Conv"] == "outside the calibrated range"


def test_kinds_that_no_calibration_has_sampled_are_never_guessed():
    found = one(two_convolutions(), replace(PLAIN, hardware=calibrated()))

    assert all(each.predicted_s is None for each in found.kernels)
    assert not found.prediction.complete


def test_threads_that_were_not_calibrated_are_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(module, "prepare", lambda *_: pytest.fail("it was read"))

    with pytest.raises(UsageError, match="not calibrated with 2 threads"):
        one(two_convolutions(), replace(SHORT, threads=2, hardware=calibrated()))


def test_layout_work_is_named():
    found = one(two_convolutions(), replace(SHORT, hardware=load("pixel6")))

    layout = [each for each in found.kernels if each.layout]
    assert layout
    assert {each.reason for each in layout} <= {"layout conversion", "overhead-bound"}
    assert all(each.origin == () for each in layout)


def test_several_models_are_measured_together_in_order():
    models = [two_convolutions(), perceptron()]
    told = []

    found = measure(models, SHORT, told.append)

    assert [len(each.kernels) > 0 for each in found] == [True, True]
    assert {k.op_type for k in found[1].kernels} & {"Gemm", "MatMul"}
    shares = [each.done for each in told]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert told[-1].left_s == pytest.approx(0.0)
    assert all(each.left_s >= 0 for each in told)


def test_little_memory_means_one_after_the_other(monkeypatch):
    groups = []
    real = module._together
    monkeypatch.setattr(module, "free_bytes", lambda: 60_000)
    monkeypatch.setattr(
        module, "_together", lambda group, *rest: (groups.append(len(group)), real(group, *rest))
    )

    found = measure([two_convolutions(), perceptron(), two_convolutions()], SHORT)

    assert groups == [1, 1, 1]
    assert all(each.latency for each in found)


def test_one_that_fails_does_not_lose_the_others(tmp_path):
    missing = tmp_path / "none.onnx"

    failed, fine = measure([missing, two_convolutions()], SHORT)

    assert failed.error == f"{missing}: no such file"
    assert failed.model == str(missing)
    assert (failed.latency, failed.kernels) == (None, ())
    assert fine.error == ""
    assert fine.latency.runs == 20


def test_if_all_fail_the_first_error_is_raised(tmp_path):
    with pytest.raises(ModelError, match=r"none\.onnx: no such file"):
        measure([tmp_path / "none.onnx", tmp_path / "neither.onnx"], SHORT)


def test_a_model_that_fails_while_it_runs_gives_one_line():
    model = network(
        """(int64[2] i) => (float[2] y) { y = Gather (w, i) }""", w=random(3)
    )  # fmt: skip
    array = np.array([7, 9])
    settings = replace(SHORT, inputs={"i": array})

    with pytest.raises(ModelError, match="fails while running") as caught:
        one(model, settings)

    assert "\n" not in str(caught.value)


def test_a_model_larger_than_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr("costscope.measure.opened.free_bytes", lambda: 1000)

    with pytest.raises(ModelError, match=r"weights take about .* of memory are free"):
        one(two_convolutions())


def test_filled_weights_are_said_and_random_ones_made():
    as_given = one(filled())
    drawn = one(filled(), replace(SHORT, random_weights=True))

    assert as_given.weights == "as given"
    assert "filled with one value" in as_given.notes[0]
    assert (drawn.weights, drawn.notes) == ("random", ())


def test_open_sizes_are_bound():
    model = network("(float[n,16] x) => (float[n,8] y) { y = MatMul (x, w) }", w=random(16, 8))

    found = one(model, replace(SHORT, dims={"n": 5}))

    assert found.kernels[0].kernel.work.macs == 5 * 16 * 8


def test_fewer_runs_than_asked_for_are_said():
    found = one(perceptron(), replace(SHORT, runs=10**9, time_limit_s=0.2))

    assert found.latency.runs < 10**9
    assert any(f"{found.latency.runs} of 1000000000 runs" in note for note in found.notes)


def test_what_is_kept_joins_again_without_running(tmp_path):
    settings = replace(SHORT, keep=tmp_path / "kept", hardware=load("pixel6"))
    path = saved(two_convolutions(), tmp_path)

    first = one(path, settings)
    files = sorted(each.name for each in settings.keep.iterdir())
    again = join_recorded(
        settings.keep / files[0], settings.keep / files[1], settings, original=path
    )

    assert files == ["net.optimized.json", "net.optimized.onnx"]
    assert {each.name for each in again.kernels} == {each.name for each in first.kernels}
    assert [each.origin for each in again.kernels] == [each.origin for each in first.kernels]
    assert (again.latency, again.computer) == (None, None)
    assert again.covered_ratio == pytest.approx(1.0)
    assert again.prediction.latency_s == pytest.approx(first.prediction.latency_s)
    total = first.profiled.runs + first.profiled.warm_up_runs
    assert again.profiled.runs + again.profiled.warm_up_runs == total


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match=r"--keep .*cannot be made"):
        one(two_convolutions(), replace(SHORT, keep=tmp_path / "file" / "below"))


def recorded(model, feeds, folder, level="all"):
    given = source(model)
    with Session(given, materialise(given), optimization=level) as session:
        for _ in range(8):
            session.run_s(feeds)
        session.end_profile(folder / "trace.json")
        (folder / "graph.onnx").write_bytes(session.saved.read_bytes())
    return folder / "trace.json", folder / "graph.onnx"


def test_a_recorded_profile_needs_no_original(tmp_path):
    trace, graph = recorded(two_convolutions(), {"x": random(1, 16, 8, 8)}, tmp_path)

    found = join_recorded(trace, graph, Settings())

    assert found.model == "graph"
    assert found.unmatched == ()
    assert (found.profiled.runs, found.profiled.warm_up_runs) == (6, 2)
    assert found.runtime_version == ""
    assert all(each.kernel is not None for each in found.kernels)


def test_a_profile_of_another_graph_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    trace, _ = recorded(branches(), {"x": random(4), "choose": np.array([True])}, tmp_path / "a")
    _, graph = recorded(two_convolutions(), {"x": random(1, 16, 8, 8)}, tmp_path / "b")

    with pytest.raises(ModelError, match="none of the profile's events is a node"):
        join_recorded(trace, graph, Settings())


def test_a_graph_that_fits_in_part_says_what_is_left(tmp_path):
    trace, _ = recorded(two_convolutions(), {"x": random(1, 16, 8, 8)}, tmp_path, "none")
    other = network(
        "(float[1,16,8,8] x) => (float[1,16,8,8] y) { a = Relu (x) y = Tanh (a) }"
    )  # fmt: skip
    graph = saved(other, tmp_path, "other.onnx")

    found = join_recorded(trace, graph, Settings())

    assert set(found.unmatched) == {"Conv_1", "Conv_2", "Add_1"}
    lost = [each for each in found.kernels if each.kernel is None]
    assert {each.op_type for each in lost} == {"Conv", "Add"}
    assert any("Tanh_1" in note for note in found.notes)
