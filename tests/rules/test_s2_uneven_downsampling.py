"""S2: VGG downsamples late, a stem of stride 32 early, and most networks neither."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze

CLASSIFIERS = [
    *("resnet", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"),
    *("efficientnet", "shufflenet_v1", "shufflenet_v2", "densenet", "inception_v3", "rep_vgg"),
    *("convmixer", "mnasnet_a1", "regnet", "squeezenet"),
]


def pyramid(strides: list[int]) -> Any:
    net = Drawn(1, 3, 128, 128)
    y, channels = "x", 3
    for place, stride in enumerate(strides):
        y = net.conv(y, f"c{place}", channels, 32, kernel=3, stride=stride, bias=True)
        y, channels = net.op("Relu", [y], f"a{place}"), 32
    net.op("GlobalAveragePool", [y], "pool")
    return net.model()


@pytest.mark.parametrize("machine", ["pixel6", "raspberry_pi_4b", None])
def test_vgg_downsamples_late(machine: str | None):
    (found,) = found_by("S2", "zoo:vgg", machine)

    assert found.message.startswith("late")
    assert found.severity is Severity.NOTE
    assert found.evidence["mean_stride"] < 4.5


def test_the_saving_is_that_of_strides_one_stage_earlier():
    model = pyramid([1, 1, 2, 1, 2, 1, 2, 1])

    (found,) = found_by("S2", model, "raspberry_pi_4b")

    # Maps of 128, 64, 32 and 16; earlier: 64, 32, 16 and 16.
    before = analyze(model, "raspberry_pi_4b").first
    after = analyze(pyramid([2, 1, 2, 1, 2, 1, 1, 1]), "raspberry_pi_4b").first
    assert before.prediction is not None
    assert after.prediction is not None
    expected = (before.prediction.latency_s or 0) - (after.prediction.latency_s or 0)
    assert found.saving_s == pytest.approx(expected, rel=0.05)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes


def test_a_stem_of_stride_32_is_early():
    (found,) = found_by("S2", pyramid([32, 1, 1, 1, 1, 1, 1, 1]), "raspberry_pi_4b")

    assert found.message.startswith("early")
    assert found.saving_s is None
    assert found.evidence["small_maps_ratio"] > 0.6


@pytest.mark.parametrize("network", CLASSIFIERS)
def test_common_classifiers_are_neither(network: str):
    assert found_by("S2", f"zoo:{network}", ["pixel6", "raspberry_pi_4b"]) == []
