"""D7 on classifiers that read a flattened map, and on those behind an average."""

from __future__ import annotations

import pytest
from chains import Build, Conv
from onnx import TensorProto, helper
from rule_cases import found_by

from costscope.pipeline import analyze
from costscope.zoo.quantize import quantized

RPI, XEON = "raspberry_pi_4b", "xeon_e5_2690"
WIDTH, SIZE, CLASSES = 64, 14, 1000


def network(*, average: bool):
    """A convolution and a classifier of its map, or of the average over it."""
    build = Build(3)
    build.conv("conv1", Conv(filters=WIDTH, side=3))
    if average:
        build.add("GlobalAveragePool", "pool")
    build.flatten_and_classify(WIDTH * (1 if average else SIZE * SIZE), CLASSES)
    return build.model((1, 3, SIZE, SIZE))


def by_product(*, transposed: bool):
    """The same with Reshape and MatMul or Gemm, whose matrix stands the other way."""
    build = Build(3)
    build.conv("conv1", Conv(filters=WIDTH, side=3))
    model = build.model((1, 3, SIZE, SIZE))
    features = WIDTH * SIZE * SIZE
    shape = helper.make_tensor("flat", TensorProto.INT64, [2], [1, features])
    sizes = helper.make_tensor("w.shape", TensorProto.INT64, [2], [features, CLASSES])
    model.graph.initializer.extend([shape, sizes])
    op_type = "Gemm" if transposed else "MatMul"
    model.graph.node.extend(
        [
            helper.make_node("Reshape", [build.current, "flat"], ["features"], name="reshape"),
            helper.make_node("Dropout", ["features"], ["kept"], name="dropout"),
            helper.make_node("ConstantOfShape", ["w.shape"], ["w"]),
            helper.make_node(op_type, ["kept", "w"], ["logits"], name="classifier"),
        ]
    )
    model.graph.output[0].name = "logits"
    return model


def latency_s(model, hardware: str, **options) -> float:
    prediction = analyze(model, hardware, **options).first.prediction
    assert prediction is not None
    assert prediction.latency_s
    return prediction.latency_s


@pytest.mark.parametrize("hardware", [RPI, "pixel6", XEON, "adreno_640"])
def test_pooling_before_the_layer_saves_what_is_said(hardware: str):
    (found,) = found_by("D7", network(average=False), hardware)

    saved_s = latency_s(network(average=False), hardware) - latency_s(
        network(average=True), hardware
    )
    assert found.nodes == ("classifier",)
    assert found.saving_s == pytest.approx(saved_s, rel=1e-6)


def test_its_numbers():
    (found,) = found_by("D7", network(average=False), RPI)

    weights = 64 * 196 * 1000
    assert found.evidence["weight_bytes"] == 4 * weights
    assert found.evidence["map_positions"] == 196
    # 2 FLOP for each weight; it moves 4 bytes for it, for 12544 features and 1000 outputs.
    assert found.evidence["intensity_flop_per_byte"] == pytest.approx(
        2 * weights / (4 * (weights + 12544 + 1000)), rel=1e-3
    )
    assert found.evidence["intensity_flop_per_byte"] < found.evidence["ridge_point_flop_per_byte"]
    assert "average the 196 positions first: 64 features and 64 k weights" in found.change


@pytest.mark.parametrize("transposed", [False, True])
def test_a_reshape_and_a_product_are_the_same_layer(transposed: bool):
    (found,) = found_by("D7", by_product(transposed=transposed), RPI)
    (usual,) = found_by("D7", network(average=False), RPI)

    assert found.nodes == ("classifier",)
    assert found.saving_s == pytest.approx(usual.saving_s, rel=0.01)  # without a bias


def test_in_a_quantized_file():
    hardware = "pixel4_hexagon"
    (found,) = found_by("D7", quantized(network(average=False)), hardware)

    saved_s = latency_s(quantized(network(average=False)), hardware) - latency_s(
        quantized(network(average=True)), hardware
    )
    assert found.saving_s == pytest.approx(saved_s, rel=0.05)


@pytest.mark.parametrize("hardware", [RPI, "pixel6", XEON, "adreno_640"])
@pytest.mark.parametrize(("model", "positions"), [("vgg", 49), ("alexnet", 36)])
def test_the_first_classifier_layer_of_vgg_and_alexnet(model: str, positions: int, hardware: str):
    found = found_by("D7", f"zoo:{model}", hardware)

    assert found[0].subject == "fc6"
    assert found[0].evidence["map_positions"] == positions
    assert found[0].evidence["weight_ratio"] > 0.6


@pytest.mark.parametrize("hardware", [RPI, "pixel6", "adreno_640"])
@pytest.mark.parametrize("model", ["mobilenet_v1", "mobilenet_v2", "resnet"])
def test_classifiers_behind_an_average_are_left_alone(model: str, hardware: str):
    assert found_by("D7", f"zoo:{model}", hardware) == []


def test_another_layer_is_to_be_kept_in_8_bits():
    (found,) = [f for f in found_by("D7", "zoo:alexnet", XEON) if f.subject == "fc7"]

    # The machine has one set of rates: in an 8-bit network the layer takes what it would take.
    times = []
    for dtype in (None, "int8"):
        prediction = analyze("zoo:alexnet", XEON, as_dtype=dtype).first.prediction
        assert prediction is not None
        times += [t.latency_s for t in prediction.timings if t.step.kernel.name == "fc7"]
    assert found.saving_s == pytest.approx(times[0] - times[1], rel=1e-6)
    assert "8 bits" in found.change


def test_a_layer_that_is_in_8_bits_already_can_only_be_pooled():
    found = found_by("D7", "zoo:alexnet", "coral_edgetpu", as_dtype="int8")

    assert [f.subject for f in found] == ["fc6"]


def test_many_rows_use_each_weight_often():
    build = Build(3)
    build.conv("conv1", Conv(filters=WIDTH, side=3))
    build.flatten_and_classify(WIDTH * SIZE * SIZE, CLASSES)
    assert found_by("D7", build.model((2, 3, SIZE, SIZE)), XEON) == []
    assert found_by("D7", build.model((1, 3, SIZE, SIZE)), XEON) != []


def test_where_arithmetic_takes_longer_than_reading_nothing_is_said():
    # One multiply-accumulate at a time, from flash that is as fast.
    assert found_by("D7", network(average=False), "stm32h743") == []


def test_a_layer_behind_an_average_has_nothing_to_average():
    found = found_by("D7", "zoo:mobilenet_v3_small", XEON)

    assert {f.subject for f in found} == {"classifier.hidden", "classifier.out"}
    assert all(f.evidence["map_positions"] == 1 and "8 bits" in f.change for f in found)


def test_an_activation_on_the_flat_map_is_looked_through():
    build = Build(3)
    build.conv("conv1", Conv(filters=WIDTH, side=3))
    build.flatten_and_classify(WIDTH * SIZE * SIZE, CLASSES)
    model = build.model((1, 3, SIZE, SIZE))
    (flatten,) = [node for node in model.graph.node if node.name == "flatten"]
    (classifier,) = [node for node in model.graph.node if node.name == "classifier"]
    act = helper.make_node("LeakyRelu", [flatten.output[0]], ["active"], name="active")
    classifier.input[0] = "active"
    model.graph.node.insert(list(model.graph.node).index(flatten) + 1, act)

    (found,) = found_by("D7", model, RPI)
    assert found.evidence["map_positions"] == SIZE * SIZE


def test_without_a_machine_nothing_is_said():
    assert found_by("D7", "zoo:vgg", None) == []
