"""S1: layers at high resolution that take much of the time, and what a stride there saves."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.pipeline import analyze


def stem(strides: tuple[int, int, int]) -> Any:
    """Three wide layers and two more stages; the same but for where the strides are."""
    net = Drawn(1, 3, 128, 128)
    y, channels = "x", 3
    sizes = [*zip((32, 32, 64), strides, strict=True), (64, 2), (64, 2), (64, 2), (64, 1)]
    for place, (filters, stride) in enumerate(sizes):
        y = net.conv(y, f"c{place}", channels, filters, kernel=3, stride=stride, bias=True)
        y, channels = net.op("Relu", [y], f"a{place}"), filters
    net.op("GlobalAveragePool", [y], "pool")
    return net.model()


@pytest.mark.parametrize("machine", ["raspberry_pi_4b", "pixel6", None])
def test_the_saving_is_that_of_a_stride_one_layer_earlier(machine: str | None):
    model = stem((2, 1, 2))

    (found,) = found_by("S1", model, machine)

    # Two layers of 64 x 64 on an image of 128 x 128.
    assert set(found.nodes) == {"c0", "a0", "c1", "a1"}
    assert (found.evidence["height"], found.evidence["width"]) == (64, 64)
    # The first layer takes the second layer's stride: the third has none left to take.
    before, after = analyze(model, machine), analyze(stem((4, 1, 1)), machine)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes
    if machine is not None:
        assert before.first.prediction is not None
        assert after.first.prediction is not None
        expected = (before.first.prediction.latency_s or 0) - (
            after.first.prediction.latency_s or 0
        )
        assert found.saving_s == pytest.approx(expected, rel=0.05)
        assert found.saving_s > 0


def test_the_network_with_the_stride_is_left_alone():
    assert found_by("S1", stem((4, 1, 1))) == []


def test_vgg_is_found_with_its_first_two_stages():
    # Conv1: 1.94 G of 15.47 G multiply-accumulates, conv2: 2.77 G.
    (found,) = found_by("S1", "zoo:vgg", None)

    assert found.evidence["share_ratio"] == pytest.approx(0.305, abs=0.005)
    assert found.evidence["height"] == 112


@pytest.mark.parametrize(
    "network",
    [
        *("resnet", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "efficientnet"),
        *("shufflenet_v1", "shufflenet_v2", "inception_v3", "densenet", "convnext", "vit"),
    ],
)
def test_networks_that_downsample_fast_are_left_alone(network: str):
    assert found_by("S1", f"zoo:{network}", ["pixel6", "raspberry_pi_4b"]) == []


@pytest.mark.parametrize(("ends_large", "count"), [(False, 1), (True, 0)])
def test_networks_that_end_in_large_maps_are_left_alone(ends_large: bool, count: int):
    net = Drawn(1, 3, 128, 128)
    y, channels = "x", 3
    for place, stride in enumerate((1, 1, 2, 2, 2, 2)):
        y = net.conv(y, f"c{place}", channels, 16, kernel=3, stride=stride)
        channels = 16
    if ends_large:
        scales = net.values("scales", [1.0, 1.0, 16.0, 16.0])
        y = net.op("Resize", [y, "", scales], "larger")
        net.conv(y, "last", 16, 4)

    assert len(found_by("S1", net.model(), "raspberry_pi_4b")) == count


@pytest.mark.parametrize("network", ["unet", "espcn", "resnet_cifar", "transformer_encoder"])
def test_networks_of_another_shape_are_left_alone(network: str):
    assert found_by("S1", f"zoo:{network}") == []
