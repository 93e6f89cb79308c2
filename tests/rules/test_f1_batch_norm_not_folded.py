"""F1: found where a runtime runs the norm by itself, and only where it could be folded."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.whatif.case import Case
from costscope.whatif.folds import folded, folds_of

MAP_BYTES = 4 * 8 * 16 * 16


def behind(*, norm: bool, act_between: bool = False) -> Any:
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "conv", 8, 8, kernel=3, bias=not norm)
    if act_between:
        y = net.op("Relu", [y], "act")
    y = net.norm(y, "norm", 8) if norm else y
    net.op("Sigmoid", [y], "end")
    return net.model()


def test_a_norm_that_runs_alone_behind_a_convolution_is_found():
    (found,) = found_by("F1", behind(norm=True), None, runtime="none")

    assert found.nodes == ("norm",)
    assert found.evidence["batch_norms"] == 1
    # It reads and writes a map, and reads a scale and a shift a channel as its weights.
    before = analyze(behind(norm=True), runtime="none").totals.traffic_bytes
    after = analyze(behind(norm=False), runtime="none").totals.traffic_bytes
    assert found.saving_bytes == before - after
    assert found.saving_bytes >= 2 * MAP_BYTES


@pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "ncnn"])
def test_runtimes_that_fold_it_pay_nothing(runtime: str):
    assert found_by("F1", behind(norm=True), None, runtime=runtime) == []


def test_a_norm_behind_an_activation_cannot_be_folded():
    assert found_by("F1", behind(norm=True, act_between=True), None, runtime="none") == []


def test_a_convolution_that_others_read_cannot_take_the_norm_in():
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "conv", 8, 8)
    normed = net.norm(y, "norm", 8)
    net.op("Add", [y, normed], "sum")

    assert found_by("F1", net.model(), None, runtime="none") == []


@pytest.mark.parametrize(("pad", "count"), [(0, 1), (1, 0)])
def test_a_norm_in_front_is_folded_only_where_nothing_is_padded(pad: int, count: int):
    net = Drawn(1, 8, 16, 16)
    y = net.norm(net.op("Relu", ["x"], "act"), "norm", 8)
    net.conv(y, "conv", 8, 8, kernel=3, pad=pad)

    assert len(found_by("F1", net.model(), None, runtime="onnxruntime")) == count


def features(*, norm: bool) -> Any:
    """ArcFace's end: flattened features, a norm, a product."""
    net = Drawn(1, 8, 4, 4)
    y = net.op("Flatten", [net.op("Relu", ["x"], "act")], "flat")
    y = net.norm(y, "norm", 128) if norm else y
    inputs = [y, net.zeros("w", 128, 32)]
    net.op("Gemm", [*inputs, net.zeros("b", 32)] if not norm else inputs, "fc")
    return net.model()


def test_a_norm_in_front_of_a_matrix_product_saves_what_the_network_without_it_does():
    (found,) = found_by("F1", features(norm=True), "raspberry_pi_4b")

    before, after = (
        analyze(features(norm=norm), "raspberry_pi_4b").first.prediction for norm in (True, False)
    )
    assert before is not None
    assert after is not None
    assert found.saving_s == pytest.approx((before.latency_s or 0) - (after.latency_s or 0))
    assert found.saving_s > 0


def scaled(*, scaled_by: bool) -> Any:
    """A layer scale behind a linear layer of tokens."""
    net = Drawn(1, 49, 64)
    y = net.op("MatMul", ["x", net.zeros("w", 64, 64)], "fc")
    y = net.op("Add", [y, net.zeros("b", 64)], "fc.bias")
    y = net.op("Mul", [y, net.zeros("gamma", 64)], "scale") if scaled_by else y
    net.op("Add", ["x", y], "sum")
    return net.model()


def test_a_layer_scale_is_folded_but_the_bias_stays():
    (found,) = found_by("F1", scaled(scaled_by=True), "raspberry_pi_4b")

    assert found.nodes == ("scale",)
    assert found.evidence["constant_scalings"] == 1
    before, after = (
        analyze(scaled(scaled_by=each), "raspberry_pi_4b").totals.traffic_bytes
        for each in (True, False)
    )
    assert found.saving_bytes == before - after


def test_a_bias_that_runs_apart_is_not_folded_into_a_product_that_can_hold_none():
    (found,) = found_by("F1", scaled(scaled_by=True), None, runtime="none")

    assert found.nodes == ("scale",)
    assert found_by("F1", scaled(scaled_by=False), None, runtime="none") == []


def test_the_layer_that_takes_a_norm_in_gets_the_bias_that_it_lacks():
    analysis = analyze(behind(norm=True), runtime="none")
    case = Case(analysis, analysis.first)

    changed = folded(case.graph, folds_of(case))

    conv, end = changed.nodes
    assert (conv.name, end.name) == ("conv", "end")
    assert conv.inputs[2] is not None
    assert conv.inputs[2].shape == (8,)
    assert end.inputs[0] == conv.output


def written_out(*, second: bool) -> Any:
    """A norm as a product and a sum, its constants on the right or on the left."""
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "conv", 8, 8)
    for op_type, name in (("Mul", "factor"), ("Add", "summand")):
        constant = net.zeros(f"{name}.c", 8, 1, 1)
        y = net.op(op_type, [y, constant] if second else [constant, y], name)
    return net.model()


@pytest.mark.parametrize(("second", "nodes"), [(True, None), (False, ("factor", "summand"))])
def test_a_norm_written_out_is_found_where_the_runtime_looks_on_one_side_only(
    second: bool, nodes: tuple[str, ...] | None
):
    found = found_by("F1", written_out(second=second), None, runtime="onnxruntime")

    assert [each.nodes for each in found] == ([nodes] if nodes else [])
    assert all(each.saving_bytes and each.saving_bytes >= 4 * MAP_BYTES for each in found)


def test_pre_activation_norms_are_left_alone():
    # ResNet-v2's and DenseNet's norms stand behind additions and concatenations.
    assert found_by("F1", "zoo:densenet", "raspberry_pi_4b") == []


def test_hardly_any_time_is_a_note():
    for found in found_by("F1", "zoo:edgenext", ["pixel6", "raspberry_pi_4b"]):
        small = (found.saving_ratio or 0) < 0.001
        assert (found.severity is Severity.NOTE) is small
