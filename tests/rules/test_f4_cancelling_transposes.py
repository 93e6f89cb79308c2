"""F4: channels-last islands are found where they run; heads of attention and shuffles are not."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.pipeline import analyze
from costscope.whatif.case import Case
from costscope.whatif.layout import islands, without

LAST, FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
MAP_BYTES = 4 * 8 * 16 * 16


def island(*, turned: bool, between: str = "Elu") -> Any:
    """Conv, Transpose, activation, bias, Transpose, Conv: what TensorFlow exports look like."""
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "one", 8, 8)
    y = net.op("Transpose", [y], "to_last", perm=LAST) if turned else y
    y = net.op(between, [y], "act")
    shape = (8,) if turned else (8, 1, 1)
    y = net.op("Mul", [net.zeros("factor", *shape), y], "times")
    y = net.op("Transpose", [y], "to_first", perm=FIRST) if turned else y
    net.conv(y, "two", 8, 8)
    return net.model()


@pytest.mark.parametrize("machine", ["raspberry_pi_4b", "pixel6"])
def test_an_island_saves_what_the_network_without_transposes_does(machine: str):
    (found,) = found_by("F4", island(turned=True), machine)

    assert set(found.nodes) == {"to_last", "to_first"}
    assert found.evidence["cancelling"] == 2
    before, after = (analyze(island(turned=each), machine).first for each in (True, False))
    assert before.prediction is not None
    assert after.prediction is not None
    expected = (before.prediction.latency_s or 0) - (after.prediction.latency_s or 0)
    assert found.saving_s == pytest.approx(expected)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes
    assert found.saving_bytes >= 2 * 2 * MAP_BYTES


def test_where_the_runtime_takes_them_out_nothing_is_said():
    assert found_by("F4", island(turned=True), None, runtime="onnxruntime") == []


def test_what_minds_the_order_of_axes_keeps_them():
    net = Drawn(1, 8, 16, 16)
    y = net.op("Transpose", [net.conv("x", "one", 8, 8)], "to_last", perm=LAST)
    y = net.op("Softmax", [y], "softmax", axis=3)
    net.conv(net.op("Transpose", [y], "to_first", perm=FIRST), "two", 8, 8)

    assert found_by("F4", net.model(), None, runtime="none") == []


def test_an_island_that_others_look_into_is_kept():
    net = Drawn(1, 8, 16, 16)
    y = net.op("Transpose", [net.conv("x", "one", 8, 8)], "to_last", perm=LAST)
    y = net.op("Relu", [y], "act")
    net.conv(net.op("Transpose", [y], "to_first", perm=FIRST), "two", 8, 8)

    assert found_by("F4", net.model("act.out", "two.out"), None, runtime="none") == []


def joining(*, turned: bool) -> Any:
    """Two maps that come channels-last are joined there, and turned back."""
    net = Drawn(1, 8, 16, 16)
    maps = [net.conv("x", name, 8, 8) for name in ("one", "two")]
    if turned:
        maps = [net.op("Transpose", [y], f"last{place}", perm=LAST) for place, y in enumerate(maps)]
    y = net.op("Concat", maps, "join", axis=3 if turned else 1)
    y = net.op("Transpose", [y], "first", perm=FIRST) if turned else y
    net.conv(y, "end", 16, 8)
    return net.model()


def test_a_concatenation_goes_along_the_axis_that_it_meant():
    (found,) = found_by("F4", joining(turned=True), None, runtime="none")

    assert found.evidence["cancelling"] == 3
    before, after = (
        analyze(joining(turned=each), runtime="none").totals.traffic_bytes for each in (True, False)
    )
    assert found.saving_bytes == before - after


def test_without_its_transposes_an_island_is_what_it_would_have_been():
    analysis = analyze(joining(turned=True), runtime="none")
    case = Case(analysis, analysis.first)

    changed = without(case.graph, islands(case), [])

    expected = analyze(joining(turned=False), runtime="none").graph
    assert [node.name for node in changed.nodes] == [node.name for node in expected.nodes]
    for ours, theirs in zip(changed.nodes, expected.nodes, strict=True):
        assert [t.shape for t in ours.outputs] == [t.shape for t in theirs.outputs]
    join = next(node for node in changed.nodes if node.name == "join")
    assert join.attributes["axis"] == 1


def test_two_right_behind_one_another_are_one():
    net = Drawn(1, 8, 16, 16)
    y = net.op("Transpose", [net.op("Relu", ["x"], "act")], "first", perm=[0, 2, 1, 3])
    y = net.op("Transpose", [y], "second", perm=[0, 3, 1, 2])
    net.op("Softmax", [y], "end")

    (found,) = found_by("F4", net.model(), None, runtime="none")

    assert found.evidence == {
        "cancelling": 0,
        "joinable": 1,
        "traffic_bytes": 2 * MAP_BYTES,
    }


@pytest.mark.parametrize("network", ["shufflenet_v1", "shufflenet_v2", "vit", "swin", "convnext"])
def test_heads_shuffles_and_windows_undo_nothing(network: str):
    assert found_by("F4", f"zoo:{network}", ["pixel6", "raspberry_pi_4b"]) == []
