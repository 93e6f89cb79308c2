"""Slice, Split, Pad and CenterCropPad, against onnxruntime and numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.ops import OPS, kind_of
from costscope.work import NO_WORK, KernelKind
from one_node import OneNode, agrees, ints, ramp

X = ramp(4, 5, 6)
VALUED = [
    OneNode("Slice", X, ints(1), ints(3)),
    OneNode("Slice", X, ints(1, 0), ints(-1, 99), ints(2, 0)),
    OneNode("Slice", X, ints(-1, 9), ints(-99, 0), ints(0, -1), ints(-1, -2)),
    OneNode("Slice", X, ints(-1), ints(-(2**63)), ints(0), ints(-1)),
    OneNode("Slice", X, ints(0), ints(2**63 - 1), ints(1), ints(2**31)),
    OneNode("Slice", X, ints(3), ints(1), ints(1)),
    OneNode("Slice", X, ints(), ints(), ints()),
    OneNode("Slice", X, np.int32([1]), np.int32([3]), np.int32([1]), opset=10),
    OneNode("Slice", X, opset=9, starts=[1, -2], ends=[3, 100], axes=[0, 2]),
    OneNode("Slice", X, opset=7, starts=[1, 0], ends=[3, -1]),
    OneNode("Split", X, outputs=2, opset=7),
    OneNode("Split", X, outputs=3, axis=2, opset=13),
    OneNode("Split", X, outputs=3, axis=-1, opset=11),
    OneNode("Split", X, ints(1, 3), outputs=2, opset=13),
    OneNode("Split", X, ints(0, 5), outputs=2, axis=1),
    OneNode("Split", X, outputs=2, axis=1, split=[4, 1], opset=7),
    OneNode("Split", X, outputs=3, axis=1, num_outputs=3),
    OneNode("Split", X, outputs=2, axis=1, num_outputs=2),
    OneNode("Pad", X, ints(0, 1, 2, 3, 0, 1)),
    OneNode("Pad", X, ints(0, 1, 2, 3, 0, 1), np.array(7, np.float32), opset=11),
    OneNode("Pad", X, ints(-1, 1, -2, 3, -1, 1), np.array(7, np.float32)),
    OneNode("Pad", ramp(3), ints(-4, 3)),
    OneNode("Pad", X, ints(2, 1), None, ints(-1), opset=18),
    OneNode("Pad", X, ints(0, 1, 2, 3, 0, 1), mode="reflect"),
    OneNode("Pad", X, ints(0, 1, 2, 3, 0, 1), mode="edge"),
    OneNode("Pad", X, ints(0, 1, 2, 3, 0, 1), mode="wrap", opset=19),
    OneNode("Pad", X, opset=7, pads=[0, 1, 2, 3, 0, 1], value=2.5),
]


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_as_onnxruntime(one: OneNode) -> None:
    agrees(one)


def test_center_crop_pad_as_onnxruntime() -> None:
    agrees(OneNode("CenterCropPad", X, ints(3, 9, 6)), valued=False)
    agrees(OneNode("CenterCropPad", X, ints(2, 7), axes=[-1, 0]), valued=False)


@pytest.mark.parametrize("one", VALUED, ids=lambda one: one.node.op_type)
def test_no_arithmetic(one: OneNode) -> None:
    assert kind_of(one.stays()) is KernelKind.MOVEMENT
    assert one.work() == NO_WORK


def _reads(one: OneNode) -> Any:
    spec = OPS.get(("", one.node.op_type))
    assert spec is not None
    return spec.reads and spec.reads(one.stays())


def test_a_slice_reads_what_it_keeps() -> None:
    # 2 of 4 rows of 5 x 6
    assert _reads(OneNode("Slice", X, ints(1), ints(3))) == {0: 60}


def test_a_pad_reads_its_input_once() -> None:
    # 4 x 5 x 8 comes out of 4 x 5 x 6
    assert _reads(OneNode("Pad", X, ints(0, 0, 1, 0, 0, 1))) == {0: 120}


def test_a_cropping_pad_reads_less_than_there_is() -> None:
    # 4 x 5 x 4 is left of 4 x 5 x 6
    assert _reads(OneNode("Pad", X, ints(0, 0, -1, 0, 0, -1))) == {0: 80}


def test_a_split_reads_everything() -> None:
    assert _reads(OneNode("Split", X, outputs=2)) is None


def test_unused_outputs_of_a_split_still_count_as_parts() -> None:
    # 4 rows in 2 parts, the second of which nobody wants.
    one = OneNode("Split", X, outputs=["o0", ""], opset=13)

    assert one.shapes() == [(2, 5, 6)]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (OneNode("Slice", X, ints(0), ints(1), ints(0), ints(0)), "cannot be zero"),
        (OneNode("Slice", X, ints(0), ints(1), ints(3)), "axis 3 does not exist"),
        (OneNode("Slice", X, ints(0, 0), ints(1, 1), ints(0, -3)), "same axis twice"),
        (OneNode("Slice", X, ints(0, 0), ints(1)), "different lengths"),
        (OneNode("Slice", X), "it has no bounds"),
        (OneNode("Split", X, outputs=3, opset=13), "does not divide into 3 equal parts"),
        (OneNode("Split", ramp(5), outputs=4, num_outputs=4), "into 4 equal parts"),
        (OneNode("Split", X, ints(1, 2), outputs=2), "do not fit 2 outputs of a size of 4"),
        (OneNode("Split", X, ints(5, -1), outputs=2), "do not fit 2 outputs"),
        (OneNode("Split", X, ints(4), outputs=2), "do not fit 2 outputs"),
        (OneNode("Split", X, outputs=2, num_outputs=3), "num_outputs is 3"),
        (OneNode("Split", X, outputs=2, axis=3), "axis 3 does not exist"),
        (OneNode("Pad", X, ints(0, 1)), "do not fit an input of rank 3"),
        (OneNode("Pad", X, ints(-3, 0, 0, -2, 0, 0)), "take more away"),
        (OneNode("Pad", X, ints(1, 1, 1, 1), None, ints(0, 0)), "do not fit an input"),
        (OneNode("Pad", X), "it has no pads"),
        (OneNode("CenterCropPad", X, ints(3)), "do not fit an input of rank 3"),
        (OneNode("CenterCropPad", X, ints(-3), axes=[0]), "do not fit an input of rank 3"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()


bound = st.integers(-9, 9) | st.sampled_from([-(2**63), 2**63 - 1])


@settings(max_examples=300, deadline=None)
@given(size=st.integers(0, 7), start=bound, end=bound, step=st.integers(-4, 4))
def test_slice_as_numpy(size: int, start: int, end: int, step: int) -> None:
    assume(step != 0)
    data = ramp(2, size)

    values = OneNode("Slice", data, ints(start), ints(end), ints(1), ints(step)).values()

    assert values is not None
    np.testing.assert_array_equal(values[0], data[:, start:end:step])


@settings(max_examples=200, deadline=None)
@given(
    pads=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=2),
    mode=st.sampled_from(["constant", "reflect", "edge"]),
)
def test_pad_as_numpy(pads: list[tuple[int, int]], mode: Any) -> None:
    data = ramp(4, 5)
    (top, bottom), (left, right) = pads

    values = OneNode("Pad", data, ints(top, left, bottom, right), mode=mode).values()

    assert values is not None
    np.testing.assert_array_equal(values[0], np.pad(data, pads, mode=mode))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=2))
def test_negative_pads_as_a_window_on_the_plane(pads: list[tuple[int, int]]) -> None:
    # The data stands on an endless plane of zeros; pads move the edges of a window on it.
    data = ramp(4, 5) + 1
    plane = np.pad(data, 10)
    (top, bottom), (left, right) = pads
    assume(4 + top + bottom >= 0)
    assume(5 + left + right >= 0)
    window = plane[10 - top : 14 + bottom, 10 - left : 15 + right]

    values = OneNode("Pad", data, ints(top, left, bottom, right)).values()

    assert values is not None
    np.testing.assert_array_equal(values[0], window)


@settings(max_examples=100, deadline=None)
@given(size=st.integers(1, 30), count=st.integers(1, 6))
def test_equal_parts_add_up(size: int, count: int) -> None:
    one = OneNode("Split", ramp(size), outputs=count, num_outputs=count)
    part = -(-size // count)

    if part * (count - 1) > size:
        with pytest.raises(ShapeError):
            one.shapes()
    else:
        shapes = one.shapes()
        assert sum(shape[0] for shape in shapes) == size
        assert all(shape == (part,) for shape in shapes[:-1])
