"""M3: what waits at the peak of ResNet, and that nothing does in a plain network."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.analysis.types import Severity

MAP_BYTES = 16 * 100 * 100  # 8 bits


def block(*, shortcut: bool, layers: int = 2) -> Any:
    """Layers of one size, with a shortcut around them or without; 160 kB each map."""
    net = Drawn(1, 16, 100, 100)
    entry = net.op("AveragePool", ["x"], "entry", kernel_shape=[3, 3], pads=[1] * 4)
    y = entry
    for place in range(layers):
        y = net.conv(y, f"c{place}", 16, 16, kernel=3, bias=True)
    y = net.op("Add", [entry, y], "sum") if shortcut else y
    net.op("GlobalAveragePool", [y], "pool")
    return net.model()


def test_a_shortcut_holds_a_third_of_the_peak():
    (found,) = found_by("M3", block(shortcut=True), "stm32h743", as_dtype="int8")

    # While c1 runs, what entered the block waits beside what is read and written.
    assert found.subject == "c1"
    assert found.evidence["waiting_bytes"] == MAP_BYTES
    assert found.evidence["peak_bytes"] == 3 * MAP_BYTES
    assert found.severity is Severity.NOTE
    assert found.saving_s is None


def test_without_the_shortcut_nothing_waits():
    assert found_by("M3", block(shortcut=False), "stm32h743", as_dtype="int8") == []


def test_the_operand_of_an_addition_that_came_first_waited_too():
    # The peak is the Add: what entered, what the convolution gave, and the sum.
    (found,) = found_by("M3", block(shortcut=True, layers=1), "stm32h743", as_dtype="int8")

    assert found.subject == "sum"
    assert found.evidence["waiting_bytes"] == MAP_BYTES
    assert "entry.out" in found.message


def test_resnet_50_waits_for_its_shortcuts_and_rep_vgg_for_none():
    (found,) = found_by("M3", "zoo:resnet", "stm32h743", as_dtype="int8")

    # 256 channels of 56 x 56: the shortcut, the third convolution's result and the sum.
    assert found.evidence["waiting_bytes"] == 256 * 56 * 56
    assert found.evidence["waiting_ratio"] == pytest.approx(1 / 3)
    assert found_by("M3", "zoo:rep_vgg", "stm32h743", as_dtype="int8") == []


@pytest.mark.parametrize(
    ("network", "machine"),
    [("mlperf_tiny_resnet8", "stm32h743"), ("mcunet@in4", "stm32h743"), ("resnet", "pixel6")],
)
def test_where_there_is_room_or_hardly_anything_waits_nothing_is_said(network: str, machine: str):
    assert found_by("M3", f"zoo:{network}", machine, as_dtype="int8") == []
