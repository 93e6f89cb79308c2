"""D1 on the networks that have squeeze and excitation, and on those that gave it up."""

from __future__ import annotations

from math import fsum
from typing import Any

import numpy as np
import pytest
from rule_cases import found_by
from small_models import ints, model, op, weights, without

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.zoo.build import build

DSP = "pixel4_hexagon"


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("mobilenet_v3_large", 8),
        ("mobilenet_v3_small", 9),
        ("efficientnet", 16),
        ("mobilenet_v3_large@minimalistic", 0),
        ("mobilenet_v2", 0),
        ("efficientnet_lite", 0),
        ("resnet@50", 0),
    ],
)
def test_every_block_of_a_network_is_one_finding(name: str, blocks: int):
    assert len(found_by("D1", f"zoo:{name}", DSP, as_dtype="int8")) == blocks


@pytest.mark.parametrize("machine", ["coral_edgetpu", "imx93_npu", "iphone13_ane", "adreno_640"])
def test_accelerators_of_every_class_are_spoken_of(machine: str):
    assert len(found_by("D1", "zoo:mobilenet_v3_large", machine, as_dtype="int8")) == 8


@pytest.mark.parametrize("machine", ["pixel6", "raspberry_pi_4b", "stm32h743", None])
def test_processors_run_it_well_enough(machine: str | None):
    assert found_by("D1", "zoo:mobilenet_v3_large", machine) == []


def test_a_block_is_found_through_quantization():
    quantized = build("mobilenet_v3_large", dtype="int8")

    found = found_by("D1", quantized, DSP)
    plain = found_by("D1", "zoo:mobilenet_v3_large", DSP, as_dtype="int8")

    assert len(found) == 8
    saved = {f.subject: f.saving_s for f in plain}
    assert {f.subject: f.saving_s for f in found} == pytest.approx(saved, rel=1e-3)


@pytest.mark.parametrize("machine", [DSP, "adreno_640"])
def test_all_savings_together_are_those_of_the_file_without_blocks(machine: str):
    network = build("mobilenet_v3_large")
    found = found_by("D1", network, machine, as_dtype="int8")
    products = {node.name: node for node in network.graph.node}
    bare = without(network, {f.subject: products[f.subject].input[0] for f in found})

    expected_s = latency_s(network, machine) - latency_s(bare, machine)

    assert "GlobalAveragePool" in {node.op_type for node in bare.graph.node}  # the classifier's
    assert fsum(f.saving_s or 0 for f in found) == pytest.approx(expected_s, rel=1e-6)


def latency_s(network: Any, machine: str) -> float:
    """Predicted seconds in 8 bits."""
    prediction = analyze(network, machine, as_dtype="int8").first.prediction
    assert prediction is not None
    assert prediction.latency_s is not None
    return prediction.latency_s


@pytest.mark.parametrize("machine", [DSP, "coral_edgetpu"])
def test_the_saving_of_one_block_is_that_of_the_edited_file(machine: str):
    network = build("efficientnet")
    found = found_by("D1", network, machine, as_dtype="int8")
    product = {node.name: node for node in network.graph.node}[found[0].subject]
    edited = without(network, {product.name: product.input[0]})

    expected_s = latency_s(network, machine) - latency_s(edited, machine)
    totals = [analyze(each, machine, as_dtype="int8").totals for each in (network, edited)]

    assert expected_s > 0
    assert found[0].saving_s == pytest.approx(expected_s, rel=1e-6)
    assert found[0].saving_bytes == totals[0].traffic_bytes - totals[1].traffic_bytes
    assert found[0].severity is Severity.WARNING


CONVOLUTIONS = {"enter": weights(8, 8, 1, 1), "w1": weights(2, 8, 1, 1), "w2": weights(8, 2, 1, 1)}
LAYERS = {"enter": weights(8, 8, 1, 1), "w1": weights(8, 2), "w2": weights(2, 8)}


def by_convolutions(pooled: str = "map", gated: str = "map") -> Any:
    """A gate of 8 channels by way of 2, from one map on another."""
    return model(
        [
            op("Conv", "x enter", "map"),
            op("Relu", "map", "other"),
            op("GlobalAveragePool", pooled, "pool"),
            op("Conv", "pool w1", "squeeze"),
            op("Relu", "squeeze", "middle"),
            op("Conv", "middle w2", "excite"),
            op("Sigmoid", "excite", "gate"),
            op("Mul", f"gate {gated}", "product"),
            op("Add", "product other", "y"),
        ],
        [1, 8, 4, 4],
        CONVOLUTIONS,
    )


def test_the_numbers_of_a_block():
    (block,) = found_by("D1", by_convolutions(), "adreno_640")

    assert block.subject == "product"
    assert block.nodes == ("pool", "squeeze", "middle", "excite", "gate", "product")
    assert block.evidence["channels"] == 8
    assert block.evidence["layers"] == 2
    assert block.evidence["macs"] == 2 * 8 * 2


def test_fully_connected_layers_between_reshapes_are_the_same():
    network = model(
        [
            op("Conv", "x enter", "map"),
            op("ReduceMean", "map axes", "pool", keepdims=0),
            op("Gemm", "pool w1", "squeeze"),
            op("Relu", "squeeze", "middle"),
            op("MatMul", "middle w2", "excite"),
            op("HardSigmoid", "excite", "gate"),
            op("Reshape", "gate shape", "wide"),
            op("Mul", "map wide", "product"),
        ],
        [1, 8, 4, 4],
        {**LAYERS, "axes": ints(2, 3), "shape": ints(1, 8, 1, 1)},
    )

    (block,) = found_by("D1", network, "adreno_640")

    assert block.evidence["layers"] == 2


def test_a_gate_from_another_map_is_none():
    assert found_by("D1", by_convolutions(pooled="other"), "adreno_640") == []


def test_a_gate_of_positions_is_none():
    network = model(
        [
            op("Conv", "x enter", "map"),
            op("ReduceMean", "map axes", "pool"),
            op("Conv", "pool w", "layer", pads=[1, 1, 1, 1]),
            op("Sigmoid", "layer", "gate"),
            op("Mul", "map gate", "product"),
        ],
        [1, 8, 4, 4],
        {"enter": weights(8, 8, 1, 1), "axes": ints(1), "w": weights(1, 1, 3, 3)},
    )

    assert found_by("D1", network, "adreno_640") == []


def test_a_scale_that_is_learned_is_none():
    network = model(
        [op("Conv", "x enter", "map"), op("Mul", "map scale", "product")],
        [1, 8, 4, 4],
        {"enter": weights(8, 8, 1, 1), "scale": np.ones((1, 8, 1, 1), np.float32)},
    )

    assert found_by("D1", network, "adreno_640") == []
