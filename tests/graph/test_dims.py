"""Broadcasting and axes, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from costscope.errors import ShapeError
from costscope.graph.dims import axes_of, axis_of, broadcast


@settings(max_examples=200)
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_side=5, max_dims=4))
def test_broadcast_is_numpys(shapes: hnp.BroadcastableShapes) -> None:
    assert broadcast(*shapes.input_shapes) == shapes.result_shape


@settings(max_examples=200)
@given(st.lists(st.lists(st.integers(0, 3), max_size=3).map(tuple), min_size=2, max_size=3))
def test_broadcast_refuses_what_numpy_refuses(shapes: list[tuple[int, ...]]) -> None:
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="cannot be broadcast"):
            broadcast(*shapes)
    else:
        assert broadcast(*shapes) == expected


def test_both_shapes_are_named() -> None:
    with pytest.raises(ShapeError, match=r"shapes \[2, 3\] and \[4\] cannot be broadcast"):
        broadcast((2, 3), (4,))


def test_axes_count_from_both_ends() -> None:
    assert [axis_of(axis, 3) for axis in (-3, -2, -1, 0, 1, 2)] == [0, 1, 2, 0, 1, 2]
    assert axes_of([0, -1, 2], 3) == {0, 2}


@pytest.mark.parametrize(("axis", "rank"), [(3, 3), (-4, 3), (0, 0), (-1, 0)])
def test_an_axis_must_exist(axis: int, rank: int) -> None:
    with pytest.raises(ShapeError, match=f"axis {axis} does not exist in a tensor of rank {rank}"):
        axis_of(axis, rank)
