"""Views: shapes and values as onnxruntime gives them, at no cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.ops import kind_of
from costscope.ops.views import reshaped
from costscope.work import NO_WORK, KernelKind
from one_node import OneNode, agrees, ints, ramp

CASES = [
    OneNode("Reshape", ramp(2, 6), ints(3, 4)),
    OneNode("Reshape", ramp(2, 6), ints(0, -1, 3)),
    OneNode("Reshape", ramp(2, 6), ints(-1), opset=7),
    OneNode("Reshape", ramp(1, 1), ints()),
    OneNode("Flatten", ramp(2, 3, 4)),
    OneNode("Flatten", ramp(2, 3, 4), axis=0),
    OneNode("Flatten", ramp(2, 3, 4), axis=3, opset=9),
    OneNode("Flatten", ramp(2, 3, 4), axis=-1),
    OneNode("Squeeze", ramp(1, 3, 1)),
    OneNode("Squeeze", ramp(1, 3, 1), ints(-1)),
    OneNode("Squeeze", ramp(1, 3, 1), ints(0, 0)),
    OneNode("Squeeze", ramp(1, 3, 1), opset=11, axes=[0, 2]),
    OneNode("Unsqueeze", ramp(3), ints(0, -1)),
    OneNode("Unsqueeze", ramp(2, 3), ints(3, 0)),
    OneNode("Unsqueeze", ramp(2, 3), opset=7, axes=[1]),
    OneNode("Identity", ramp(2, 3), opset=13),
]


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.node.op_type}")
def test_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


@pytest.mark.parametrize(
    "one",
    [
        OneNode("Reshape", ramp(0, 3), ints(0, 4), opset=14, allowzero=1),
        OneNode("Reshape", ramp(0, 3), ints(-1, 3), opset=14),
        OneNode("Squeeze", ramp(1, 0)),
    ],
)
def test_empty_tensors_as_onnxruntime(one: OneNode) -> None:
    values = one.values()

    assert values is not None
    np.testing.assert_array_equal(values[0], one.run()[0], strict=True)


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.node.op_type}")
def test_views_are_free(one: OneNode) -> None:
    assert kind_of(one.stays()) is KernelKind.VIEW
    assert one.work() == NO_WORK


@pytest.mark.parametrize("opset", [7, 9, 10, 11, 12, 13, 22])
@pytest.mark.parametrize("outputs", [1, 2])
def test_dropout_hands_its_input_on(opset: int, outputs: int) -> None:
    agrees(OneNode("Dropout", ramp(2, 3), opset=opset, outputs=outputs), valued=False)


def test_dropout_in_training_mode_is_an_assumption() -> None:
    from costscope.shapes import resolve

    one = OneNode("Dropout", ramp(4), np.float32([0.5])[0:1].reshape(()), np.array(True), opset=13)

    graph = resolve(one.model(["i1", "i2"]))

    assert graph.assumptions == ("'n' (Dropout) is in training mode; costed as in inference",)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ((2, 3), [4], "cannot reshape [2, 3] to [4]: 6 elements do not fit into 4"),
        ((2, 3), [-1, 4], "6 elements do not divide into parts of 4"),
        ((2, 3), [-1, -1], "more than one size is -1"),
        ((2, 3), [6, -2], "-2 is no size"),
        ((6,), [6, 0], "there is no axis 1 whose size it could keep"),
        ((0, 3), [0, -1], "0 elements do not divide into parts of 0"),
    ],
)
def test_reshape_names_both_sides(source: tuple[int, ...], target: list[int], message: str) -> None:
    with pytest.raises(ShapeError) as error:
        reshaped(source, target)

    assert str(error.value).endswith(message)
    assert f"cannot reshape {list(source)} to {target}" in str(error.value)


@settings(max_examples=200, deadline=None)
@given(
    source=st.lists(st.integers(0, 6), min_size=1, max_size=4).map(tuple),
    target=st.lists(st.integers(-2, 12), max_size=4),
)
def test_reshape_as_numpy(source: tuple[int, ...], target: list[int]) -> None:
    data = np.zeros(source)
    try:
        expected = data.reshape(target).shape
    except ValueError:
        expected = None

    try:
        found = reshaped(source, target, keeps_zero=True)
    except ShapeError:
        found = None

    # numpy takes any negative size for "what is left"; ONNX only -1.
    if expected is None or all(size >= -1 for size in target):
        assert found == expected


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("Squeeze", ramp(1, 2), ints(1)), "cannot be squeezed"),
        (OneNode("Squeeze", ramp(1, 2), ints(2)), "axis 2 does not exist"),
        (OneNode("Unsqueeze", ramp(2), ints(0, 0)), "name the same axis twice"),
        (OneNode("Unsqueeze", ramp(2), ints(5)), "axis 5 does not exist"),
        (OneNode("Unsqueeze", ramp(2), opset=13), "it has no axes"),
        (OneNode("Flatten", ramp(2, 3), axis=3), "axis 3 does not exist"),
        (OneNode("Reshape", ramp(2, 3)), "it has no target shape"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message) as error:
        one.stays()

    assert str(error.value).startswith(f"node 'n' ({one.node.op_type}): ")
