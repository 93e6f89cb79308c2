"""Resizing: neighbours per output element."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of, why_uncosted
from costscope.work import Work
from single_node import Of, floats, ints, node_of, work

X = (1, 3, 4, 4)
DOUBLE = floats(1, 1, 2, 2)
OUT = 3 * 8 * 8


@pytest.mark.parametrize(
    ("mode", "each"),
    [
        ("nearest", 0),
        ("linear", 4 + 3),  # 2 * 2 neighbours: products, then additions
        ("cubic", 16 + 15),
    ],
)
def test_doubling_an_image(mode: str, each: int) -> None:
    assert work("Resize", X, None, DOUBLE, mode=mode) == Work(0, OUT * each)


def test_only_resized_axes_have_neighbours() -> None:
    along_width = work("Resize", X, None, floats(1, 1, 1, 2), mode="linear")
    volume = work("Resize", (1, 3, 2, 2, 2), None, floats(1, 1, 2, 2, 2), mode="linear")

    assert along_width == Work(0, 3 * 4 * 8 * 3)
    assert volume == Work(0, 3 * 64 * (8 + 7))
    assert work("Resize", X, None, floats(1, 1, 1, 1), mode="cubic") == Work(0, 3 * 16)


def test_antialiasing_looks_at_all_that_vanishes() -> None:
    shrunk = floats(1, 1, 0.25, 0.25)

    plain = work("Resize", X, None, shrunk, mode="linear")
    smooth = work("Resize", X, None, shrunk, mode="linear", antialias=1)
    grown = work("Resize", X, None, DOUBLE, mode="linear", antialias=1)

    assert plain == Work(0, 3 * 7)
    assert smooth == Work(0, 3 * (8 * 8 + 63))  # 2 * 4/1 neighbours along both axes
    assert grown == Work(0, OUT * 7)


def test_upsample_is_resize() -> None:
    assert work("Upsample", X, DOUBLE, opset=9, mode="linear") == Work(0, OUT * 7)
    assert work("Upsample", X, opset=7, scales=[1.0, 1.0, 2.0, 2.0]) == Work()


def test_grid_sample() -> None:
    grid = (1, 5, 6, 2)  # 60 numbers to scale

    assert work("GridSample", X, grid, mode="linear") == Work(0, 180 + 3 * 30 * 7)
    assert work("GridSample", X, grid, mode="cubic") == Work(0, 180 + 3 * 30 * 31)
    assert work("GridSample", X, grid, mode="nearest") == Work(0, 180)
    assert work("GridSample", X, grid, mode="bilinear", opset=16) == Work(0, 180 + 3 * 30 * 7)


def test_affine_grid() -> None:
    # 2 * 20 positions: two products for each of the two coordinates, and the translation
    assert work("AffineGrid", (2, 2, 3), ints(2, 3, 4, 5)) == Work(2 * 20 * 4, 2 * 20 * 2)


def test_scales_and_sizes_are_settings() -> None:
    assert {slot_of(("", "Resize"), slot) for slot in (1, 2, 3)} == {Slot.SETTING}


def test_sizes_computed_from_data_leave_the_shape_unknown() -> None:
    by_size = node_of("Resize", X, None, None, Of(TensorProto.INT64, (4,)))
    by_scale = node_of("Resize", X, None, (4,))

    assert by_size.output.shape is None
    assert "computed from data" in str(why_uncosted(by_size))
    assert "computed from data" in str(why_uncosted(by_scale))


@pytest.mark.parametrize(
    ("inputs", "attributes", "sentence"),
    [
        ([X, None, floats(1, 2)], {}, "2 scales for 4 axes"),
        ([X, None, floats(1, 1, 0, 1)], {}, "scale of 0.0 is not between"),
        ([X, None, floats(1, 1, -2, 1)], {}, "scale of -2.0 is not between"),
        ([X, None, floats(1, 1, np.inf, 1)], {}, "scale of inf is not between"),
        ([X, None, floats(1, 1, np.nan, 1)], {}, "scale of nan is not between"),
        ([X, None, None, ints(1, 3, 4)], {}, r"sizes \[1, 3, 4\] for 4 axes"),
        ([X, None, None, ints(1, 3, 4, -4)], {}, r"sizes \[1, 3, 4, -4\]"),
        ([X, None, floats(2)], {"axes": [4]}, "axis 4 does not exist"),
        ([X], {}, "input 2 is missing"),
    ],
)
def test_contradictions_are_told(
    inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of("Resize", *inputs, **attributes)


def test_grid_must_fit() -> None:
    with pytest.raises(ShapeError, match=r"grid of shape \[1, 5, 6, 3\]"):
        node_of("GridSample", X, (1, 5, 6, 3))
