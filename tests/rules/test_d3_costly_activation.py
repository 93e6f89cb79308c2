"""D3 on activations and normalizations, each on targets that are slow at it and on others."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import ModelProto, helper
from rule_cases import found_by
from small_models import ints, model, op, scalar, swapped, weights, without

from costscope.analysis.types import Finding
from costscope.pipeline import analyze
from costscope.zoo.build import build

DSP = "pixel4_hexagon"


def of(name: str, network: Any, machine: str | None, **options: Any) -> list[Finding]:
    """The findings on one activation or normalization."""
    return [f for f in found_by("D3", network, machine, **options) if f.subject == name]


def latency_s(network: Any, machine: str) -> float:
    """Predicted seconds in 8 bits."""
    prediction = analyze(network, machine, as_dtype="int8").first.prediction
    assert prediction is not None
    assert prediction.latency_s is not None
    return prediction.latency_s


@pytest.mark.parametrize("machine", [DSP, "pixel6", "adreno_640", "coral_edgetpu", "stm32h743"])
def test_swish_on_everything_mobile(machine: str):
    (found,) = of("Swish", "zoo:efficientnet", machine, as_dtype="int8")

    assert found.evidence["sites"] == 49
    assert found.evidence["other_sigmoids"] == 16  # of squeeze and excitation
    assert ("HardSwish" in found.change) == (machine in {"pixel6", "stm32h743"})


@pytest.mark.parametrize(
    ("machine", "sites"), [(DSP, 21), ("coral_edgetpu", 21), ("adreno_640", 21), ("pixel6", 0)]
)
def test_hard_swish_on_accelerators_alone(machine: str, sites: int):
    found = of("HardSwish", "zoo:mobilenet_v3_large", machine, as_dtype="int8")

    assert sum(f.evidence["sites"] for f in found) == sites


@pytest.mark.parametrize(("machine", "sites"), [(DSP, 18), ("stm32h743", 18), ("pixel6", 0)])
def test_gelu_on_a_dsp_but_not_on_a_cpu(machine: str, sites: int):
    found = of("GELU", "zoo:convnext", machine, as_dtype="int8")

    assert sum(f.evidence["sites"] for f in found) == sites


@pytest.mark.parametrize(
    ("machine", "sites"), [(DSP, 23), ("pixel6", 23), ("adreno_640", 23), ("raspberry_pi_4b", 0)]
)
def test_layer_norm_where_the_runtime_has_none(machine: str, sites: int):
    """TensorFlow Lite writes it out on every machine; ncnn on a CPU has a kernel of its own."""
    found = of("layer normalization", "zoo:convnext", machine, as_dtype="int8")

    assert sum(f.evidence["sites"] for f in found) == sites


@pytest.mark.parametrize("machine", [DSP, "pixel6", "coral_edgetpu", "adreno_640"])
@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_lite", "resnet@50"])
def test_relu_is_nothing_to_speak_of(name: str, machine: str):
    assert found_by("D3", f"zoo:{name}", machine, as_dtype="int8") == []


def test_without_a_machine_there_is_no_target():
    assert found_by("D3", "zoo:efficientnet", None) == []


@pytest.mark.parametrize(("name", "sites"), [("efficientnet", 49), ("mobilenet_v3_large", 21)])
def test_quantization_is_looked_through(name: str, sites: int):
    (found,) = found_by("D3", build(name, dtype="int8"), DSP)
    (plain,) = found_by("D3", f"zoo:{name}", DSP, as_dtype="int8")

    assert found.evidence["sites"] == sites
    assert found.saving_s == pytest.approx(plain.saving_s, rel=1e-3)


@pytest.mark.parametrize("machine", [DSP, "adreno_640"])
def test_the_saving_of_hard_swish_is_that_of_the_network_with_relu(machine: str):
    (found,) = of("HardSwish", "zoo:mobilenet_v3_large", machine, as_dtype="int8")

    plain = build("mobilenet_v3_large", {"act": "relu"})
    expected_s = latency_s("zoo:mobilenet_v3_large", machine) - latency_s(plain, machine)
    assert found.saving_s == pytest.approx(expected_s, rel=1e-6)


@pytest.mark.parametrize("machine", ["pixel6", "raspberry_pi_4b", "stm32h743"])
def test_the_saving_of_swish_is_that_of_the_file_with_hard_swish(machine: str):
    network = build("efficientnet")
    (found,) = of("Swish", network, machine, as_dtype="int8")

    expected_s = latency_s(network, machine) - latency_s(with_hard_swish(network), machine)
    assert found.saving_s == pytest.approx(expected_s, rel=1e-6)


def with_hard_swish(network: ModelProto) -> ModelProto:
    """The file with one HardSwish in the place of each x * sigmoid(x)."""
    gates = {n.output[0]: n.input[0] for n in network.graph.node if n.op_type == "Sigmoid"}
    new = {
        node.name: helper.make_node("HardSwish", [gates[gate]], node.output, name=node.name)
        for node in network.graph.node
        for gate in node.input
        if node.op_type == "Mul" and gate in gates and gates[gate] in node.input
    }
    assert len(new) == 49
    return swapped(network, new)


@pytest.mark.parametrize("machine", [DSP, "pixel6"])
def test_the_saving_of_layer_norm_is_that_of_the_file_without(machine: str):
    network = build("convnext")
    (found,) = of("layer normalization", network, machine, as_dtype="int8")

    norms = [node for node in network.graph.node if node.op_type == "LayerNormalization"]
    bare = without(network, {node.name: node.input[0] for node in norms})
    expected_s = latency_s(network, machine) - latency_s(bare, machine)
    assert found.saving_s == pytest.approx(expected_s, rel=0.05)


SWISH = [op("Sigmoid", "map", "gate"), op("Mul", "gate map", "y")]
HARD_SWISH = [
    op("Add", "map three", "sum"),
    op("Clip", "sum zero six", "clipped"),
    op("Mul", "map clipped", "product"),
    op("Div", "product six", "y"),
]
GELU = [
    op("Div", "map root", "scaled"),
    op("Erf", "scaled", "erf"),
    op("Add", "erf one", "bracket"),
    op("Mul", "map bracket", "product"),
    op("Mul", "product half", "y"),
]
MISH = [op("Softplus", "map", "soft"), op("Tanh", "soft", "tanh"), op("Mul", "map tanh", "y")]
LAYER_NORM = [
    op("ReduceMean", "map last", "mean"),
    op("Sub", "map mean", "deviation"),
    op("Pow", "deviation two", "square"),
    op("ReduceMean", "square last", "variance"),
    op("Add", "variance one", "shifted"),
    op("Sqrt", "shifted", "deviations"),
    op("Div", "deviation deviations", "normal"),
    op("Mul", "normal scale", "wide"),
    op("Add", "wide scale", "y"),
]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (SWISH, "Swish"),
        (HARD_SWISH, "HardSwish"),
        (GELU, "GELU"),
        (MISH, "Mish"),
        (LAYER_NORM, "layer normalization"),
    ],
)
def test_forms_that_are_written_out(written: list[Any], name: str):
    constants = {
        "w": weights(16, 16, 1, 1), "three": scalar(3), "zero": scalar(0), "six": scalar(6),
        "root": scalar(2**0.5), "one": scalar(1), "half": scalar(0.5), "two": scalar(2),
        "last": ints(-1), "scale": weights(16),
    }  # fmt: skip
    network = model(
        [op("Conv", "x w", "map"), *written, op("Relu", "y", "z")], [1, 16, 16, 16], constants
    )

    (found,) = found_by("D3", network, "snapdragon_8gen3_npu")

    assert found.subject == name
    assert found.nodes == tuple(node.name for node in written)
    assert (found.saving_s or 0) > 0


def test_a_sigmoid_of_something_else_is_no_swish():
    network = model(
        [
            op("Conv", "x w", "map"),
            op("Relu", "map", "other"),
            op("Sigmoid", "other", "gate"),
            op("Mul", "map gate", "y"),
        ],
        [1, 16, 16, 16],
        {"w": weights(16, 16, 1, 1)},
    )

    assert found_by("D3", network, "snapdragon_8gen3_npu") == []
