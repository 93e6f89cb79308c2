"""Figures of the MobileNetV4 paper's roofline (arXiv 2404.10518, Eq. 1, Fig. 2 and 3)."""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from costscope.ridge.network import network_of
from costscope.ridge.sweep import POINTS, shares, sweep
from costscope.ridge.types import OpClass

_CLASSES = {
    "conv2d_pct": OpClass.CONV2D,
    "depthwise_pct": OpClass.DEPTHWISE,
    "fully_connected_pct": OpClass.FULLY_CONNECTED,
}


def published() -> dict[str, list[dict[str, str]]]:
    """Rows by network, computed from layer tables apart from costscope (see the file's head)."""
    text = (Path(__file__).parent / "published_ridge_sweep.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {name: list(found) for name, found in groupby(rows, key=lambda row: row["network"])}


ROWS = published()


@cache
def net(name):
    return network_of(f"zoo:{name}", dtype="int8")


def percents(name, ridge):
    found = shares(net(name).operations, Fraction(ridge))
    return {each: round(float(ratio * 100), 3) for each, ratio in found.items()}


@pytest.mark.parametrize("name", ROWS)
def test_nine_ridge_points_to_the_last_digit(name):
    rows = sweep([net(name)], dtype="int8").rows

    assert [row.ridge_macs_per_byte for row in rows] == list(POINTS)
    for row, expected in zip(rows, ROWS[name], strict=True):
        assert row.ridge_macs_per_byte == Fraction(expected["ridge_macs_per_byte"])
        assert f"{float(row.time_macs / 10**6):.6f}" == f"{float(expected['time_macs_m']):.6f}"
        assert row.memory_bound == int(expected["memory_bound"])
        for key, op_class in _CLASSES.items():
            share = row.share_ratios.get(op_class, Fraction(0))
            assert f"{float(share * 100):.3f}" == expected[key]
    assert len(net(name).operations) == int(ROWS[name][0]["operations"])


def test_seventeen_networks_are_compared():
    assert len(ROWS) == 17
    assert {len(rows) for rows in ROWS.values()} == {9}


def test_mobilenet_v1_is_slower_than_v2_below_61_macs_per_byte_and_faster_above():
    found = sweep([net("mobilenet_v1"), net("mobilenet_v2")], dtype="int8")

    (crossing,) = found.crossings
    assert float(crossing.ridge_macs_per_byte) == pytest.approx(61.03, abs=0.05)
    assert crossing.ridge_macs_per_byte == Fraction(6422528, 105235)
    assert (crossing.faster_below, crossing.faster_above) == (1, 0)
    assert crossing.leads


@pytest.mark.parametrize(("ridge", "ratio"), [("0", 1.891), ("31.2", 1.308), ("433.8", 0.851)])
def test_mobilenet_v1_over_v2(ridge, ratio):
    at = Fraction(ridge)
    first, second = (
        sum(each.time_macs(at) for each in net(name).operations)
        for name in ("mobilenet_v1", "mobilenet_v2")
    )

    assert float(first / second) == pytest.approx(ratio, abs=5e-4)


def test_shares_of_mobilenet_v3_large_on_a_slow_cpu_and_on_an_accelerator():
    slow, fast = percents("mobilenet_v3_large", 5), percents("mobilenet_v3_large", 500)

    assert slow == {"conv2d": 81.711, "depthwise": 9.808, "fully_connected": 8.481}
    assert fast == {"conv2d": 45.024, "depthwise": 26.925, "fully_connected": 28.051}
    # Depthwise and fully connected together, as the sweep of the layer tables rounds them.
    assert 100 - slow["conv2d"] == pytest.approx(18.3, abs=0.1)
    assert 100 - fast["conv2d"] == pytest.approx(55.0, abs=0.1)


def test_shares_of_mobilenet_v4_conv_small_on_a_slow_cpu_and_on_an_accelerator():
    slow, fast = percents("mobilenet_v4@conv_s", 5), percents("mobilenet_v4@conv_s", 500)

    assert slow == {"conv2d": 89.907, "depthwise": 3.710, "fully_connected": 6.382}
    assert fast == {"conv2d": 53.252, "depthwise": 14.452, "fully_connected": 32.296}
