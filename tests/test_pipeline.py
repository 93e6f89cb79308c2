"""The Python API: every way to name a model and a machine, and the same result as the CLI."""

from __future__ import annotations

import json
import pickle

import onnx
import pytest

import costscope
from costscope.errors import ModelError, ProfileError, ShapeError, UsageError
from costscope.hardware.catalog import load as load_hardware
from costscope.timing.types import TimeModel
from costscope.work import KernelKind
from networks import mobilenet_v2 as build
from rated_cases import fallback, machine, rates


def test_path_text_bytes_proto_and_graph_are_the_same_model(mobilenet_v2):
    path = costscope.analyze(mobilenet_v2)

    others = [
        costscope.analyze(str(mobilenet_v2)),
        costscope.analyze(mobilenet_v2.read_bytes()),
        costscope.analyze(build()),
        costscope.analyze(costscope.load(mobilenet_v2)),
    ]

    for other in others:
        assert other.totals == path.totals
        assert other.first.kernels == path.first.kernels


def test_the_command_line_says_the_same(run, mobilenet_v2):
    analysis = costscope.analyze(mobilenet_v2, "pixel6", as_dtype="int8", dims={"batch": 4})

    shown = json.loads(
        run(
            "analyze",
            mobilenet_v2,
            "--hw",
            "pixel6",
            "--as-dtype",
            "int8",
            "--dim",
            "batch=4",
            "--format",
            "json",
        ).out
    )

    assert shown["totals"]["macs"] == analysis.totals.work.macs == 4 * 300_774_272
    assert shown["totals"]["latency_s"] == analysis.first.prediction.latency_s
    assert len(shown["kernels"]) == len(analysis.first.kernels)


def test_one_machine_or_several_give_a_machine_the_same_numbers(mobilenet_v2):
    alone = costscope.analyze(mobilenet_v2, "stm32h743", as_dtype="int8").first
    both = costscope.analyze(mobilenet_v2, "pixel6,stm32h743", as_dtype="int8").deployments
    listed = costscope.analyze(
        mobilenet_v2, ["pixel6", load_hardware("stm32h743")], as_dtype="int8"
    ).deployments

    assert both[1].prediction == alone.prediction == listed[1].prediction
    assert [each.name for each in both] == ["pixel6", "stm32h743"]


def test_a_machine_of_ones_own_by_path(mobilenet_v2, tmp_path):
    source = load_hardware("raspberry_pi_4b")
    from costscope import resources

    path = tmp_path / "board.yaml"
    path.write_bytes((resources.folder("hardware_profiles") / f"{source.name}.yaml").read_bytes())

    own = costscope.analyze(mobilenet_v2, path).first

    assert own.name == "board"
    assert own.prediction.latency_s == (
        costscope.analyze(mobilenet_v2, "raspberry_pi_4b").first.prediction.latency_s
    )


def test_without_a_machine_there_is_no_time(mobilenet_v2):
    analysis = costscope.analyze(mobilenet_v2)

    assert analysis.first.prediction is None
    assert analysis.first.hardware is None
    assert analysis.first.runtime.name == "onnxruntime"


@pytest.mark.parametrize("model", TimeModel)
def test_time_models(mobilenet_v2, model):
    nobody_measured = machine(rates=())
    if model is TimeModel.CALIBRATED:
        with pytest.raises(UsageError, match="no calibration"):
            costscope.analyze(mobilenet_v2, nobody_measured, time_model=model)
        return
    prediction = costscope.analyze(mobilenet_v2, nobody_measured, time_model=model).first.prediction

    assert prediction.time_model is model
    assert not prediction.calibrated
    assert prediction.roofline_s <= prediction.latency_s <= 2 * prediction.roofline_s


def test_a_machine_whose_networks_were_measured_is_calibrated_and_needs_no_flag(mobilenet_v2):
    board = machine(rates(threads=2))

    prediction = costscope.analyze(mobilenet_v2, board, threads=2).first.prediction

    assert prediction.calibrated
    assert prediction.threads == 2
    assert prediction.rates == rates(threads=2)


def test_threads_of_a_machine_that_tells_none_apart_are_refused(mobilenet_v2):
    with pytest.raises(UsageError, match="no machine named here was measured with several"):
        costscope.analyze(mobilenet_v2, machine(), threads=2)


def test_a_fallback_is_found_by_its_name(mobilenet_v2):
    kinds = frozenset(KernelKind) - {KernelKind.POOLING}
    npu = machine(kinds=kinds, fallback=fallback(profile="raspberry-pi-4"))

    prediction = costscope.analyze(mobilenet_v2, npu).first.prediction

    (pool,) = [t for t in prediction.timings if t.step.kernel.kind is KernelKind.POOLING]
    assert pool.fallback
    assert prediction.complete


def test_a_fallback_that_does_not_exist_is_named(mobilenet_v2):
    with pytest.raises(ProfileError, match="unknown hardware 'raspbery-pi-4'; did you mean"):
        costscope.analyze(mobilenet_v2, machine(fallback=fallback(profile="raspbery-pi-4")))


def test_the_batch_is_an_assumption_until_it_is_bound(mobilenet_v2):
    assert any("batch" in s for s in costscope.analyze(mobilenet_v2).assumptions)
    assert not any(
        "batch" in s for s in costscope.analyze(mobilenet_v2, dims={"batch": 1}).assumptions
    )


def test_resolution_by_input_shape_scales_the_convolutions(mobilenet_v2):
    full = costscope.analyze(mobilenet_v2).totals.work.macs
    double = costscope.analyze(
        mobilenet_v2, input_shapes={"image": [1, 3, 448, 448]}
    ).totals.work.macs

    head = 1280 * 1000
    assert (full - head) * 4 == double - head


def test_an_analysis_can_be_handed_to_another_process(mobilenet_v2):
    analysis = costscope.analyze(mobilenet_v2, "pixel6")

    assert pickle.loads(pickle.dumps(analysis)) == analysis


def test_what_is_not_a_model_is_refused():
    with pytest.raises(ModelError):
        costscope.analyze(b"not a model")
    with pytest.raises(ModelError, match="no nodes"):
        costscope.analyze(onnx.ModelProto(graph=onnx.GraphProto(name="empty")))
    with pytest.raises(ShapeError):
        costscope.analyze(build(), input_shapes={"image": [1, 4, 224, 224]})


def test_public_names():
    assert set(costscope.__all__) <= {*dir(costscope), *costscope.__all__}
    for name in costscope.__all__:
        assert getattr(costscope, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = costscope.nonsense
