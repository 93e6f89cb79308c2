"""D4 on both ShuffleNets, and on what looks like a shuffle and is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rule_cases import found_by
from small_models import ints, model, op, weights

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.zoo.build import build

MACHINES = ["pixel6", "raspberry_pi_4b", "adreno_640", "stm32h743"]
SHUFFLED = "zoo:shufflenet_v1@1.0x-g3"


def test_each_unit_of_shufflenet_v1_shuffles_once():
    (found,) = found_by("D4", SHUFFLED)

    # A quarter of the unit's channels; the first of a stage still on the larger map.
    elements = 60 * (56**2 + 3 * 28**2) + 120 * (28**2 + 7 * 14**2) + 240 * (14**2 + 3 * 7**2)
    assert found.evidence["shuffles"] == 16
    assert found.evidence["moved_bytes"] == 2 * elements * 4
    assert found.evidence["macs"] == 0
    assert len(found.nodes) == 3 * 16


def test_a_quarter_of_the_bytes_in_8_bits():
    (whole,) = found_by("D4", SHUFFLED)
    (small,) = found_by("D4", SHUFFLED, as_dtype="int8")

    assert small.evidence["moved_bytes"] * 4 == whole.evidence["moved_bytes"]


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_saving_is_that_of_the_variant_without_shuffles(machine: str, dtype: str):
    names = (SHUFFLED, f"{SHUFFLED}-no-shuffle")
    before, after = (analyze(name, machine, as_dtype=dtype).first for name in names)
    assert before.prediction is not None
    assert after.prediction is not None

    (found,) = found_by("D4", SHUFFLED, machine, as_dtype=dtype)

    expected = (before.prediction.latency_s or 0) - (after.prediction.latency_s or 0)
    assert found.saving_s == pytest.approx(expected, rel=1e-6)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes


def test_waiting_for_the_fallback_is_not_the_shuffles_time():
    """The grouped convolutions of ShuffleNetV1 run elsewhere: their copies stay without it."""
    (found,) = found_by("D4", SHUFFLED, "coral_edgetpu", as_dtype="int8")

    assert found.evidence["time_s"] == pytest.approx(found.saving_s)
    assert found.severity is Severity.NOTE


def test_shufflenet_v2_could_merge_its_shuffles():
    (found,) = found_by("D4", "zoo:shufflenet_v2")

    # 16 units; behind the last of each stage follows no split.
    assert found.evidence["shuffles"] == 16
    assert found.evidence["between_concat_and_split"] == 13
    assert "13" in found.change


def test_without_a_machine_bytes_are_told():
    (found,) = found_by("D4", SHUFFLED, None)

    assert found.saving_s is None
    assert found.saving_bytes == found.evidence["moved_bytes"]


def test_a_shuffle_is_found_through_quantization():
    (found,) = found_by("D4", build("shufflenet_v2", dtype="int8"))
    (plain,) = found_by("D4", "zoo:shufflenet_v2", as_dtype="int8")

    assert found.evidence["shuffles"] == 16
    assert found.saving_s == pytest.approx(plain.saving_s, rel=0.05)


@pytest.mark.parametrize(
    "name",
    ["shufflenet_v1@1.0x-g1", "shufflenet_v1@1.0x-g3-no-shuffle", "espcn", "vit", "swin"],
)
def test_networks_without_a_shuffle_are_left_alone(name: str):
    """Attention transposes heads, and ESPCN rearranges channels into positions."""
    assert found_by("D4", f"zoo:{name}") == []


def moved(inner: Sequence[int], perm: Sequence[int], outer: Sequence[int]) -> Any:
    """A convolution, and what may be a shuffle of its 8 channels."""
    return model(
        [
            op("Conv", "x w", "map"),
            op("Reshape", "map inner", "parted"),
            op("Transpose", "parted", "moved", perm=list(perm)),
            op("Reshape", "moved outer", "joined"),
            op("Relu", "joined", "y"),
        ],
        [1, 8, 4, 6],
        {"w": weights(8, 8, 1, 1), "inner": ints(*inner), "outer": ints(*outer)},
    )


@pytest.mark.parametrize(
    ("inner", "perm", "outer", "shuffles"),
    [
        ((1, 2, 4, 4, 6), (0, 2, 1, 3, 4), (1, 8, 4, 6), 1),
        ((1, 2, 4, 4, 6), (0, 2, 1, 3, 4), (1, 4, 8, 6), 0),  # another shape leaves
        ((1, 2, 4, 4, 6), (0, 1, 2, 4, 3), (1, 8, 4, 6), 0),  # rows and columns
        ((1, 8, 4, 6, 1), (0, 1, 2, 4, 3), (1, 8, 4, 6), 0),  # nothing is parted
        ((1, 2, 2, 2, 4, 6), (0, 2, 1, 3, 4, 5), (1, 8, 4, 6), 0),  # parted in three
    ],
)
def test_what_a_shuffle_is(
    inner: Sequence[int], perm: Sequence[int], outer: Sequence[int], shuffles: int
):
    assert len(found_by("D4", moved(inner, perm, outer))) == shuffles
