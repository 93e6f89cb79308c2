"""D6: windows above the fast ones, and stacks built by hand in their place."""

from __future__ import annotations

import pytest
from chains import Conv, chain
from rule_cases import found_by

from costscope.pipeline import analyze
from costscope.whatif.case import Case
from costscope.whatif.convolution import convolution
from costscope.whatif.stack import stacked
from costscope.zoo.quantize import quantized

RPI = "raspberry_pi_4b"
WIDTH = 96


def network(*middle: Conv):
    """Layers between one up and one down."""
    return chain([Conv(filters=WIDTH, side=3), *middle, Conv(filters=32)], size=56, classes=10)


def depthwise(side: int, **options) -> Conv:
    return Conv(filters=WIDTH, side=side, depthwise=True, **options)


def stack(many: int, stride: int = 1) -> list[Conv]:
    """3x3 layers without activations between them."""
    first = [depthwise(3, act="", stride=stride)]
    return [*first, *[depthwise(3, act="")] * (many - 2), depthwise(3)]


def latency_s(model, hardware: str, **options) -> float:
    prediction = analyze(model, hardware, **options).first.prediction
    assert prediction is not None
    assert prediction.latency_s
    return prediction.latency_s


CASES = [(RPI, None), ("cortex_a76_2.4ghz", None), (RPI, "int8"), ("pixel6", "int8")]


def stacked_saving(model, hardware: str) -> float:
    """What a stack in place of `conv2` saves, whether the rule would say so or not."""
    analysis = analyze(model, hardware)
    case = Case(analysis, analysis.first)
    (kernel,) = [k for k in case.deployment.kernels if k.name == "conv2"]
    conv = convolution(kernel)
    assert conv is not None
    saving = case.saving(stacked(case.graph, [(kernel, conv)]))
    assert saving.latency_s is not None
    return saving.latency_s


@pytest.mark.parametrize(("hardware", "dtype"), CASES)
def test_three_stacked_3x3_save_what_is_said(hardware: str, dtype: str | None):
    (found,) = found_by("D6", network(depthwise(7)), hardware, as_dtype=dtype)

    before = latency_s(network(depthwise(7)), hardware, as_dtype=dtype)
    after = latency_s(network(*stack(3)), hardware, as_dtype=dtype)
    assert found.nodes == ("conv2",)
    assert found.evidence["stacked_convolutions"] == 3
    assert found.saving_s == pytest.approx(before - after, rel=1e-6)


def test_a_window_of_two_steps_needs_one_layer_less():
    # 3 positions, then two steps of 2 for each layer behind it: 3 + 4 = 7.
    (found,) = found_by("D6", network(depthwise(7, stride=2)), RPI)

    before, after = (
        latency_s(network(*layers), RPI) for layers in ([depthwise(7, stride=2)], stack(2, 2))
    )
    assert found.evidence["stacked_convolutions"] == 2
    assert found.saving_s == pytest.approx(before - after, rel=1e-6)


def test_in_a_quantized_file_the_stack_is_quantized_between_its_layers():
    (found,) = found_by("D6", quantized(network(depthwise(7))), "pixel6")

    before = latency_s(quantized(network(depthwise(7))), "pixel6")
    after = latency_s(quantized(network(*stack(3))), "pixel6")
    assert found.saving_s == pytest.approx(before - after, rel=1e-6)


def test_how_much_slower_it_is_follows_from_the_network_with_5x5():
    (found,) = found_by("D6", network(depthwise(7)), RPI)

    per_mac = []
    for side in (7, 5):
        deployment = analyze(network(depthwise(side)), RPI).first
        assert deployment.prediction is not None
        (timing,) = [t for t in deployment.prediction.timings if t.step.kernel.name == "conv2"]
        per_mac.append(timing.latency_s / (WIDTH * 56 * 56 * side * side))
    assert found.evidence["mac_time_ratio"] == pytest.approx(per_mac[0] / per_mac[1])
    assert found.evidence["macs"] == WIDTH * 56 * 56 * 49


@pytest.mark.parametrize(
    ("hardware", "dtype"), [("pixel6", None), ("adreno_640", None), ("coral_edgetpu", "int8")]
)
def test_where_a_mac_takes_as_long_nothing_is_said(hardware: str, dtype: str | None):
    assert found_by("D6", network(depthwise(7)), hardware, as_dtype=dtype) == []


@pytest.mark.parametrize(
    "layer",
    [
        depthwise(5),
        depthwise(3),
        Conv(filters=WIDTH, side=3),
        depthwise(7, stride=7),
        depthwise(7, dilation=2),
    ],
    ids=["5x5", "3x3", "dense 3x3", "patches", "dilated"],
)
def test_small_windows_patches_and_dilated_ones_are_left_alone(layer: Conv):
    assert found_by("D6", network(layer), RPI) == []


def test_windows_that_do_not_overlap_have_no_stack_that_sees_the_same():
    found = found_by("D6", network(depthwise(7, stride=6)), "pixel6", as_dtype="int8")
    assert [f.nodes for f in found] == [("conv2",)]

    patches = network(depthwise(7, stride=7))
    assert found_by("D6", patches, "pixel6", as_dtype="int8") == []


def test_dense_5x5_layers_are_compared_with_the_3x3_that_winograd_takes():
    model = chain([Conv(filters=64, side=3), Conv(filters=64, side=5)], size=56, classes=10)
    pair = [Conv(filters=64, side=3, act=""), Conv(filters=64, side=3)]
    other = chain([Conv(filters=64, side=3), *pair], size=56, classes=10)

    (found,) = found_by("D6", model, "cortex_a76_2.4ghz")
    saved_s = latency_s(model, "cortex_a76_2.4ghz") - latency_s(other, "cortex_a76_2.4ghz")
    assert found.evidence["stacked_convolutions"] == 2
    assert found.saving_s == pytest.approx(saved_s, rel=1e-6)


def test_the_steps_of_a_dense_window_are_those_of_the_first_of_the_stack():
    # Winograd takes the second, whose steps are single, and not the first.
    model = chain([Conv(filters=64, side=3), Conv(filters=64, side=5, stride=2)], size=56)
    pair = [Conv(filters=64, side=3, stride=2, act=""), Conv(filters=64, side=3)]
    other = chain([Conv(filters=64, side=3), *pair], size=56)
    hardware = "cortex_a76_2.4ghz"
    stacks = stacked_saving(model, hardware)
    assert stacks == pytest.approx(latency_s(model, hardware) - latency_s(other, hardware))


def test_a_stack_that_would_take_longer_is_no_advice():
    # From 8 channels to 256, 25 taps are few: a second layer of 256 to 256 has more to do.
    model = chain([Conv(filters=8, side=3), Conv(filters=256, side=5)], size=56, classes=10)

    assert stacked_saving(model, "cortex_a76_2.4ghz") < 0
    assert found_by("D6", model, "cortex_a76_2.4ghz") == []


def test_the_stem_of_resnet_is_left_alone_because_a_stack_would_take_longer():
    assert found_by("D6", "zoo:resnet", RPI) == []


def test_all_of_a_size_are_one_finding():
    (found,) = found_by("D6", "zoo:convnext", "pixel6", as_dtype="int8")

    assert len(found.nodes) == 18  # 3 + 3 + 9 + 3 blocks
    assert found.evidence["window_taps"] == 49


@pytest.mark.parametrize("model", ["mobilenet_v2", "efficientnet", "mobilenet_v3_large"])
def test_networks_of_3x3_and_5x5_are_left_alone(model: str):
    assert found_by("D6", f"zoo:{model}", "pixel6", as_dtype="int8") == []


def test_without_a_machine_nothing_is_said():
    assert found_by("D6", "zoo:convnext", None) == []
