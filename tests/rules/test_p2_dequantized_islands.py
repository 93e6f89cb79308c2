"""P2 on quantized networks with a part left out, and on those quantized as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from chains import Build, Conv, chain
from onnx import helper
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.zoo import quantize
from costscope.zoo.build import build


@pytest.fixture
def leaving_out(monkeypatch: pytest.MonkeyPatch):
    """A quantizer that leaves some operators out."""

    def quantizer(model: Any, *op_types: str) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(quantize, "_QUANTIZABLE", quantize._QUANTIZABLE - set(op_types))
            return quantize.quantized(model)

    return quantizer


def network(act: str = "HardSwish"):
    """Three convolutions; behind the first, and there alone, stands an activation."""
    layers = [Conv(filters=32, side=3), Conv(filters=32, act=act), Conv(filters=32)]
    return chain(layers, classes=10, size=56)


def latency_s(model: Any, hardware: str) -> float:
    prediction = analyze(model, hardware).first.prediction
    assert prediction is not None
    assert prediction.latency_s
    return prediction.latency_s


@pytest.mark.parametrize("act", ["HardSwish", "Sigmoid", "HardSigmoid"])
@pytest.mark.parametrize("hardware", ["pixel6", "pixel2_cpu"])
def test_quantizing_it_saves_what_is_said(leaving_out, act: str, hardware: str):
    left = leaving_out(network(act), act)
    (found,) = found_by("P2", left, hardware)

    saved_s = latency_s(left, hardware) - latency_s(leaving_out(network(act)), hardware)
    assert "conv2.act" in found.nodes
    assert found.severity is Severity.WARNING
    assert found.saving_s == pytest.approx(saved_s, rel=1e-6)
    assert found_by("P2", leaving_out(network(act)), hardware) == []


def test_weights_that_are_stored_in_floats():
    def model(*, floats: bool) -> Any:
        found = quantize.quantized(network("Relu"))
        (conv,) = [node for node in found.graph.node if node.name == "conv2"]
        if floats:
            (stored,) = [n for n in found.graph.node if conv.input[1] in n.output]
            (fill,) = [n for n in found.graph.node if stored.input[0] in n.output]
            wide = helper.make_node("ConstantOfShape", [fill.input[0]], ["wide"])
            found.graph.node.insert(0, wide)
            conv.input[1] = "wide"
        return found

    (found,) = found_by("P2", model(floats=True), "pixel6")
    saved_s = latency_s(model(floats=True), "pixel6") - latency_s(model(floats=False), "pixel6")
    assert found.evidence["float_weights"] == 1
    assert found.evidence["bare_tensors"] == 0
    assert found.saving_s == pytest.approx(saved_s, rel=1e-6)


def test_its_numbers(leaving_out):
    (found,) = found_by("P2", leaving_out(network(), "HardSwish"), "pixel6")

    # The convolution before it is an island, too: nothing quantizes what it makes. Its map of
    # 32 x 56 x 56 is dequantized (1 + 4 bytes), read, written, read and written in float32, and
    # quantized again (4 + 1); the weights are stored in 8 bits all the while.
    elements = 32 * 56 * 56
    assert found.evidence["conversions"] == 2
    assert found.evidence["bare_tensors"] == 1
    assert found.evidence["moved_bytes"] == elements * (5 + 16 + 5) + 32 * 32
    assert found.nodes == ("conv2", "conv2.act")


def test_equal_islands_are_one_finding(leaving_out):
    found = found_by("P2", leaving_out(build("mobilenet_v3_small"), "HardSwish"), "pixel6")

    # 18 behind convolutions, one behind the fully connected layer.
    assert sorted(f.evidence["islands"] for f in found) == [1, 18]
    whole = latency_s(build("mobilenet_v3_small", dtype="int8"), "pixel6")
    left = latency_s(leaving_out(build("mobilenet_v3_small"), "HardSwish"), "pixel6")
    assert sum(f.saving_s for f in found) == pytest.approx(left - whole, rel=0.05)


def test_residual_additions(leaving_out):
    found = found_by("P2", leaving_out(build("mobilenet_v2"), "Add"), "pixel6")

    saved_s = latency_s(leaving_out(build("mobilenet_v2"), "Add"), "pixel6") - latency_s(
        build("mobilenet_v2", dtype="int8"), "pixel6"
    )
    assert sum(name.endswith(".add") for f in found for name in f.nodes) == 10
    assert sum(f.saving_s for f in found) == pytest.approx(saved_s, rel=0.05)


@pytest.mark.parametrize("model", ["mobilenet_v2", "mobilenet_v3_small", "efficientnet"])
@pytest.mark.parametrize("hardware", ["pixel6", "coral_edgetpu"])
def test_networks_that_are_quantized_as_a_whole_are_left_alone(model: str, hardware: str):
    assert found_by("P2", build(model, dtype="int8"), hardware) == []


def test_what_only_the_runtime_runs_in_floats_is_a_note_without_a_saving():
    (found,) = found_by("P2", build("mobilenet_v2", dtype="int8"), "raspberry_pi_4b")

    # ncnn has integer kernels for convolutions and fully connected layers alone.
    assert found.severity is Severity.NOTE
    assert found.saving_s is None
    assert "10 Add and 1 GlobalAveragePool" in found.message
    assert len(found.nodes) == 11


def test_what_stands_before_and_behind_the_quantized_part_is_left_alone(leaving_out):
    build_ = Build(3)
    build_.add("HardSwish", "first")
    build_.conv("conv1", Conv(filters=32, side=3))
    build_.conv("conv2", Conv(filters=32))
    build_.add("Softmax", "last")
    model = leaving_out(build_.model((1, 3, 32, 32)), "HardSwish", "Softmax")

    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    assert found_by("P2", model, "pixel6") == []


def test_a_network_of_floats_is_left_alone():
    assert found_by("P2", network(), "pixel6") == []
    assert found_by("P2", network(), "pixel6", as_dtype="int8") == []


def test_without_a_machine_the_traffic_is_told(leaving_out):
    found = found_by("P2", leaving_out(build("mobilenet_v2"), "Add"), None)

    left, whole = leaving_out(build("mobilenet_v2"), "Add"), build("mobilenet_v2", dtype="int8")
    saved_bytes = analyze(left).totals.traffic_bytes - analyze(whole).totals.traffic_bytes
    assert all(f.saving_s is None for f in found)
    assert sum(f.saving_bytes for f in found) == pytest.approx(saved_bytes, rel=0.05)
