"""Totals side by side: what may be said of a difference, and whether it is one."""

from __future__ import annotations

from typing import Any

import pytest
from compare_cases import model
from onnx import ModelProto

from costscope.comparison.run import compare, labels_of
from costscope.comparison.types import Change, Comparison, Row, Sense, Verdict
from costscope.errors import ArchitectureError, ModelError, ProfileError, UsageError

PLAIN = [("one", 4), ("two", 8)]
WIDE = [("one", 4), ("two", 16)]
MAGIC = [*PLAIN, ("magic", "custom.Magic")]
OTHER_MAGIC = [*WIDE, ("trick", "custom.Trick")]


def head(found: Comparison) -> Row:
    return found.first.rows[1]


def change(quantity: str, *layers: Any, hw: str | None = None) -> Change:
    return head(compare([model(each) for each in layers], hw)).change(quantity)


def test_a_difference_by_hand() -> None:
    # At 8x8: 3 to 4 channels is 6912 MACs; 4 to 8 is 18432, 4 to 16 is 36864.
    macs = change("macs", PLAIN, WIDE)
    assert (macs.base.value, macs.head.value) == (6912 + 18432, 6912 + 36864)
    assert macs.difference == 18432
    assert macs.ratio == 18432 / 25344
    assert macs.sense is Sense.EXACT
    params = change("params", PLAIN, WIDE)
    assert params.difference == 9 * 4 * 16 - 9 * 4 * 8
    assert change("kernels", PLAIN, WIDE).difference == 0


def test_an_unknown_operator_in_the_head_makes_the_difference_a_lower_bound() -> None:
    macs = change("macs", PLAIN, MAGIC)
    assert macs.sense is Sense.AT_LEAST
    assert macs.difference == 0
    assert macs.head.least
    assert change("uncosted", PLAIN, MAGIC).difference == 1


def test_an_unknown_operator_in_the_base_makes_it_an_upper_bound_without_a_share() -> None:
    macs = change("macs", MAGIC, PLAIN)
    assert macs.sense is Sense.AT_MOST
    assert macs.ratio is None


def test_different_unknown_operators_on_both_sides_leave_nothing_known() -> None:
    macs = change("macs", MAGIC, OTHER_MAGIC)
    assert macs.sense is Sense.UNKNOWN
    assert macs.difference is None
    assert macs.ratio is None


def test_the_same_unknown_operator_on_both_sides_cancels() -> None:
    longer = [("before", 4), *MAGIC]
    macs = change("macs", MAGIC, [*MAGIC])
    assert (macs.difference, macs.sense) == (0, Sense.EXACT)
    # More before it, and it still does the same on the same shape.
    assert change("macs", MAGIC, longer).sense is Sense.EXACT


def test_an_attribute_of_an_unknown_operator_makes_it_another() -> None:
    other = model(MAGIC)
    attribute = other.graph.node[-1].attribute.add()
    attribute.name, attribute.type, attribute.i = "strength", 2, 5
    found = compare([model(MAGIC), other])
    assert head(found).change("macs").sense is Sense.UNKNOWN


def test_the_same_network_is_said_to_be_the_same() -> None:
    row = head(compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2"], "pixel6"))
    assert row.verdict is Verdict.SAME
    assert {each.difference for each in row.changes} == {0}


@pytest.mark.parametrize(
    ("base", "other", "verdict"),
    [
        ("mobilenet_v2", "mobilenet_v2@0.5", Verdict.FASTER),
        ("mobilenet_v2@0.5", "mobilenet_v2", Verdict.SLOWER),
        ("mobilenet_v2", "mobilenet_v3_large", Verdict.UNDECIDED),
    ],
)
def test_what_is_faster_is_said_only_where_it_is_sure(
    base: str, other: str, verdict: Verdict
) -> None:
    row = head(compare([f"zoo:{base}", f"zoo:{other}"], "pixel6", as_dtype="int8"))
    assert row.verdict is verdict
    assert "by a factor of" in row.reason


def test_roofline_bounds_decide_nothing() -> None:
    models = ["zoo:mobilenet_v2", "zoo:resnet@152"]
    row = head(compare(models, "pixel6", time_model="roofline"))
    assert row.verdict is Verdict.UNKNOWN
    assert row.change("latency_s").sense is Sense.OF_BOUNDS
    assert "roofline" in row.reason


def test_a_network_without_a_prediction_has_no_difference() -> None:
    # An Edge TPU runs integers only.
    row = head(compare([model(PLAIN), model(WIDE)], "coral_edgetpu"))
    assert row.verdict is Verdict.UNKNOWN
    assert row.change("latency_s").difference is None
    assert "no prediction" in row.reason


def test_a_network_with_kernels_without_a_prediction_is_only_bounded() -> None:
    row = head(compare([model(PLAIN), model(MAGIC)], "jetson_nano"))
    assert row.verdict is Verdict.UNKNOWN
    assert row.change("latency_s").sense is Sense.AT_LEAST
    assert "kernels without a prediction" in row.reason


def test_without_a_machine_there_is_no_latency_and_no_verdict() -> None:
    row = head(compare([model(PLAIN), model(WIDE)]))
    assert row.verdict is None
    with pytest.raises(KeyError):
        row.change("latency_s")


def test_several_machines_have_a_row_each_and_the_first_the_detail() -> None:
    found = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v1"], "pixel6,jetson_nano")
    assert [each.name for each in found.machines] == ["pixel6", "jetson_nano"]
    alone = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v1"], "pixel6")
    assert found.detail == alone.detail


def test_more_than_two_are_all_beside_the_first() -> None:
    names = ["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5", "zoo:mobilenet_v1"]
    found = compare(names, "pixel6")
    assert found.detail is None
    for row, name in zip(found.first.rows[1:], names[1:], strict=True):
        alone = head(compare([names[0], name], "pixel6"))
        assert row.changes == alone.changes
        assert row.verdict == alone.verdict


def test_a_size_is_given_to_the_models_that_leave_it_open() -> None:
    fixed, open_ = model(PLAIN), model(PLAIN)
    dim = open_.graph.input[0].type.tensor_type.shape.dim[0]
    dim.dim_param = "batch"
    row = head(compare([fixed, open_], dims={"batch": 3}))
    assert row.change("macs").head.value == 3 * (row.change("macs").base.value or 0)
    with pytest.raises(UsageError, match="no such symbol"):
        compare([fixed, fixed], dims={"batch": 3})


def test_a_shape_is_given_to_the_models_that_have_the_input() -> None:
    other = ModelProto()
    other.CopyFrom(model(PLAIN))
    other.graph.input[0].name = other.graph.node[0].input[0] = "picture"
    row = head(compare([model(PLAIN), other], input_shapes={"picture": (1, 3, 16, 16)}))
    assert row.change("macs").head.value == 4 * (row.change("macs").base.value or 0)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (["a/net.onnx", "b/net.onnx"], ("a/net.onnx", "b/net.onnx")),
        (["/x/a/net.onnx", "/x/b/net.onnx"], ("a/net.onnx", "b/net.onnx")),
        (["/x/a.onnx", "/x/b.onnx", "zoo:resnet"], ("a.onnx", "b.onnx", "zoo:resnet")),
        (["zoo:resnet", "zoo:resnet"], ("zoo:resnet", "zoo:resnet (2)")),
        (["/x/a.onnx", "/x/a.onnx"], ("a.onnx", "a.onnx (2)")),
        (["/a/b/n.onnx", "/b/n.onnx"], ("a/b/n.onnx", "/b/n.onnx")),
    ],
)
def test_models_are_called_as_given_and_differently(
    given: list[str], labels: tuple[str, ...]
) -> None:
    assert labels_of(given) == labels


def test_a_broken_model_is_named() -> None:
    with pytest.raises(ModelError, match="missing"):
        compare(["zoo:mobilenet_v2", "no/such/missing.onnx"])
    with pytest.raises(UsageError, match=r"^zoo:resnet: "):
        compare(["zoo:resnet", "zoo:resnet@18"], dims={"no": 3})


def test_mistakes_that_are_no_models_keep_their_kind() -> None:
    with pytest.raises(ArchitectureError):
        compare(["zoo:resnet", "zoo:nope"])
    with pytest.raises(ProfileError):
        compare(["zoo:resnet", "zoo:resnet"], "no_such_machine")
    with pytest.raises(UsageError, match="two models"):
        compare(["zoo:resnet"])


def test_a_network_of_which_nothing_is_left_is_compared_too() -> None:
    empty = model([("nothing", "Identity")])
    for pair in ([empty, model(PLAIN)], [model(PLAIN), empty], [empty, empty]):
        for machine in (None, "jetson_nano"):
            found = compare(pair, machine)
            macs = head(found).change("macs")
            sizes = [each.analysis.totals.work.macs for each in found.subjects]
            assert macs.difference == sizes[1] - sizes[0]
