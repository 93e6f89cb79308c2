"""F5: arithmetic on weights is told, arithmetic on shapes and dequantised weights are not."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from onnx import TensorProto
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze


def linear(*, folded: bool, width: int = 128) -> Any:
    """A linear layer whose weight is stored the other way round."""
    net = Drawn(1, width)
    weight = net.zeros("w", width, width)
    if not folded:
        weight = net.op("Transpose", [weight], "turned", perm=[1, 0])
    net.op("MatMul", ["x", weight], "fc")
    return net.model()


def test_a_transposed_weight_is_told_with_what_it_would_cost_unfolded():
    (found,) = found_by("F5", linear(folded=False), "raspberry_pi_4b")

    assert found.severity is Severity.NOTE
    assert found.nodes == ("turned",)
    assert found.evidence["operators"] == 1
    assert found.evidence["result_bytes"] == 4 * 128 * 128
    assert found.saving_s is None
    # A Transpose of the same size that is not constant, on the same machine.
    net = Drawn(128, 128)
    net.op("Transpose", ["x"], "turned", perm=[1, 0])
    alone = analyze(net.model(), "raspberry_pi_4b").first.prediction
    assert alone is not None
    expected = sum(timing.latency_s or 0 for timing in alone.timings)
    assert found.evidence["unfolded_latency_s"] == pytest.approx(expected, rel=0.05)


def test_a_folded_file_is_left_alone():
    assert found_by("F5", linear(folded=True), "raspberry_pi_4b") == []


def test_what_is_small_is_left_alone():
    # 32 x 32 floats are 4 KiB.
    assert found_by("F5", linear(folded=False, width=32), "raspberry_pi_4b") == []


def test_dequantised_weights_are_left_alone():
    net = Drawn(1, 128)
    weight = net.initializers
    from onnx import helper

    weight.append(helper.make_tensor("w", TensorProto.INT8, [128, 128], bytes(128 * 128), raw=True))
    weight.append(helper.make_tensor("scale", TensorProto.FLOAT, [], [1.0]))
    net.op("MatMul", ["x", net.op("DequantizeLinear", ["w", "scale"], "dequantized")], "fc")

    assert found_by("F5", net.model()) == []


def positions(*, folded: bool) -> Any:
    """A convolution of a table of positions: multiply-accumulates that costscope counts."""
    net = Drawn(1, 32, 16, 16)
    table = net.zeros("table", 1, 32, 16, 16)
    y = table if folded else net.conv(table, "position", 32, 32)
    net.op("Sigmoid", [net.op("Add", ["x", y], "sum")], "end")
    return net.model()


def test_a_convolution_of_constants_saves_what_the_stored_result_does():
    (found,) = found_by("F5", positions(folded=False), "raspberry_pi_4b")

    assert found.nodes == ("position",)
    before, after = (analyze(positions(folded=each), "raspberry_pi_4b") for each in (False, True))
    assert before.first.prediction is not None
    assert after.first.prediction is not None
    expected = (before.first.prediction.latency_s or 0) - (after.first.prediction.latency_s or 0)
    assert expected > 0
    assert found.saving_s == pytest.approx(expected)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes


def test_ordinary_networks_are_left_alone():
    for network in ("mobilenet_v2", "resnet", "shufflenet_v2", "vit"):
        assert found_by("F5", f"zoo:{network}") == [], network
