"""D5 on widths one above and at a multiple, and on what it has to leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chains import Conv, chain
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze

RPI = "raspberry_pi_4b"  # ncnn in float32: packs of 4, which its time model counts


def latency_s(model) -> float:
    prediction = analyze(model, RPI).first.prediction
    assert prediction is not None
    assert prediction.latency_s
    return prediction.latency_s


def network(width: int, **options):
    """A stem, a layer down to a width and one up again."""
    layers = [Conv(filters=32, side=3), Conv(filters=width), Conv(filters=32)]
    return chain(layers, classes=10, **options)


@pytest.mark.parametrize(
    ("hardware", "dtype", "padded"),
    [
        (RPI, None, 20),
        ("pixel6", None, 20),
        ("pixel6", "fp16", 24),
        ("pixel6", "int8", 24),
        ("adreno_640", None, 20),
        ("stm32h743", "int8", 20),
        ("coral_edgetpu", "int8", 32),
        ("imx93_npu", "int8", 32),
    ],
)
def test_17_channels_are_found_and_16_are_not(hardware: str, dtype: str | None, padded: int):
    (found,) = found_by("D5", network(17), hardware, as_dtype=dtype)

    assert found.nodes == ("conv2", "conv3")
    assert found.evidence["channels"] == 17
    assert found.evidence["padded_channels"] == padded
    # Both layers have 32 channels on their other side: only 17 of the padded ones are there.
    assert found.evidence["wasted_ratio"] == pytest.approx(1 - 17 / padded)
    assert found_by("D5", network(16), hardware, as_dtype=dtype) == []


@pytest.mark.parametrize("hardware", [RPI, "pixel6", "adreno_640", "stm32h743"])
def test_the_saving_is_that_of_the_network_with_the_lower_multiple(hardware: str):
    (found,) = found_by("D5", network(17), hardware)

    before, after = (analyze(network(width), hardware).first for width in (17, 16))
    assert before.prediction is not None
    assert after.prediction is not None
    saved_s = before.prediction.latency_s - after.prediction.latency_s
    assert found.evidence["lower_channels"] == 16
    assert found.saving_s == pytest.approx(saved_s, rel=1e-9)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes


def test_a_time_model_that_counts_whole_packs_makes_it_a_warning():
    (seen,) = found_by("D5", network(17), RPI)
    (unseen,) = found_by("D5", network(17), "pixel6")

    assert (seen.severity, seen.evidence["padding_priced"]) == (Severity.WARNING, 1)
    assert (unseen.severity, unseen.evidence["padding_priced"]) == (Severity.NOTE, 0)
    assert "the time model of this machine does not see it" in unseen.message


def test_several_widths_are_one_finding_named_by_the_one_with_most_to_do():
    def model(narrow: int, wide: int):
        widths = (32, narrow, wide, wide, 32)
        return chain([Conv(filters=each, side=3) for each in widths], classes=10)

    (found,) = found_by("D5", model(17, 42), RPI)
    assert (found.evidence["channels"], found.evidence["widths"]) == (42, 2)
    assert "widths of 42 and 17 in 4 convolutions" in found.message
    # 32 to 17 to 42 to 42 to 32, in blocks of 4, all of them with 9 taps on one map.
    there = 32 * 17 + 17 * 42 + 42 * 42 + 42 * 32
    padded = 32 * 20 + 20 * 44 + 44 * 44 + 44 * 32
    assert found.evidence["wasted_ratio"] == pytest.approx(1 - there / padded)
    saved_s = latency_s(model(17, 42)) - latency_s(model(16, 40))
    assert found.saving_s == pytest.approx(saved_s, rel=1e-9)


def test_a_depthwise_layer_follows_the_width_but_gives_no_finding_of_its_own():
    both = [Conv(filters=17, side=3), Conv(filters=17, side=3, depthwise=True), Conv(filters=32)]
    (found,) = found_by("D5", chain(both, classes=10), RPI)
    assert found.nodes == ("conv1", "conv2", "conv3")
    narrow = [replace(layer, filters=16) if layer.filters == 17 else layer for layer in both]
    saved_s = latency_s(chain(both, classes=10)) - latency_s(chain(narrow, classes=10))
    assert found.saving_s == pytest.approx(saved_s, rel=1e-9)

    alone = [Conv(filters=17, side=3, depthwise=True)]
    assert found_by("D5", chain(alone, channels=17), RPI) == []


@pytest.mark.parametrize(
    "layers",
    [
        [Conv(filters=16, side=3)],  # the image's 3 channels
        [Conv(filters=32, side=3), Conv(filters=21, act="")],  # as many outputs as classes
        [Conv(filters=3, side=3), Conv(filters=32)],  # below a block: there is no lower multiple
    ],
    ids=["image", "classes", "narrow"],
)
def test_widths_that_nobody_chose_for_speed_are_left_alone(layers: list[Conv]):
    assert found_by("D5", chain(layers), RPI) == []


def test_a_width_below_a_wider_block_has_no_lower_multiple_either():
    assert found_by("D5", network(6), "pixel6", as_dtype="int8") == []
    assert found_by("D5", network(6), "pixel6") != []


def test_maps_of_one_position_are_left_alone():
    layers = [Conv(filters=32, side=3), Conv(filters=17, side=3), Conv(filters=32, side=3)]

    assert found_by("D5", chain(layers, classes=10, size=1), RPI) == []
    assert found_by("D5", chain(layers, classes=10, size=2), RPI) != []


def test_a_small_share_of_the_multiplications_is_left_alone():
    wide = [Conv(filters=512, side=3), Conv(filters=512, side=3), Conv(filters=17)]
    assert found_by("D5", chain([*wide, Conv(filters=512)], classes=10), RPI) == []


def test_multiples_of_eight_are_no_finding_where_measurements_show_no_loss():
    assert found_by("D5", network(24), "coral_edgetpu", as_dtype="int8") == []
    assert found_by("D5", network(20), "coral_edgetpu", as_dtype="int8") != []


@pytest.mark.parametrize("model", ["mobilenet_v2", "mobilenet_v3_large", "efficientnet", "resnet"])
@pytest.mark.parametrize("hardware", [RPI, "pixel6", "adreno_640"])
def test_networks_of_round_widths_are_left_alone(model: str, hardware: str):
    assert found_by("D5", f"zoo:{model}", hardware) == []


def test_the_58_channels_of_shufflenet_v2():
    (found,) = found_by("D5", "zoo:shufflenet_v2", RPI)

    assert (found.evidence["channels"], found.evidence["padded_channels"]) == (58, 60)
    assert found.subject.startswith("stage2.")


def test_the_offsets_of_a_deformable_convolution_are_as_many_as_its_window_asks_for():
    assert found_by("D5", "zoo:deform_conv_block", RPI) == []


def test_without_a_machine_or_where_floats_do_not_run_nothing_is_said():
    assert found_by("D5", network(17), None) == []
    assert found_by("D5", network(17), "coral_edgetpu") == []
