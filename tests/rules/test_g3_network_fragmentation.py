"""G3 on the networks that the lectures blame, and on those that obey."""

from __future__ import annotations

import pytest
from guideline_graphs import Draft
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.whatif.branches import blocks


def _module(draft: Draft, data: str, name: str, channels: int, width: int) -> str:
    """A module as Inception's: 1x1, 1x1-3x3, 1x1-3x3-3x3 and pooling-1x1, side by side."""

    def conv(source: str, part: str, entering: int, kernel: int = 1) -> str:
        part = f"{name}.{part}"
        return draft.conv(source, part, (entering, width), kernel=kernel, act="Relu")

    one = conv(data, "one", channels)
    two = conv(conv(data, "two.a", channels), "two.b", width, 3)
    three = conv(conv(conv(data, "three.a", channels), "three.b", width, 3), "three.c", width, 3)
    four = conv(draft.pool(data, f"{name}.pool"), "four", channels)
    return draft.node("Concat", [one, two, three, four], f"{name}.concat", axis=1)


def _fragmented(width: int = 32):
    draft = Draft(3, 56)
    stem = draft.conv("x", "stem", (3, 64), kernel=3, stride=2, act="Relu")
    end = _module(draft, stem, "module", 64, width)
    return draft.model(draft.conv(end, "last", (4 * width, 64), act="Relu"))


def _in_series(inner: int, width: int = 32):
    draft = Draft(3, 56)
    stem = draft.conv("x", "stem", (3, 64), kernel=3, stride=2, act="Relu")
    data = draft.conv(stem, "reduce", (64, inner), act="Relu")
    data = draft.conv(data, "square", (inner, inner), kernel=3, act="Relu")
    data = draft.conv(data, "expand", (inner, 4 * width), act="Relu")
    return draft.model(draft.conv(data, "last", (4 * width, 64), act="Relu"))


def _blocks_of(model: object, runtime: str = "tflite"):
    return blocks(analyze(model, runtime=runtime).first.kernels)


def test_a_block_of_nasnet_has_thirteen_fragments():
    # Normal cells: five separable convolutions, each twice, and three poolings, as the paper
    # counts; onnxruntime runs the two equal poolings of a pair once.
    found = found_by("G3", "zoo:nasnet", "raspberry_pi_4b")

    whole = [f for f in found if f.subject.startswith("stage")]
    assert len(whole) == 12
    assert [f.evidence["fragments"] for f in whole].count(13) == 9
    assert all(f.evidence["branches"] >= 3 for f in found)


@pytest.mark.parametrize(
    ("model", "fragments"), [("zoo:resnet@50", 3), ("zoo:resnet@18", 2), ("zoo:mobilenet_v2", 2)]
)
def test_plain_blocks_have_two_or_three(model: str, fragments: int):
    plain = [block for block in _blocks_of(model) if block.branches == 1]

    assert {block.fragments for block in plain} == {fragments}


@pytest.mark.parametrize("model", ["zoo:googlenet", "zoo:inception_v2", "zoo:inception_v3"])
def test_every_module_of_inception_has_three_or_four_branches(model: str):
    found = found_by("G3", model)

    assert 9 <= len(found) <= 10
    assert {f.evidence["branches"] for f in found} <= {3, 4}
    assert max(f.evidence["branches"] for f in found) == 4


@pytest.mark.parametrize("model", ["zoo:pnasnet", "zoo:darts", "zoo:amoebanet"])
def test_other_networks_that_were_searched_for_break_it(model: str):
    assert len(found_by("G3", model)) >= 10


@pytest.mark.parametrize("hardware", ["pixel6", "adreno_640", None])
@pytest.mark.parametrize(
    "model",
    [
        "zoo:resnet@50",
        "zoo:resnet@18",
        "zoo:mobilenet_v2",
        "zoo:mobilenet_v3_large",
        "zoo:shufflenet_v2",
        "zoo:squeezenet",
        "zoo:vgg",
        "zoo:densenet",
        "zoo:unet",
        "zoo:csp_resnet50",
    ],
)
def test_one_or_two_branches_are_left_alone(model: str, hardware: str | None):
    assert found_by("G3", model, hardware) == []


def test_a_module_is_counted_by_hand():
    (found,) = found_by("G3", _fragmented())

    assert found.subject == "module"
    assert found.evidence["branches"] == 4  # one, two.a, three.a and the pooling
    assert found.evidence["fragments"] == 8
    assert found.evidence["kernels"] == 9  # and the concatenation
    assert found.evidence["path_kernels"] == 4  # three.a, three.b, three.c, concatenation
    # 28 x 28 positions: four 1x1 of 64 to 32, three 3x3 of 32 to 32.
    macs = 784 * (4 * 64 * 32 + 3 * 9 * 32 * 32)
    assert found.evidence["macs"] == macs
    # 64 n + 9 n^2 + 128 n reaches that first at n = 56.
    assert found.evidence["serial_channels"] == 56
    assert found.evidence["serial_macs"] == 784 * (64 * 56 + 9 * 56 * 56 + 56 * 128) >= macs


@pytest.mark.parametrize("hardware", ["pixel6", "raspberry_pi_4b", "adreno_640"])
def test_the_saving_is_what_the_network_in_series_gives(hardware: str):
    (found,) = found_by("G3", _fragmented(), hardware)

    before = analyze(_fragmented(), hardware).first
    after = analyze(_in_series(int(found.evidence["serial_channels"])), hardware).first

    gained = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(gained)
    assert found.saving_bytes == before.totals.traffic_bytes - after.totals.traffic_bytes
    assert (found.evidence["extra_overhead_s"] > 0) == (found.evidence["overhead_s"] > 0)


def test_launches_beyond_one_way_are_those_of_the_machine():
    (found,) = found_by("G3", _fragmented(), "raspberry_pi_4b")
    timings = analyze(_fragmented(), "raspberry_pi_4b").first.prediction.timings

    inside = [t.overhead_s for t in timings if t.step.kernel.name.startswith("module")]
    assert found.evidence["overhead_s"] == pytest.approx(sum(inside))
    assert found.evidence["extra_overhead_s"] == pytest.approx(sum(inside) * 5 / 9)


def test_a_machine_without_a_time_of_a_launch_is_said_to_have_none():
    (found,) = found_by("G3", _fragmented(), "raspberry_pi_4b", time_model="roofline")

    assert "extra_overhead_s" not in found.evidence
    assert "not known" in found.message


def test_branches_that_cost_nothing_are_a_note():
    # Dilated 3x3 of one input at equal size: the bottleneck in their place is slower there.
    found = found_by("G3", "zoo:deeplab_v3_mobilenet_v1", "raspberry_pi_4b")

    assert [f.severity for f in found] == [Severity.NOTE]
    assert (found[0].saving_s or 0.0) < 0
    assert found[0].change.startswith("nothing on this machine")


def test_two_branches_are_no_finding_and_a_third_one_is():
    for count in (2, 3):
        draft = Draft(16, 28)
        start = draft.conv("x", "start", (16, 16), act="Relu")
        parts = [draft.conv(start, f"b.{n}", (16, 16), kernel=3, act="Relu") for n in range(count)]
        end = draft.node("Concat", parts, "b.concat", axis=1)
        model = draft.model(draft.conv(end, "last", (16 * count, 16), act="Relu"))

        assert len(found_by("G3", model, None)) == (count == 3)


def test_what_is_read_past_its_end_is_no_block():
    # The first branch is read again far below: what looks like an end is none.
    draft = Draft(16, 28)
    start = draft.conv("x", "start", (16, 16), act="Relu")
    parts = [draft.conv(start, f"b.{n}", (16, 16), kernel=3, act="Relu") for n in range(2)]
    joined = draft.node("Add", parts, "b.add")
    later = draft.conv(joined, "later", (16, 16), act="Relu")
    model = draft.model(draft.node("Add", [later, parts[0]], "last"))

    (block,) = _blocks_of(model)
    assert block.end.name == "last"
    assert [kernel.name for kernel in block.kernels[:2]] == ["b.0", "b.1"]
    assert (block.branches, block.fragments) == (1, 2)  # b.0 is what two ways start from


def test_of_equal_cells_the_last_one_saves_no_more_than_the_one_before():
    # Nobody reads the last but one cell but the last one: dropping it with that would be no
    # saving of the last one.
    found = {f.subject: f for f in found_by("G3", "zoo:nasnet", "raspberry_pi_4b")}

    before, last = found["stage3.block3"], found["stage3.block4"]
    assert (before.saving_s or 0.0) > 0
    assert last.saving_s == pytest.approx(before.saving_s)
    assert last.saving_bytes == before.saving_bytes


def test_a_block_with_which_more_would_fall_states_no_saving():
    # The first cell of a stage reads the cell before last by a reduction that is only its own.
    found = {f.subject: f for f in found_by("G3", "zoo:nasnet", "raspberry_pi_4b")}

    assert found["stage1.block1"].saving_s is None
    assert "as many MACs" not in found["stage1.block1"].change
