"""D2 on what a machine does not run: kinds of kernels, element types, operators unheard of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from rule_cases import found_by
from small_models import ints, model, op, weights, without

from costscope.analysis.types import Severity
from costscope.hardware.catalog import load
from costscope.pipeline import analyze
from costscope.zoo.build import build

TPU = "coral_edgetpu"  # copies over a lane of 500 MB/s, after a wait of 1 ms each


def latency_s(network: Any, machine: Any = TPU) -> float:
    """Predicted seconds in 8 bits."""
    prediction = analyze(network, machine, as_dtype="int8").first.prediction
    assert prediction is not None
    assert prediction.latency_s is not None
    return prediction.latency_s


def grouped(groups: int) -> ModelProto:
    """A convolution in groups between two others: 8 channels of 16 x 16."""
    return model(
        [
            op("Conv", "x w", "before"),
            op("Conv", "before g", "middle", group=groups),
            op("Conv", "middle w", "after"),
        ],
        [1, 8, 16, 16],
        {"w": weights(8, 8, 1, 1), "g": weights(8, 8 // groups, 1, 1)},
    )


def test_the_copies_of_a_grouped_convolution():
    (found,) = found_by("D2", grouped(2), TPU, as_dtype="int8")

    # To the board's processor and back: twice 8 x 16 x 16 bytes.
    assert found.evidence["kernels"] == 1
    assert found.evidence["switches"] == 2
    assert found.evidence["copied_bytes"] == 2 * 8 * 16 * 16
    assert found.evidence["copy_s"] == pytest.approx(2 * 1e-3 + 4096 / 500e6)
    assert found.nodes == ("middle",)
    assert "coral_dev_board_cpu" in found.message
    assert found.severity is Severity.WARNING


def test_the_saving_of_grouped_convolutions_is_that_of_one_group():
    (found,) = found_by("D2", grouped(2), TPU, as_dtype="int8")

    expected_s = latency_s(grouped(2)) - latency_s(grouped(1))
    assert expected_s > 2e-3
    assert found.saving_s == pytest.approx(expected_s, rel=1e-6)


@pytest.mark.parametrize("groups", [1, 8])
def test_dense_and_depthwise_convolutions_run_there(groups: int):
    assert found_by("D2", grouped(groups), TPU, as_dtype="int8") == []


@pytest.mark.parametrize("machine", [TPU, "pixel4_hexagon", "imx93_npu"])
def test_the_31_grouped_convolutions_of_shufflenet_v1(machine: str):
    """16 units with two each, but for the first, which enters in one group."""
    (found,) = found_by("D2", "zoo:shufflenet_v1@1.0x-g3", machine, as_dtype="int8")

    assert found.evidence["kernels"] == 2 * 16 - 1
    assert found.evidence["switches"] == 2 * 31
    bare = "zoo:shufflenet_v1@1.0x-g3"
    assert 0 < (found.saving_s or 0) < latency_s(bare, machine)


def test_the_saving_of_a_whole_shufflenet_is_that_of_the_file_in_one_group():
    network = build("shufflenet_v1@1.0x-g3")
    (found,) = found_by("D2", network, TPU, as_dtype="int8")

    expected_s = latency_s(network) - latency_s(in_one_group(network, set(found.nodes)))
    assert found.saving_s == pytest.approx(expected_s, rel=1e-6)


def in_one_group(network: ModelProto, names: set[str]) -> ModelProto:
    """The file with weights of all channels for some of its convolutions."""
    changed = ModelProto()
    changed.CopyFrom(network)
    stored = {each.name: each for each in changed.graph.initializer}
    fills = {node.output[0]: node for node in changed.graph.node}
    for node in changed.graph.node:
        groups = [a for a in node.attribute if a.name == "group" and node.name in names]
        if groups:
            fill = fills[node.input[1]]
            sizes = numpy_helper.to_array(stored[fill.input[0]]).copy()
            sizes[1] *= groups[0].i
            fill.input[0] = f"{node.name}/sizes"
            changed.graph.initializer.append(numpy_helper.from_array(sizes, fill.input[0]))
            groups[0].i = 1
    return changed


@pytest.mark.parametrize("machine", [TPU, "pixel4_hexagon"])
def test_products_of_activations_save_their_copies(machine: str):
    """Leaving them out would change shapes, so nothing but the copies is claimed."""
    (found,) = found_by("D2", "zoo:mobilenet_v4@hybrid_m", machine, as_dtype="int8")

    assert found.subject == "MatMul"
    assert found.evidence["kernels"] == 16
    assert found.saving_s == found.evidence["copy_s"]


def permuted() -> ModelProto:
    """Channels gathered in another order: the same shape leaves."""
    return model(
        [
            op("Conv", "x w", "before"),
            op("Gather", "before order", "moved", axis=1),
            op("Conv", "moved w", "after"),
        ],
        [1, 8, 16, 16],
        {"w": weights(8, 8, 1, 1), "order": ints(7, 6, 5, 4, 3, 2, 1, 0)},
    )


def test_what_keeps_the_shape_is_left_out():
    (found,) = found_by("D2", permuted(), TPU, as_dtype="int8")

    expected_s = latency_s(permuted()) - latency_s(without(permuted(), {"moved": "before"}))
    assert found.subject == "Gather"
    assert found.saving_s == pytest.approx(expected_s, rel=1e-6)
    assert (found.saving_s or 0) > found.evidence["copy_s"]


def test_without_a_fallback_it_is_an_error():
    alone = replace(load(TPU), fallback=None)

    (found,) = found_by("D2", grouped(2), alone, as_dtype="int8")

    assert found.severity is Severity.ERROR
    assert found.saving_s is None


def test_a_time_model_without_the_fallback_says_so():
    (found,) = found_by("D2", grouped(2), TPU, as_dtype="int8", time_model="roofline")

    assert "not known" in found.message
    assert found.saving_s is None


@pytest.mark.parametrize("machine", [TPU, "pixel4_hexagon"])
def test_an_element_type_without_arithmetic_is_an_error(machine: str):
    (found,) = found_by("D2", "zoo:mobilenet_v2", machine)

    assert found.severity is Severity.ERROR
    assert "no float32 arithmetic" in found.message
    assert "int8" in found.change
    assert found_by("D2", "zoo:mobilenet_v2", machine, as_dtype="int8") == []


def test_only_the_conversion_of_the_input_is_a_warning():
    (found,) = found_by("D2", build("mobilenet_v2", dtype="int8"), "pixel4_hexagon")

    assert found.subject == "QuantizeLinear"
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize("machine", ["pixel6", "adreno_640", "raspberry_pi_4b", None])
@pytest.mark.parametrize("name", ["shufflenet_v1@1.0x-g3", "vit"])
def test_machines_that_run_everything_are_fine(name: str, machine: str | None):
    assert found_by("D2", f"zoo:{name}", machine) == []


@pytest.mark.parametrize("machine", ["pixel6", TPU, None])
def test_operators_that_nobody_knows_are_errors(machine: str | None):
    network = model(
        [
            op("Conv", "x w", "before"),
            helper.make_node("Secret", ["before"], ["a"], name="one", domain="elsewhere"),
            helper.make_node("Secret", ["a"], ["b"], name="two", domain="elsewhere"),
        ],
        [1, 8, 4, 4],
        {"w": np.ones((8, 8, 1, 1), np.float32)},
    )

    found = found_by("D2", network, machine, as_dtype="int8")

    (secret,) = [f for f in found if f.subject == "elsewhere::Secret"]
    assert secret.severity is Severity.ERROR
    assert secret.nodes == ("one", "two")
    assert secret.evidence["operators"] == 2


def test_nothing_is_claimed_for_what_runs_inside_a_loop():
    """The body of a loop is not edited: only its copies are told."""
    body = helper.make_graph(
        [
            helper.make_node("Conv", ["state", "g"], ["next"], name="inner", group=2),
            helper.make_node("Identity", ["go"], ["on"], name="again"),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, [1, 8, 16, 16]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, [1, 8, 16, 16]),
        ],
    )
    network = model(
        [
            op("Conv", "x w", "before"),
            helper.make_node("Loop", ["times", "", "before"], ["after"], name="loop", body=body),
        ],
        [1, 8, 16, 16],
        {"w": weights(8, 8, 1, 1), "g": weights(8, 4, 1, 1), "times": np.array(3)},
    )

    found = [f for f in found_by("D2", network, TPU, as_dtype="int8") if f.subject == "Conv"]

    assert [f.nodes for f in found] == [("loop/inner",)]
    assert found[0].saving_s in {None, found[0].evidence["copy_s"]}
