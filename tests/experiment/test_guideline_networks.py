"""The networks of the tables: their arithmetic, their memory access, their operators."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest

import costscope
from costscope.experiment import published
from costscope.experiment.network import name_of, network
from costscope.experiment.types import Row

AREA = 56 * 56
EVERY = [
    pytest.param(row, id=f"{sizes} {name_of(row)}")
    for name in published.names()
    for sizes in ("cpu", "gpu")
    for row in published.rows(name, sizes)
]


def _row(guideline: str, setting: str, scale: int = 1) -> Row:
    found = (each for each in published.rows(guideline) if each.setting == setting)
    return next(each for each in found if each.scale == scale)


def _totals(row: Row):
    return costscope.analyze(network(row, seed=None)).totals


def _operators(row: Row) -> Counter[str]:
    nodes = network(row, seed=0).graph.node
    return Counter(node.op_type for node in nodes)


@pytest.mark.parametrize(
    ("row", "macs"),
    [
        (_row("g1", "1:1"), 10 * 2 * AREA * 32 * 32),
        (_row("g1", "1:12", 4), 10 * 2 * AREA * 36 * 432),
        (_row("g2", "g=1"), 10 * AREA * 64 * 64),
        (_row("g2", "g=4", 2), 10 * AREA * 256 * 256 // 4),
        (_row("g3", "2-series", 4), 10 * 2 * AREA * 180 * 180),
        (_row("g3", "4-parallel"), 10 * 4 * AREA * 32 * 32),
        (_row("g4", "ReLU", 2), 10 * AREA * (64 * 16 + 9 * 16 * 16 + 16 * 64)),
    ],
)
def test_macs_by_hand(row, macs) -> None:
    assert _totals(row).work.macs == macs


@pytest.mark.parametrize("name", published.names())
@pytest.mark.parametrize("sizes", ["cpu", "gpu"])
def test_networks_of_one_width_have_the_same_macs_but_for_whole_channels(name, sizes) -> None:
    macs: dict[int, list[int]] = {}
    for row in published.rows(name, sizes):
        macs.setdefault(row.scale, []).append(_totals(row).work.macs)

    spread = 0.0 if name == "g4" else 0.06
    for group in macs.values():
        assert max(group) / min(group) - 1 <= spread


@pytest.mark.parametrize("row", published.rows("g1"), ids=name_of)
def test_memory_access_of_guideline_1_is_the_papers(row) -> None:
    narrow, wide = row.channels

    assert _totals(row).memory_access == 20 * (AREA * (narrow + wide) + narrow * wide)


@pytest.mark.parametrize("row", published.rows("g2"), ids=name_of)
def test_memory_access_of_guideline_2_is_the_papers(row) -> None:
    (width,), groups = row.channels, int(row.setting.removeprefix("g="))

    assert _totals(row).memory_access == 10 * (AREA * 2 * width + width * width // groups)


@pytest.mark.parametrize("name", published.names())
def test_memory_access_never_falls_from_a_better_setting_to_a_worse_one(name) -> None:
    guideline = published.guideline(name)
    for scale in (1, 2, 4):
        access = {s: _totals(_row(name, s, scale)).memory_access for s in guideline.settings}
        for worse, better in guideline.slower_than.items():
            assert all(access[worse] >= access[each] for each in better)
        assert access[guideline.worst] > access[guideline.best]


@pytest.mark.parametrize(
    ("setting", "operators"),
    [
        ("ReLU + shortcut", {"Conv": 30, "Relu": 30, "Add": 10}),
        ("ReLU", {"Conv": 30, "Relu": 30}),
        ("shortcut", {"Conv": 30, "Add": 10}),
        ("neither", {"Conv": 30}),
    ],
)
def test_guideline_4_removes_what_its_setting_says(setting, operators) -> None:
    assert _operators(_row("g4", setting)) == operators


@pytest.mark.parametrize(
    ("setting", "operators"),
    [
        ("1-fragment", {"Conv": 10, "Relu": 10}),
        ("4-series", {"Conv": 40, "Relu": 40}),
        ("2-parallel", {"Conv": 20, "Relu": 20, "Add": 10}),
        ("4-parallel", {"Conv": 40, "Relu": 40, "Add": 30}),
    ],
)
def test_guideline_3_breaks_a_block_into_fragments(setting, operators) -> None:
    assert _operators(_row("g3", setting)) == operators


@pytest.mark.parametrize("row", EVERY)
def test_every_network_is_valid(row) -> None:
    onnx.checker.check_model(network(row, seed=None), full_check=True)


def test_weights_are_all_different_and_the_same_for_the_same_seed() -> None:
    row = _row("g2", "g=8")
    model = network(row, seed=3)

    weights = [each.raw_data for each in model.graph.initializer]

    assert len(set(weights)) == len(weights) == 20
    assert network(row, seed=3).SerializeToString() == model.SerializeToString()
    assert network(row, seed=4).SerializeToString() != model.SerializeToString()


@pytest.mark.parametrize("name", published.names())
def test_the_narrowest_networks_run_and_stay_finite(name) -> None:
    runtime = pytest.importorskip("onnxruntime")
    row = published.rows(name)[3]
    session = runtime.InferenceSession(
        network(row).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(0).standard_normal((1, row.channels[0], 56, 56), dtype=np.float32)

    (y,) = session.run(None, {"x": x})

    assert y.shape == x.shape
    assert np.isfinite(y).all()
    assert float(np.abs(y).max()) > 1e-6  # neither dead nor full of denormals
